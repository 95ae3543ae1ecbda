"""An endpoint as a public API: one CloudFormation stack with API Gateway and a small Lambda function in front of it.

The stack is `assets/api/template.yaml`. It costs nothing while nobody calls, and goes with everything in it.
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
_LONGEST_NAME = 64  # of a Lambda function, which is called like its stack
# What AWS wants to be left for all functions without a reservation of their own.
_UNRESERVED = 100
_PUBLISHED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")

PublicationState = Literal["publishing", "published", "removing", "failed"]


@dataclass(frozen=True)
class Publication:
    """What is published of an endpoint, and how it stands; `url` is empty until it can be called, `reason` says
    why it has failed."""

    endpoint: str
    state: PublicationState
    limits: Limits
    url: str = ""
    reason: str = ""
    key_id: str = field(default="", repr=False)

    @property
    def settled(self) -> bool:
        """Whether it stays as it is by itself."""
        return self.state in ("published", "failed")


def stack_name(endpoint: str) -> str:
    """The name of an endpoint's stack, and of the function and the key in it."""
    name = f"{PROJECT_NAME}-api-{endpoint.removeprefix(f'{PROJECT_NAME}-')}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{hashlib.sha256(endpoint.encode()).hexdigest()[:8]}"


def publish(account: Account, endpoint: str, limits: Limits | None = None) -> Publication:
    """Begin to publish an endpoint, or to give what is published other limits; see `status` for how it goes.

    It takes a minute or two. Where the account has too little concurrency to reserve some, none is reserved.

    Raises:
        CloudError: there is no such endpoint in service, or the last attempt has failed or is still on its way.
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
    """How an endpoint's publication stands now, None when it has none; does not wait."""
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

    Its name is the one that follows from the endpoint it was made for, and its tags are ours; a nested stack goes with
    the one that it is in.
    """
    for stack in account.pages("cloudformation", "describe_stacks", "Stacks"):
        if is_tagged(from_tag_list(stack.get("Tags") or [])) and _is_named_by_us(stack) and "ParentId" not in stack:
            yield stack


def published_endpoints(account: Account) -> list[str]:
    """The names of the endpoints that a public API of ours was made for and not removed since, failed ones too.

    Raises:
        CloudError: as from `Account.pages`.
    """
    return [
        endpoint
        for stack in stacks(account)
        if _state(stack["StackStatus"]) not in (None, "removing") and (endpoint := _given(stack).get("EndpointName"))
    ]


def settled(account: Account, endpoint: str) -> Publication | None:
    """Wait until an endpoint is published, has failed to be, or is published no more."""
    while (found := status(account, endpoint)) is not None and not found.settled:
        polling.pause()
    return found


def key(account: Account, publication: Publication) -> str:
    """The key that callers send as `x-api-key`; whoever has it can use up the quota.

    Raises:
        CloudError: it may not be read, or is gone.
    """
    if not publication.key_id:
        raise CloudError(f"{publication.endpoint} has no key yet: wait until it is published.")
    answer = account.call("apigateway", "get_api_key", apiKey=publication.key_id, includeValue=True)
    return str(answer["value"])


def unpublish(account: Account, endpoint: str) -> None:
    """Begin to remove an endpoint's publication with every part of it; the endpoint itself stays.

    Nothing happens when it has none, and after a failure the same call goes on.

    Raises:
        CloudError: a stack has its name that is not ours, or AWS refuses.
    """
    name = stack_name(endpoint)
    try:
        [stack] = account.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except CloudError as error:
        if not error.missing:
            raise
    else:
        if not is_tagged(from_tag_list(stack.get("Tags") or [])):
            raise CloudError(f"The stack {name} was not made by this project: it stays as it is.", "NotOurs")
        account.call("cloudformation", "delete_stack", StackName=name)
    s3.delete(account, f"api/{name}")


def curl(publication: Publication) -> str:
    """A line that scores a review, for a shell in which `REVIEW_SENTIMENT_KEY` is the key."""
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
    """The ARN and tags of an endpoint that is in service."""
    found = endpoints.described(account, name)
    if found["EndpointStatus"] not in endpoints.SERVING:
        raise CloudError(f"The endpoint {name} is not in service yet, but {found['EndpointStatus']}: wait for it.")
    arn = str(found["EndpointArn"])
    return arn, sagemaker_tags(account, arn)


def _upload_code(account: Account, endpoint: str) -> str:
    """Put the function's zip where its digest says; the same files give the same zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in _CODE:
            # Without an attribute for all to read, Lambda could not open it.
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            archive.writestr(member, (SOURCES / name).read_bytes())
    content = packed.getvalue()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return s3.upload_bytes(account, content, f"api/{stack_name(endpoint)}/{digest}.zip")


def _delete_unused_code(account: Account, endpoint: str) -> None:
    """Delete the zip for a stack that AWS has not taken; one that is there all the same keeps its own."""
    with suppress(CloudError):  # the first refusal is the one to report
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
    """The concurrency that can be reserved: what is asked for, or 0 where AWS would refuse that."""
    limit = account.call("lambda", "get_account_settings")["AccountLimit"]
    ours = known.limits.concurrency if known else 0
    enough = limit["UnreservedConcurrentExecutions"] + ours >= _UNRESERVED + concurrency
    return concurrency if enough else 0


def _limits(parameters: dict[str, str]) -> Limits:
    return Limits(
        float(parameters["RatePerSecond"]),
        int(parameters["Burst"]),
        int(parameters["DailyQuota"]),
        # None is reserved: then the rate alone bounds how many calls are worked on.
        int(parameters["Concurrency"]) or Limits.concurrency,
        tuple(filter(None, parameters["AllowedOrigins"].split(","))),
    )


def _update(account: Account, request: dict[str, Any]) -> None:
    try:
        account.call("cloudformation", "update_stack", **request)
    except CloudError as error:
        # It is as it was asked to be already.
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
    """What AWS said of the first part of a stack that failed."""
    cause = ""
    for event in account.pages("cloudformation", "describe_stack_events", "StackEvents", StackName=stack):
        reason = event.get("ResourceStatusReason", "")
        # The newest event comes first; what else was in the making is cancelled with the part that failed.
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason:
            cause = f"{event['LogicalResourceId']}: {reason}"
    return cause.rstrip(".") or "AWS gives no reason"
