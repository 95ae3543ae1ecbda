"""Find the project's resources outside SageMaker: public APIs, schedules, sweepers, budgets, files, roles, boundary."""

from collections.abc import Iterator
from typing import Any

from sentiment.cloud.aws import boundary, prices, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import CREATOR_TAG, from_tag_list, owner, owner_folder
from sentiment.cloud.ending import budget, data_expiry, expiry, sweeper
from sentiment.cloud.housekeeping.resource import Resource, console_link
from sentiment.cloud.publishing import public_api
from sentiment.errors import CloudError
from sentiment.wording import counted


def stacks(account: Account) -> Iterator[Resource]:
    """Yield the public APIs. Their expiry tag is not shown: it repeats the endpoint's end, and the API has none."""
    for stack in public_api.stacks(account):
        arn = stack["StackId"]
        yield Resource(
            "public API",
            stack["StackName"],
            arn,
            console_link(account, f"cloudformation/home?region={account.region}#/stacks/stackinfo?stackId={arn}"),
            from_tag_list(stack.get("Tags", [])).get(CREATOR_TAG, ""),
            stack["StackStatus"],
            "paid per request",
            stack["CreationTime"],
        )


def schedules(account: Account) -> Iterator[Resource]:
    """Yield the schedule groups, one per owner; their schedules delete endpoints."""
    link = console_link(account, f"scheduler/home?region={account.region}#schedules")
    for group, named in expiry.groups(account):
        detail = f"{counted(len(expiry.scheduled(account, group['Name'])), 'endpoint')} to end"
        yield Resource(
            "schedules",
            group["Name"],
            group["Arn"],
            link,
            named.get(CREATOR_TAG, ""),
            group["State"],
            detail,
            group.get("CreationDate"),
        )


def sweepers(account: Account) -> Iterator[Resource]:
    """Yield the sweeper functions, one per owner; they delete endpoints that are past their end."""
    for function in sweeper.all_sweepers(account):
        name, arn = function["Configuration"]["FunctionName"], function["Configuration"]["FunctionArn"]
        link = console_link(account, f"lambda/home?region={account.region}#/functions/{name}")
        creator = function["Tags"].get(CREATOR_TAG, "")
        yield Resource("sweeper", name, arn, link, creator, detail=f"runs every {expiry.SWEEP_MINUTES} minutes")


def budgets(account: Account) -> Iterator[Resource]:
    """Yield the budgets, which are free and send their owner an email when SageMaker costs more in a month."""
    for alert, arn, named in budget.budgets(account):
        name, limit = alert["BudgetName"], float(alert["BudgetLimit"]["Amount"])
        link = console_link(account, "billing/home#/budgets")
        yield Resource(
            "budget", name, arn, link, named.get(CREATOR_TAG, ""), detail=f"email at {prices.amount(limit)} a month"
        )


def files(account: Account) -> Iterator[Resource]:
    """Yield the files in the bucket under the project's prefix, as one resource per owner."""
    name = s3.bucket_name(account)
    if not s3.bucket_exists(account):
        return
    found: dict[str, list[dict[str, Any]]] = {}
    for item in s3.versions(account, s3.PREFIX):
        found.setdefault(_folder(item["Key"]), []).append(item)
    unfinished = [_folder(item["Key"]) for item in s3.cut_off_uploads(account, s3.PREFIX)]
    ours, rules = owner_folder(account.arn), list(data_expiry.owners(account))
    for folder in sorted({*found, *unfinished, *rules}):
        items = found.get(folder, [])
        size = sum(item.get("Size", 0) for item in items)
        yield Resource(
            "files",
            f"{name}/{s3.PREFIX}{folder}/",
            f"arn:{account.partition}:s3:::{name}/{s3.PREFIX}{folder}/*",
            _bucket_link(account, name),
            owner(account.arn) if folder == ours else folder,
            "",
            _contents(items, size, unfinished.count(folder), rules.count(folder)),
            min((item["LastModified"] for item in items), default=None),
            hourly=prices.storage_hourly(account.region, size),
        )


def buckets(account: Account) -> Iterator[Resource]:
    """Yield the bucket if this project created it and it holds nothing else."""
    name = s3.bucket_name(account)
    if s3.bucket_exists(account) and (named := s3.bucket_tags(account)) and not _has_others(account, name):
        arn, link = f"arn:{account.partition}:s3:::{name}", _bucket_link(account, name)
        yield Resource("bucket", name, arn, link, named.get(CREATOR_TAG, ""))


def our_roles(account: Account) -> Iterator[Resource]:
    """Yield the project's roles for the region."""
    for purpose in roles.PURPOSES:
        try:
            role = roles.our_role(account, purpose)
        except CloudError as error:
            if error.code == "NotOurs":
                continue
            raise
        if role:
            name, creator = role["RoleName"], from_tag_list(role.get("Tags", [])).get(CREATOR_TAG, "")
            yield Resource("role", name, role["Arn"], _iam_link(account, f"roles/details/{name}"), creator)


def boundaries(account: Account) -> Iterator[Resource]:
    """Yield the permissions boundary when no role in any region uses it."""
    policy = boundary.find(account)
    if policy and boundary.is_unused_and_ours(policy) and not any(our_roles(account)):
        creator = from_tag_list(policy["Tags"]).get(CREATOR_TAG, "")
        link = _iam_link(account, f"policies/details/{policy['Arn']}")
        yield Resource("boundary", boundary.NAME, policy["Arn"], link, creator, detail="not used by any role")


def _folder(key: str) -> str:
    """Return the first folder under the project's prefix, which is the owner's."""
    return key.removeprefix(s3.PREFIX).partition("/")[0]


def _contents(items: list[dict[str, Any]], size: int, unfinished: int, rules: int) -> str:
    """Describe a folder's contents, such as "2.0 MB in 2 files, 1 old version"."""
    present = sum(item["IsLatest"] and "Size" in item for item in items)
    words = [f"{size / 1e6:,.1f} MB in {counted(present, 'file')}"]
    if old := sum("Size" in item for item in items) - present:
        words.append(f"{counted(old, 'old version')}")
    if unfinished:
        words.append(f"{counted(unfinished, 'upload')} cut off")
    if rules:
        words.append("1 rule that deletes data" if rules == 1 else f"{rules} rules that delete data")
    return ", ".join(words)


def _has_others(account: Account, name: str) -> bool:
    """Whether the bucket holds keys that sort before or after the project's prefix: S3 lists keys in order."""
    first = account.call("s3", "list_object_versions", Bucket=name, MaxKeys=1)
    keys = [item["Key"] for items in ("Versions", "DeleteMarkers") for item in first.get(items, [])]
    if any(not key.startswith(s3.PREFIX) for key in keys):
        return True
    behind = f"{s3.PREFIX}\U0010ffff"
    after = account.call("s3", "list_object_versions", Bucket=name, MaxKeys=1, KeyMarker=behind)
    return bool(after.get("Versions") or after.get("DeleteMarkers"))


def _bucket_link(account: Account, name: str) -> str:
    return console_link(account, f"s3/buckets/{name}?region={account.region}")


def _iam_link(account: Account, place: str) -> str:
    return console_link(account, f"iam/home#/{place}")
