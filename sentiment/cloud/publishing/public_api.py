"""An endpoint as a public API: one CloudFormation stack with API Gateway and a small Lambda function.

The stack is defined in `assets/api/template.yaml`. It costs nothing without calls, and is deleted as a whole.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from sentiment.cloud.aws import boundary, polling, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import (
    PROJECT_NAME,
    expiry,
    from_tag_list,
    is_our_name,
    is_tagged,
    sagemaker_tags,
    tag_list,
    tags,
)
from sentiment.cloud.hosting import endpoints
from sentiment.cloud.publishing import api_price
from sentiment.cloud.publishing.limits import Limits
from sentiment.errors import CloudError
from sentiment.system.storage import ASSETS

SOURCES = ASSETS / "api"
_CODE = ("handler.py", "page.html")
_LONGEST_NAME = 64  # of a Lambda function, which has the name of its stack
# AWS requires this much concurrency to remain unreserved for all other functions.
_UNRESERVED = 100
_PUBLISHED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")

PublicationState = Literal["publishing", "published", "removing", "failed"]


@dataclass(frozen=True)
class Publication:
    """The public API of an endpoint; `url` is empty until it can be called, `reason` says why it failed."""

    endpoint: str
    state: PublicationState
    limits: Limits
    url: str = ""
    reason: str = ""
    key_id: str = field(default="", repr=False)

    @property
    def settled(self) -> bool:
        """Whether its state no longer changes by itself."""
        return self.state in ("published", "failed")


def stack_name(endpoint: str) -> str:
    """Return the name of an endpoint's stack, which its function and API key share."""
    name = f"{PROJECT_NAME}-api-{endpoint.removeprefix(f'{PROJECT_NAME}-')}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{hashlib.sha256(endpoint.encode()).hexdigest()[:8]}"


def publish(account: Account, endpoint: str, limits: Limits | None = None) -> Publication:
    """Start publishing an endpoint, or changing the limits of its API; poll `status` for the result.

    It takes a minute or two. If the account has too little concurrency left, none is reserved.

    Raises:
        CloudError: there is no such endpoint in service, or the last attempt failed or is still in progress.
    """
    limits = limits or Limits()
    known = status(account, endpoint)
    _check_can_begin(known, endpoint)
    arn, endpoint_tags = _endpoint(account, endpoint)
    parameters = {"EndpointName": endpoint, "EndpointArn": arn, **_parameters(account, known, limits)}
    parameters["CodeBucket"], parameters["CodeKey"] = s3.split_uri(_upload_code(account, endpoint))
    request: dict[str, Any] = {
        "StackName": stack_name(endpoint),
        "TemplateBody": (SOURCES / "template.yaml").read_text(encoding="utf-8"),
        "Parameters": [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in parameters.items()],
        "Capabilities": ["CAPABILITY_IAM"],
        "Tags": tag_list(tags(account.arn, expiry(endpoint_tags))),
    }
    try:
        if known is None:
            account.call("cloudformation", "create_stack", **request)
        else:
            _update(account, request)
    except CloudError:
        _delete_unused_code(account, endpoint)
        raise
    return Publication(endpoint, "publishing", limits)


def status(account: Account, endpoint: str) -> Publication | None:
    """Return the current state of an endpoint's public API without waiting, None if it has none."""
    try:
        [stack] = account.call("cloudformation", "describe_stacks", StackName=stack_name(endpoint))["Stacks"]
    except CloudError as error:
        if error.missing:
            return None
        raise
    state = _state(stack["StackStatus"])
    if state is None:
        return None
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs") or ()}
    return Publication(
        endpoint,
        state,
        _limits(_given(stack)),
        outputs.get("Url", "") if state == "published" else "",
        _reason(account, stack["StackId"]) if state == "failed" else "",
        outputs.get("KeyId", ""),
    )


def stacks(account: Account) -> Iterator[dict[str, Any]]:
    """Yield AWS's description of every stack of this project. CloudError as from `Account.pages`.

    A stack belongs to the project if its name derives from its endpoint and its tags match. Nested stacks are skipped,
    because they are deleted with their parent.
    """
    for stack in account.pages("cloudformation", "describe_stacks", "Stacks"):
        if is_tagged(from_tag_list(stack.get("Tags") or [])) and _is_named_by_us(stack) and "ParentId" not in stack:
            yield stack


def published_endpoints(account: Account) -> list[str]:
    """Return the names of the endpoints with a public API that is not being deleted, failed APIs included.

    Raises:
        CloudError: as from `Account.pages`.
    """
    return [
        endpoint
        for stack in stacks(account)
        if _state(stack["StackStatus"]) not in (None, "removing") and (endpoint := _given(stack).get("EndpointName"))
    ]


def settled(account: Account, endpoint: str) -> Publication | None:
    """Wait until an endpoint's public API is published, has failed or is deleted; return it, None if deleted."""
    while (found := status(account, endpoint)) is not None and not found.settled:
        polling.pause()
    return found


def key(account: Account, publication: Publication) -> str:
    """Return the key that callers send as `x-api-key`; anyone who has it can use up the quota.

    Raises:
        CloudError: the key may not be read, or no longer exists.
    """
    if not publication.key_id:
        raise CloudError(f"{publication.endpoint} has no key yet: wait until it is published.")
    answer = account.call("apigateway", "get_api_key", apiKey=publication.key_id, includeValue=True)
    return str(answer["value"])


