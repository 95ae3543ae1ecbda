"""The project's endpoints: state, capacity, variants, and which variants have passed their parity check.

All information about an endpoint is stored on AWS, in its tags and in those of its models.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import (
    CREATOR_TAG,
    PROJECT_NAME,
    PROJECT_TAG,
    expiry,
    is_our_name,
    is_tagged,
    owner,
    sagemaker_tags,
    tag_list,
    tags_unless_gone,
)
from sentiment.cloud.ending.expiry import scheduled_by_all
from sentiment.cloud.hosting import models
from sentiment.cloud.hosting.models import RegisteredModel
from sentiment.errors import CloudError

EndpointState = Literal["creating", "updating", "in service", "deleting", "failed"]
MEMORY_SIZES = (1024, 2048, 3072, 4096, 5120, 6144)  # megabytes, of a serverless endpoint
MOST_SERVERLESS_CALLS = 200
_STATES: dict[str, EndpointState] = {
    "Creating": "creating",
    "InService": "in service",
    "Deleting": "deleting",
    "Failed": "failed",
    "OutOfService": "failed",
    # It still serves, with a mix of the old and the new configuration.
    "UpdateRollbackFailed": "in service",
}
# Statuses in which an endpoint answers calls.
SERVING = ("InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed")
# All other statuses are billed, including those after a failed update.
NOT_BILLED = ("Failed", "Deleting")
_NAMED = 5  # endpoints listed in a message
_PARITY_TAG = "parity-"  # followed by the name of a variant


@dataclass(frozen=True)
class Serverless:
    """Capacity that costs nothing while idle: memory in megabytes, and concurrent calls."""

    memory: int = 2048
    calls: int = 5

    def __str__(self) -> str:
        return f"serverless, {self.memory:,} MB"


@dataclass(frozen=True)
class Instances:
    """Capacity paid by the hour: `count` instances, scaled up to `most` under load."""

    instance_type: str
    count: int = 1
    most: int = 1

    def __str__(self) -> str:
        number = f"{self.count} × " if self.count > 1 else ""
        return f"{number}{self.instance_type}" + (f", up to {self.most}" if self.most > self.count else "")


@dataclass(frozen=True)
class Asynchronous:
    """Capacity for requests stored in S3: up to `most` instances while requests wait, none otherwise.

    `count` is the current number of instances.
    """

    instance_type: str
    most: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"asynchronous, up to {self.most} × {self.instance_type}"


Capacity = Serverless | Instances | Asynchronous


@dataclass(frozen=True)
class Variant:
    """One model behind an endpoint.

    `share` is its part of the traffic, 0 to 1. `parity` is the largest difference in probability from the local bundle
    that the canary found, None if it has not passed.
    """

    name: str
    model: RegisteredModel
    capacity: Capacity
    share: float
    parity: float | None


@dataclass(frozen=True)
class Endpoint:
    """An endpoint's current state; `reason` says why it, or its last update, has failed.

    `billed` says whether its instances are charged for; `creator` is its owner according to its tags.
    """

    name: str
    arn: str
    config: str
    state: EndpointState
    reason: str
    created: datetime
    expires: datetime | None
    variants: tuple[Variant, ...]
    billed: bool
    creator: str

    @property
    def owner(self) -> str:
        """Short form of the creator, such as "user/ada"."""
        return self.creator.rpartition(":")[2]

    def is_of(self, account: Account) -> bool:
        """Whether it belongs to the caller."""
        return self.creator == owner(account.arn)

    @property
    def ready(self) -> bool:
        """Whether it is in service and every variant has passed its parity check."""
        return self.state == "in service" and all(variant.parity is not None for variant in self.variants)

    @property
    def settled(self) -> bool:
        """Whether it is neither being created nor updated."""
        return self.state in ("in service", "failed")

    def variant(self, name: str) -> Variant:
        """Return the variant of that name. CloudError if there is none."""
        for each in self.variants:
            if each.name == name:
                return each
        raise CloudError(f"The endpoint {self.name} has no variant {name}.")

    def drawn_variant(self) -> str | None:
        """Return the name of one of several variants, drawn at random by their shares of the traffic, as AWS does.

        A scorer makes several calls, and one model must answer all of them.
        """
        if len(self.variants) < 2:
            return None
        names, shares = zip(*((each.name, each.share) for each in self.variants), strict=True)
        return str(random.choices(names, shares)[0])


def described(account: Account, name: str) -> dict[str, Any]:
    """Return AWS's description of an endpoint.

    Raises:
        CloudError: as from `Account.call`; if the endpoint is `missing`, the message lists the existing ones.
    """
    try:
        return account.call("sagemaker", "describe_endpoint", EndpointName=name)
    except CloudError as error:
        if not error.missing:
            raise
        sentence = f"There is no endpoint {name} in {account.region}: {_instead(account)}."
        raise CloudError(sentence, error.code, error.refusal) from error


def state(account: Account, name: str) -> EndpointState:
    """Return the state of an endpoint with a single quick call. CloudError as for `find`."""
    return _state(described(account, name)["EndpointStatus"])


def find(account: Account, name: str) -> Endpoint:
    """Return an endpoint with its variants.

    Raises:
        CloudError: as from `described`.
    """
    description = described(account, name)
    return _endpoint(account, description, sagemaker_tags(account, description["EndpointArn"]))


def all_endpoints(account: Account) -> list[Endpoint]:
    """Return every endpoint of this project in the region, newest first.

    Raises:
        CloudError: as from `Account.call`.
    """
    found = [
        _endpoint(account, described(account, summary["EndpointName"]), named) for summary, named in summaries(account)
    ]
    return sorted(found, key=lambda endpoint: endpoint.created, reverse=True)


def summaries(account: Account) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield AWS's summary of each endpoint of this project, with its tags.

    An endpoint that has lost its tags is recognised by the schedule of its deletion. CloudError as from `Account.call`.
    """
    planned: dict[str, str] | None = None
    for endpoint in account.pages("sagemaker", "list_endpoints", "Endpoints", NameContains=PROJECT_NAME):
        name = endpoint["EndpointName"]
        named = tags_unless_gone(account, endpoint["EndpointArn"]) if is_our_name(name) else None
        if named is not None and PROJECT_TAG not in named:
            planned = scheduled_by_all(account) if planned is None else planned
            if name in planned:
                named = {PROJECT_TAG: PROJECT_NAME, CREATOR_TAG: planned[name], **named}
        if named is not None and is_tagged(named):
            yield endpoint, named


