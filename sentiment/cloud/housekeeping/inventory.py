"""List the project's resources in an AWS account and region, with their age, planned end, owner and price.

A resource belongs to the project if both its name and its tags say so. Jobs that have ended are not listed: they cost
nothing and cannot be deleted.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from sentiment.cloud.aws import prices
from sentiment.cloud.aws.account import Account, regions
from sentiment.cloud.aws.ownership import owner_folder
from sentiment.cloud.housekeeping import account_resources, sagemaker_resources
from sentiment.cloud.housekeeping.resource import KINDS, Resource, ResourceKind
from sentiment.errors import CloudError
from sentiment.wording import counted, opening

_AT_ONCE = 8
_LOOKS = 3  # attempts, because resources may disappear during a listing


@dataclass(frozen=True)
class Unseen:
    """A kind of resource that could not be listed, and why."""

    kind: ResourceKind
    error: CloudError

    @property
    def sentence(self) -> str:
        """What is missing from the inventory, and why."""
        return f"{opening(PLURALS[self.kind])} could not be listed. {self.error}"


@dataclass(frozen=True)
class Inventory:
    """The resources found in a region, running ones first, and the kinds that could not be listed."""

    resources: tuple[Resource, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __len__(self) -> int:
        return len(self.resources)


@dataclass(frozen=True)
class Everywhere:
    """The inventory of each region, the regions not enabled for the account, and those that refused a listing."""

    found: Mapping[str, Inventory]
    closed: tuple[str, ...]
    refused: Mapping[str, CloudError] = field(default_factory=dict)

    @property
    def refused_in_words(self) -> str:
        """Which regions could not be listed, with the first reason; "" if all could."""
        if not self.refused:
            return ""
        return f"Could not be listed: {', '.join(self.refused)}. {next(iter(self.refused.values()))}"


def inventory(account: Account, kinds: Collection[ResourceKind] = KINDS) -> Inventory:
    """Return the project's resources of all owners in the account's region, optionally only of some `kinds`.

    A kind that cannot be listed does not prevent the others from being found. CloudError if no kind can be listed.
    """
    wanted = [kind for kind in KINDS if kind in kinds]
    with ThreadPoolExecutor(_AT_ONCE, "inventory") as asking:
        looks = list(asking.map(lambda kind: _look(account, kind), wanted))
    unseen = tuple(look for look in looks if isinstance(look, Unseen))
    if unseen and len(unseen) == len(wanted):
        raise unseen[0].error
    return Inventory(tuple(_with_owners([each for look in looks if isinstance(look, list) for each in look])), unseen)


def everywhere(account: Account) -> Everywhere:
    """Return the project's resources in every region that is enabled for the account.

    A region that refuses the listing, for instance by a policy of the organisation, does not prevent the others from
    being listed. CloudError as from `inventory` if no region can be listed.
    """
    names = regions()
    with ThreadPoolExecutor(_AT_ONCE, "regions") as asking:
        looks = dict(
            zip(names, asking.map(lambda name: _look_there(replace(account, region=name)), names), strict=True)
        )
    found = {name: look for name, look in looks.items() if isinstance(look, Inventory)}
    refused = {name: look for name, look in looks.items() if isinstance(look, CloudError)}
    if refused and not found:
        raise next(iter(refused.values()))
    return Everywhere(
        _each_once(found, account.region), tuple(name for name, look in looks.items() if look is None), refused
    )


def sentence(resources: Iterable[Resource], region: str = "") -> str:
    """Summarise a region's resources, such as "2 resources running in eu-west-1, $0.46 an hour".

    The region is named, because resources in others are not included; omit it where it is shown next to the sentence.
    """
    where = f" in {region}" if region else ""
    everything = list(resources)
    running = [resource for resource in everything if resource.running]
    if not running:
        kept = f"Nothing running{where}, {counted(len(everything), 'resource')} kept"
        return kept if everything else f"Nothing on AWS{where}"
    known = sum(resource.hourly or 0 for resource in running)
    price = f"{prices.amount(known)} an hour" if known else "paid by use"
    unknown = any(resource.hourly is None for resource in running)
    return f"{counted(len(running), 'resource')} running{where}, {price}" + (
        " and an unknown amount" if unknown else ""
    )


def in_short(resources: Iterable[Resource]) -> str:
    """Return the summary in some 28 characters, such as "2 running, $0.46 an hour"; "+" marks an unknown part."""
    everything = list(resources)
    running = [resource.hourly for resource in everything if resource.running]
    if not running:
        return f"Nothing running, {len(everything):,} kept" if everything else "Nothing on AWS"
    known, unknown = sum(price or 0 for price in running), None in running
    if not known:
        return f"{len(running):,} running, {'price unknown' if unknown else 'paid by use'}"
    return f"{len(running):,} running, {prices.amount(known)}{'+' if unknown else ''} an hour"


def _each_once(found: Mapping[str, Inventory], first: str) -> dict[str, Inventory]:
    """Keep what belongs to the account and not to a region, such as the permissions boundary, in one region alone.

    That is the region `first`, if it was listed.
    """
    seen: set[str] = set()
    once = {}
    for region in sorted(found, key=lambda name: name != first):
        each = found[region]
        once[region] = replace(each, resources=tuple(one for one in each if one.arn not in seen))
        seen.update(one.arn for one in each if one.arn)
    return {region: once[region] for region in found}


def _with_owners(resources: list[Resource]) -> list[Resource]:
    """Name the owners of files, known by their folder only, if another of their resources carries the full name."""
    known = {owner_folder(each.creator): each.creator for each in resources if ":" in each.creator}
    return [replace(each, creator=known.get(each.creator, each.creator)) for each in resources]


def _look(account: Account, kind: ResourceKind) -> list[Resource] | Unseen:
    """List the resources of one kind, retrying when one disappears during the listing."""
    for attempt in range(_LOOKS):
        try:
            return list(_FINDERS[kind](account))
        except CloudError as error:
            changing = error.missing or (error.passing and not error.throttled)
            if not changing or attempt == _LOOKS - 1:
                return Unseen(kind, error)
    raise AssertionError


def _look_there(account: Account) -> Inventory | CloudError | None:
    """Return the resources in the account's region, the reason for a refusal, or None if the region is not enabled."""
    try:
        return inventory(account) if _is_open(account) else None
    except CloudError as error:
        return error


