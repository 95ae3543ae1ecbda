"""What of ours exists in an AWS account and region, since when, until when, and what it costs an hour.

Ours is what has our name and our tags; both are looked at. Jobs that have ended cost nothing, cannot be removed and
are not listed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sentiment.cloud.aws import prices, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import PROJECT_NAME, from_tag_list, is_ours
from sentiment.cloud.housekeeping import sagemaker_resources
from sentiment.cloud.housekeeping.resource import KINDS, Kind, Resource, console_link
from sentiment.errors import CloudError

_AT_ONCE = 8


def inventory(account: Account, kinds: Collection[Kind] = KINDS) -> list[Resource]:
    """Return all that is ours in the account's region, or what is of some `kinds`; what runs first.

    Raises:
        CloudError: as from `Account.call`: a list that lacks what we may not see would be taken for whole.
    """
    finders = [_FINDERS[kind] for kind in KINDS if kind in kinds]
    with ThreadPoolExecutor(_AT_ONCE, "inventory") as asking:
        found = asking.map(lambda finder: list(finder(account)), finders)
        return [resource for part in found for resource in part]


def sentence(resources: Iterable[Resource], region: str = "") -> str:
    """Sum up what is in a region, such as "2 things running in eu-west-1, $0.46 an hour".

    What runs in another region is not seen from here, so it is named unless it stands beside the sentence.
    """
    where = f" in {region}" if region else ""
    everything = list(resources)
    running = [resource for resource in everything if resource.running]
    if not running:
        kept = f"Nothing running{where}, {_things(len(everything))} kept"
        return kept if everything else f"Nothing on AWS{where}"
    known = sum(resource.hourly or 0 for resource in running)
    price = f"{prices.amount(known)} an hour" if known else "paid by use"
    unknown = any(resource.hourly is None for resource in running)
    return f"{_things(len(running))} running{where}, {price}" + (" and a price we do not know" if unknown else "")


def _things(number: int) -> str:
    return f"{number} thing{'s' if number != 1 else ''}"


def _stacks(account: Account) -> Iterator[Resource]:
    """Yield the public APIs; their tags have the end of the endpoint, which is not one of theirs."""
    for stack in account.pages("cloudformation", "describe_stacks", "Stacks"):
        named, arn = from_tag_list(stack.get("Tags", [])), stack["StackId"]
        # A nested stack goes with the one that it is in.
        if is_ours(named) and "ParentId" not in stack:
            link = console_link(account, f"cloudformation/home?region={account.region}#/stacks/stackinfo?stackId={arn}")
            yield Resource(
                "public API",
                stack["StackName"],
                arn,
                link,
                stack["StackStatus"],
                "paid by request",
                stack["CreationTime"],
            )


def _schedules(account: Account) -> Iterator[Resource]:
    """Yield the group in which the schedules are that end our endpoints; only a group can have tags."""
    try:
        group = account.call("scheduler", "get_schedule_group", Name=PROJECT_NAME)
    except CloudError as error:
        if error.missing:
            return
        raise
    named = account.call("scheduler", "list_tags_for_resource", ResourceArn=group["Arn"]).get("Tags", [])
    if is_ours(from_tag_list(named)):
        waiting = list(account.pages("scheduler", "list_schedules", "Schedules", GroupName=PROJECT_NAME))
        link = console_link(account, f"scheduler/home?region={account.region}#schedules")
        detail = f"{len(waiting)} endpoint{'s' if len(waiting) != 1 else ''} to end"
        yield Resource("schedules", PROJECT_NAME, group["Arn"], link, group["State"], detail, group.get("CreationDate"))


def _files(account: Account) -> Iterator[Resource]:
    """Yield what lies in the bucket under our prefix, as one thing."""
    name = s3.bucket_name(account)
    objects: list[dict[str, Any]] = []
    if s3.bucket_exists(account):
        objects.extend(account.pages("s3", "list_objects_v2", "Contents", Bucket=name, Prefix=s3.PREFIX))
    if objects:
        size = sum(item["Size"] for item in objects)
        detail = f"{size / 1e6:,.1f} MB in {len(objects):,} file{'s' if len(objects) != 1 else ''}"
        oldest, hourly = min(item["LastModified"] for item in objects), prices.storage_hourly(account.region, size)
        yield Resource(
            "files",
            f"{name}/{s3.PREFIX}",
            f"arn:{account.partition}:s3:::{name}/{s3.PREFIX}*",
            _bucket_link(account, name),
            "",
            detail,
            oldest,
            hourly=hourly,
        )


def _bucket(account: Account) -> Iterator[Resource]:
    """Yield the bucket if we have made it and nobody else keeps anything in it."""
    name = s3.bucket_name(account)
    if s3.bucket_exists(account) and _bucket_is_ours(account, name) and not _has_others(account, name):
        yield Resource("bucket", name, f"arn:{account.partition}:s3:::{name}", _bucket_link(account, name))


def _has_others(account: Account, name: str) -> bool:
    """Whether there is an object before or after ours: S3 lists them in the order of their names."""
    first = account.call("s3", "list_objects_v2", Bucket=name, MaxKeys=1).get("Contents", [])
    if first and not first[0]["Key"].startswith(s3.PREFIX):
        return True
    behind = f"{s3.PREFIX}\U0010ffff"
    return bool(account.call("s3", "list_objects_v2", Bucket=name, MaxKeys=1, StartAfter=behind).get("Contents"))


def _bucket_is_ours(account: Account, name: str) -> bool:
    try:
        named = account.call("s3", "get_bucket_tagging", Bucket=name)["TagSet"]
    except CloudError as error:
        if error.missing:
            return False
        raise
    return is_ours(from_tag_list(named))


def _roles(account: Account) -> Iterator[Resource]:
    for purpose in roles.PURPOSES:
        try:
            arn = roles.our_role(account, purpose)
        except CloudError as error:
            if error.code == "NotOurs":
                continue
            raise
        if arn:
            name = roles.role_name(account, purpose)
            yield Resource("role", name, arn, console_link(account, f"iam/home#/roles/details/{name}"))


def _bucket_link(account: Account, name: str) -> str:
    return console_link(account, f"s3/buckets/{name}?region={account.region}")


_FINDERS: dict[Kind, Callable[[Account], Iterable[Resource]]] = {
    "training job": sagemaker_resources.training_jobs,
    "transform job": sagemaker_resources.transform_jobs,
    "endpoint": sagemaker_resources.endpoints,
    "public API": _stacks,
    "autoscaling": sagemaker_resources.scalable_targets,
    "endpoint configuration": sagemaker_resources.endpoint_configurations,
    "model": sagemaker_resources.models,
    "schedules": _schedules,
    "files": _files,
    "bucket": _bucket,
    "role": _roles,
}
