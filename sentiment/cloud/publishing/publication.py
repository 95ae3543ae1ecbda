"""An endpoint's way to a public API and back, each reported as it goes and waited for to its end: a minute or two.

Also: which public APIs have outlived their endpoint.
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
    """What a deletion has taken away: the endpoint as it was, None when it was gone, and whether it had an API."""

    endpoint: Endpoint | None
    was_published: bool


def publish(account: Account, endpoint: str, limits: Limits, report: Report) -> Publication:
    """Publish an endpoint, or give what is published other limits.

    Raises:
        CloudError: as from `public_api.publish`, or AWS cannot make a part of it.
    """
    public_api.publish(account, endpoint, limits)
    report("Publishing; this takes a minute or two.")
    found = public_api.settled(account, endpoint)
    if found is None or found.state == "failed":
        reason = found.reason if found else "it was removed meanwhile"
        raise CloudError(f"{endpoint} was not published: {reason}. Unpublish it before you try again.")
    return found


def unpublish(account: Account, endpoint: str, report: Report) -> None:
    """Remove an endpoint's publication with every part of it.

    Raises:
        CloudError: as from `public_api.unpublish`, or AWS cannot remove a part of it.
    """
    public_api.unpublish(account, endpoint)
    report("Removing the API with every part.")
    left = public_api.settled(account, endpoint)
    if left is not None:
        raise CloudError(f"{endpoint} is still published in part: {left.reason}. Unpublish it again.")


def delete_endpoint(account: Account, name: str, report: Report) -> Deleted:
    """Delete an endpoint with all its parts and its planned end, then its public API, and return what went.

    The endpoint goes first: it is what costs money when idle.

    Raises:
        CloudError: as from `Account.call`; the sentence says so when only the public API stays.
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
            f"To remove it, the page Endpoints has a button, and scripts/cloud.py the step unpublish.",
            error.code,
        ) from error
    return Deleted(endpoint, was_published)


def has_remains(account: Account, name: str) -> bool:
    """Whether an endpoint that is gone has left a configuration, a planned end or a public API. CloudError as above."""
    return deployment.has_remains(account, name) or public_api.status(account, name) is not None


def orphaned(account: Account) -> list[str]:
    """The names of the endpoints that are gone while their public API still stands; it answers nobody any more.

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