def _is_open(account: Account) -> bool:
    """Whether the region is enabled for the account: newer regions are disabled by default."""
    try:
        account.call("sts", "get_caller_identity")
    except CloudError as error:
        if error.unknown_credentials:
            return False
        raise
    return True


PLURALS: dict[ResourceKind, str] = {
    "training job": "training jobs",
    "transform job": "transform jobs",
    "endpoint": "endpoints",
    "public API": "public APIs",
    "autoscaling": "autoscaling",
    "endpoint configuration": "endpoint configurations",
    "model": "models",
    "schedules": "schedules",
    "sweeper": "sweepers",
    "budget": "budgets",
    "files": "files",
    "bucket": "the bucket",
    "role": "roles",
    "boundary": "the permissions boundary",
}
_FINDERS: dict[ResourceKind, Callable[[Account], Iterable[Resource]]] = {
    "training job": sagemaker_resources.training_jobs,
    "transform job": sagemaker_resources.transform_jobs,
    "endpoint": sagemaker_resources.endpoints,
    "public API": account_resources.stacks,
    "autoscaling": sagemaker_resources.scalable_targets,
    "endpoint configuration": sagemaker_resources.endpoint_configurations,
    "model": sagemaker_resources.models,
    "schedules": account_resources.schedules,
    "sweeper": account_resources.sweepers,
    "budget": account_resources.budgets,
    "files": account_resources.files,
    "bucket": account_resources.buckets,
    "role": account_resources.our_roles,
    "boundary": account_resources.boundaries,
}
