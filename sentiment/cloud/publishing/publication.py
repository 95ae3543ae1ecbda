"""Publish and unpublish endpoints, waiting for the result (a minute or two) and reporting progress.

It also finds public APIs whose endpoint no longer exists.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting import deployment
from sentiment.cloud.hosting.endpoints import Endpoint
from sentiment.cloud.publishing import public_api
from sentiment.cloud.publishing.limits import Limits
from sentiment.cloud.publishing.public_api import Publication
from sentiment.errors import CloudError

Report = Callable[[str], None]


@dataclass(frozen=True)
class Deleted:
    """Result of a deletion: the endpoint as it was, None if it did not exist, and whether it had a public API."""

    endpoint: Endpoint | None
    was_published: bool


def publish(account: Account, endpoint: str, limits: Limits, report: Report) -> Publication:
    """Publish an endpoint, or change the limits of its API, and wait for the result.

    Raises:
        CloudError: as from `public_api.publish`, or AWS cannot create a part of it.
    """
    public_api.publish(account, endpoint, limits)
    report("Publishing; this takes a minute or two.")
    found = public_api.settled(account, endpoint)
    if found is None or found.state == "failed":
        reason = found.reason if found else "it was deleted in the meantime"
        raise CloudError(f"{endpoint} was not published: {reason}. Unpublish it before you try again.")
    return found


def unpublish(account: Account, endpoint: str, report: Report) -> None:
    """Delete an endpoint's public API with all its parts, and wait for the result.

    Raises:
        CloudError: as from `public_api.unpublish`, or AWS cannot delete a part of it.
    """
    public_api.unpublish(account, endpoint)
    report("Deleting the API with all its parts.")
    left = public_api.settled(account, endpoint)
    if left is not None:
        raise CloudError(f"{endpoint} is still published in part: {left.reason}. Unpublish it again.")


def delete_endpoint(account: Account, name: str, report: Report) -> Deleted:
    """Delete an endpoint with its parts and schedule, then its public API, and return what was deleted.

    The endpoint comes first, because it costs money when idle.

    Raises:
        CloudError: as from `Account.call`; the message says so if only the public API remains.
    """
    report(f"Deleting the endpoint {name}")
    endpoint = deployment.delete_alone(account, name)
    try:
        was_published = public_api.status(account, name) is not None
        if was_published:
            unpublish(account, name, report)
    except CloudError as error:
        raise CloudError(
            f"The endpoint {name} is deleted, but its public API may still be there: {error} "
            "Delete it on the page Endpoints or with scripts/cloud.py unpublish.",
            error.code,
        ) from error
    return Deleted(endpoint, was_published)


def has_remains(account: Account, name: str) -> bool:
    """Whether a deleted endpoint left a configuration, a schedule or a public API behind. CloudError as above."""
    return deployment.has_remains(account, name) or public_api.status(account, name) is not None


def orphaned(account: Account) -> list[str]:
    """Return the names of deleted endpoints whose public API still exists; such an API can no longer answer.

    Raises:
        CloudError: as from `Account.call`.
    """
    return [name for name in public_api.published_endpoints(account) if _is_gone(account, name)]


def _is_gone(account: Account, endpoint: str) -> bool:
    try:
        account.call("sagemaker", "describe_endpoint", EndpointName=endpoint)
    except CloudError as error:
        if error.missing:
            return True
        raise
    return False