def capacities(described: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Capacity]:
    """Return the capacity of each variant, by name, from AWS's descriptions of an endpoint and its configuration.

    While the endpoint is being created, only its configuration lists the variants.
    """
    current, waits = _by_name(described), bool(config.get("AsyncInferenceConfig"))
    return {name: _capacity(each, current.get(name, {}), waits) for name, each in _by_name(config).items()}


def note_parity(account: Account, endpoint: Endpoint, variant: str, difference: float) -> None:
    """Store in the endpoint's tags that a variant has passed its canary, with the difference. CloudError as above."""
    parity = {f"{_PARITY_TAG}{variant}": f"{difference:.3g} {endpoint.variant(variant).model.name}"}
    account.call("sagemaker", "add_tags", ResourceArn=endpoint.arn, Tags=tag_list(parity))


def _instead(account: Account) -> str:
    """List the existing endpoints by name, or say where to look if they cannot be listed."""
    try:
        found = list(account.pages("sagemaker", "list_endpoints", "Endpoints", NameContains=PROJECT_NAME))
    except CloudError:
        return "see the page Endpoints, or scripts/cloud.py status"
    names = [each["EndpointName"] for each in found]
    if not names:
        return "this project has none there; create one with scripts/cloud.py deploy"
    more = f" and {len(names) - _NAMED:,} more, see scripts/cloud.py status" if len(names) > _NAMED else ""
    return f"{'there is' if len(names) == 1 else 'there are'} {', '.join(names[:_NAMED])}{more}"


def _by_name(described: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {each["VariantName"]: each for each in described.get("ProductionVariants", ())}


def _state(status: str) -> EndpointState:
    return _STATES.get(status, "updating")  # all others are kinds of updating


def _endpoint(account: Account, described: Mapping[str, Any], named: Mapping[str, str]) -> Endpoint:
    config = account.call("sagemaker", "describe_endpoint_config", EndpointConfigName=described["EndpointConfigName"])
    configured = _by_name(config)
    current, serving = _by_name(described), capacities(described, config)
    weights = {name: _weight(current.get(name, {}), each) for name, each in configured.items()}
    total = sum(weights.values()) or 1.0
    return Endpoint(
        name=described["EndpointName"],
        arn=described["EndpointArn"],
        config=described["EndpointConfigName"],
        state=_state(described["EndpointStatus"]),
        reason=described.get("FailureReason", ""),
        created=described["CreationTime"],
        expires=expiry(named),
        variants=tuple(
            _variant(account, each, serving[name], weights[name] / total, named) for name, each in configured.items()
        ),
        billed=described["EndpointStatus"] not in NOT_BILLED,
        creator=named.get(CREATOR_TAG, ""),
    )


def _variant(
    account: Account,
    configured: Mapping[str, Any],
    capacity: Capacity,
    share: float,
    named: Mapping[str, str],
) -> Variant:
    name, model = configured["VariantName"], models.find(account, configured["ModelName"])
    difference, _, compared = named.get(f"{_PARITY_TAG}{name}", "").partition(" ")
    return Variant(name, model, capacity, share, float(difference) if compared == model.name else None)


def _capacity(configured: Mapping[str, Any], current: Mapping[str, Any], waits: bool) -> Capacity:
    if serverless := configured.get("ServerlessConfig"):
        return Serverless(serverless["MemorySizeInMB"], serverless["MaxConcurrency"])
    count = current.get("CurrentInstanceCount")
    if waits:
        present = configured["InitialInstanceCount"] if count is None else count
        return Asynchronous(configured["InstanceType"], max(1, present), present)
    count = count or configured["InitialInstanceCount"]
    return Instances(configured["InstanceType"], count, count)


def _weight(current: Mapping[str, Any], configured: Mapping[str, Any]) -> float:
    return float(current.get("CurrentWeight", configured.get("InitialVariantWeight", 1.0)))