def unpublish(account: Account, endpoint: str) -> None:
    """Start deleting an endpoint's public API with all its parts; the endpoint itself is kept.

    Does nothing if there is none. After a failure, call it again to continue.

    Raises:
        CloudError: a stack of that name is not this project's, or AWS refuses.
    """
    name = stack_name(endpoint)
    try:
        [stack] = account.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except CloudError as error:
        if not error.missing:
            raise
    else:
        if not is_tagged(from_tag_list(stack.get("Tags") or [])):
            raise CloudError(f"The stack {name} was not created by this project and is not changed.", "NotOurs")
        account.call("cloudformation", "delete_stack", StackName=name)
    s3.delete(account, f"api/{name}")


def curl(publication: Publication) -> str:
    """Return a shell command that scores a review; it reads the key from `REVIEW_SENTIMENT_KEY`."""
    return (
        f"curl -H \"x-api-key: $REVIEW_SENTIMENT_KEY\" -H 'content-type: text/plain' "
        f"-d 'A warm and witty film.' {publication.url}"
    )


def _given(stack: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a stack by name."""
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters") or ()}


def _is_named_by_us(stack: Mapping[str, Any]) -> bool:
    name, endpoint = stack["StackName"], _given(stack).get("EndpointName")
    return name == stack_name(endpoint) if endpoint else is_our_name(name)


def _check_can_begin(known: Publication | None, endpoint: str) -> None:
    if known is None or known.state == "published":
        return
    if known.state == "failed":
        raise CloudError(
            f"The last attempt to publish {endpoint} has failed ({known.reason}). Unpublish it, then try again.",
            "Failed",
        )
    raise CloudError(f"{endpoint} is still {known.state}: wait for a minute, then try again.", "Busy")


def _endpoint(account: Account, name: str) -> tuple[str, dict[str, str]]:
    """Return the ARN and tags of an endpoint that is in service."""
    found = endpoints.described(account, name)
    if found["EndpointStatus"] not in endpoints.SERVING:
        raise CloudError(f"The endpoint {name} is not in service yet, but {found['EndpointStatus']}: wait for it.")
    arn = str(found["EndpointArn"])
    return arn, sagemaker_tags(account, arn)


def _upload_code(account: Account, endpoint: str) -> str:
    """Upload the function's zip under a key derived from its digest; the same files give the same zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in _CODE:
            # Lambda cannot open the file unless everyone may read it.
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            archive.writestr(member, (SOURCES / name).read_bytes())
    content = packed.getvalue()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return s3.upload_bytes(account, content, f"api/{stack_name(endpoint)}/{digest}.zip")


def _delete_unused_code(account: Account, endpoint: str) -> None:
    """Delete the zip of a stack that AWS did not create; an existing stack keeps its zip."""
    with suppress(CloudError):  # report the first refusal, not one of the cleanup
        if status(account, endpoint) is None:
            s3.delete(account, f"api/{stack_name(endpoint)}")


def _parameters(account: Account, known: Publication | None, limits: Limits) -> dict[str, Any]:
    return {
        "RatePerSecond": limits.rate_per_second,
        "Burst": limits.burst,
        "DailyQuota": limits.daily_quota,
        "Concurrency": _reserved(account, known, limits.concurrency),
        "AllowedOrigins": ",".join(limits.origins),
        "AnonymousRatePerSecond": api_price.ANONYMOUS_RATE,
        "AnonymousBurst": api_price.ANONYMOUS_BURST,
        "PermissionsBoundary": boundary.create(account, roles.policy(account, "boundary")),
    }


def _reserved(account: Account, known: Publication | None, concurrency: int) -> int:
    """Return the concurrency to reserve: as requested, or 0 if AWS would refuse that."""
    limit = account.call("lambda", "get_account_settings")["AccountLimit"]
    ours = known.limits.concurrency if known else 0
    enough = limit["UnreservedConcurrentExecutions"] + ours >= _UNRESERVED + concurrency
    return concurrency if enough else 0


def _limits(parameters: dict[str, str]) -> Limits:
    return Limits(
        float(parameters["RatePerSecond"]),
        int(parameters["Burst"]),
        int(parameters["DailyQuota"]),
        # 0 means that none is reserved: then only the rate limits how many calls are processed at once.
        int(parameters["Concurrency"]) or Limits.concurrency,
        tuple(filter(None, parameters["AllowedOrigins"].split(","))),
    )


def _update(account: Account, request: dict[str, Any]) -> None:
    try:
        account.call("cloudformation", "update_stack", **request)
    except CloudError as error:
        # The stack already has the requested settings.
        if "No updates are to be performed" not in error.refusal:
            raise


def _state(stack_status: str) -> PublicationState | None:
    if stack_status == "DELETE_COMPLETE":
        return None
    if stack_status == "DELETE_IN_PROGRESS":
        return "removing"
    if stack_status in _PUBLISHED:
        return "published"
    return "publishing" if stack_status.endswith("IN_PROGRESS") else "failed"


def _reason(account: Account, stack: str) -> str:
    """Return AWS's reason for the first failure in a stack."""
    cause = ""
    for event in account.pages("cloudformation", "describe_stack_events", "StackEvents", StackName=stack):
        reason = event.get("ResourceStatusReason", "")
        # Events are listed newest first; parts still being created are cancelled because of the one that failed.
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason:
            cause = f"{event['LogicalResourceId']}: {reason}"
    return cause.rstrip(".") or "AWS gave no reason"
