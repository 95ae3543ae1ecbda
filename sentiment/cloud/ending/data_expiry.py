"""Expiry of uploaded data: rules in the bucket's lifecycle configuration by which S3 deletes files.

The bucket, and so its configuration, may be shared: rules of others are preserved.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sentiment.cloud.aws import s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import PROJECT_NAME, owner_folder
from sentiment.errors import CloudError


def expire(account: Account, folder: str, days: int) -> None:
    """Have S3 delete the files in one of this owner's folders `days` days after their upload. CloudError."""
    rule = {
        "ID": f"{_rule_name(account)}-{folder}",
        "Status": "Enabled",
        "Filter": {"Prefix": f"{s3.prefix(account)}{folder}/"},
        "Expiration": {"Days": days},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    present = _configuration(account)
    if rule not in present["Rules"]:
        others = [each for each in present["Rules"] if each.get("ID") != rule["ID"]]
        _put(account, present | {"Rules": [*others, rule]})


def end_expiry(account: Account, folder: str) -> None:
    """Remove the rule that `expire` added for a folder. CloudError as from `Account.call`."""
    _remove(account, lambda name: name == f"{_rule_name(account)}-{folder}")


def end_all(account: Account, owner: str) -> None:
    """Remove every rule of an owner, named as by `owner_folder`. CloudError as from `Account.call`."""
    _remove(account, lambda name: name.startswith(f"{PROJECT_NAME}-{owner}-"))


def owners(account: Account) -> Iterator[str]:
    """Yield the owner of each rule of this project, named as by `owner_folder`. CloudError as from `Account.call`."""
    for rule in _configuration(account)["Rules"]:
        within = (rule.get("Filter") or {}).get("Prefix", "")
        owner = within.removeprefix(s3.PREFIX).partition("/")[0]
        if within.startswith(s3.PREFIX) and rule.get("ID", "").startswith(f"{PROJECT_NAME}-{owner}-"):
            yield owner


def _rule_name(account: Account) -> str:
    return f"{PROJECT_NAME}-{owner_folder(account.arn)}"


def _remove(account: Account, is_to_go: Callable[[str], bool]) -> None:
    present = _configuration(account)
    kept = [rule for rule in present["Rules"] if not is_to_go(rule.get("ID", ""))]
    if kept != present["Rules"]:
        _put(account, present | {"Rules": kept})


def _configuration(account: Account) -> dict[str, Any]:
    """Return the parts of the bucket's lifecycle configuration that can be written back: its rules and settings."""
    place = {"Bucket": s3.bucket_name(account), "ExpectedBucketOwner": account.number}
    try:
        answer = account.call("s3", "get_bucket_lifecycle_configuration", **place)
    except CloudError as error:
        if error.missing:
            return {"Rules": []}
        raise
    kept: dict[str, Any] = {name: answer[name] for name in ("TransitionDefaultMinimumObjectSize",) if name in answer}
    return kept | {"Rules": [_of_today(rule) for rule in answer["Rules"]]}


def _of_today(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule in the current form: S3 does not accept it together with old rules, which have a bare prefix."""
    if "Prefix" not in rule:
        return rule
    return {**{name: value for name, value in rule.items() if name != "Prefix"}, "Filter": {"Prefix": rule["Prefix"]}}


def _put(account: Account, configuration: dict[str, Any]) -> None:
    place = {"Bucket": s3.bucket_name(account), "ExpectedBucketOwner": account.number}
    rules = configuration.pop("Rules")
    if not rules:
        account.call("s3", "delete_bucket_lifecycle", **place)
        return
    account.call(
        "s3",
        "put_bucket_lifecycle_configuration",
        LifecycleConfiguration={"Rules": rules},
        **configuration,
        **place,
    )
