"""An owner's budget: AWS sends an email when SageMaker costs more in a month than planned.

A budget stops nothing and reports some hours late, because AWS updates costs a few times a day. It is the last safety
net for resources that neither a planned end nor the sweeper has deleted. It is deleted with its owner's last resource.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sentiment.cloud.aws import prices
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import unless_missing
from sentiment.cloud.aws.ownership import PROJECT_NAME, from_tag_list, is_tagged, owner_folder, tag_list, tags
from sentiment.cloud.ending import expiry
from sentiment.errors import CloudError

MOST_DOLLARS = 1_000_000.0
# AWS can split costs only by service, unless the owner of the bill activates a cost allocation tag.
_SERVICE = "Amazon SageMaker"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Alert:
    """A limit in dollars per month, and who receives an email when costs exceed it or are forecast to."""

    dollars: float
    email: str

    def check(self) -> None:
        """Raise CloudError if AWS would not accept it."""
        if not 1 <= self.dollars <= MOST_DOLLARS:
            raise CloudError("A budget is at least $1 a month: --budget 20.")
        if not _EMAIL.fullmatch(self.email):
            raise CloudError("Give the address that receives the budget's emails: --budget-email you@example.org.")

    def in_words(self, region: str) -> str:
        """Describe who is notified and when."""
        return (
            f"{self.email} receives an email when SageMaker in {region}, used by anyone in the account, costs more "
            f"than {prices.amount(self.dollars)} in a month or is forecast to."
        )


def create(account: Account, alert: Alert) -> None:
    """Create this owner's budget for the region, replacing an existing one.

    Raises:
        CloudError: as from `Account.call`, or AWS would not accept the budget.
    """
    alert.check()
    name = budget_name(account, owner_folder(account.arn))
    _delete_if_tagged(account, name)
    subscribers = [{"SubscriptionType": "EMAIL", "Address": alert.email}]
    account.call(
        "budgets",
        "create_budget",
        AccountId=account.number,
        Budget={
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": f"{alert.dollars:.2f}", "Unit": "USD"},
            "CostFilters": {"Service": [_SERVICE], "Region": [account.region]},
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": kind,
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": 100.0,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": subscribers,
            }
            for kind in ("ACTUAL", "FORECASTED")
        ],
        ResourceTags=tag_list(tags(account.arn)),
    )


def budgets(account: Account) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """Yield the budgets for the region with their ARNs and tags: this owner's, and those of all owners of schedules.

    Raises:
        CloudError: as from `Account.call`.
    """
    owners = {group["Name"].removeprefix(f"{PROJECT_NAME}-") for group, _ in expiry.groups(account)}
    for owner in sorted({*owners, owner_folder(account.arn)}):
        yield from _found(account, budget_name(account, owner))


def delete(account: Account, name: str) -> None:
    """Delete the budget of that name, if it exists. CloudError as from `Account.call`."""
    with unless_missing():
        account.call("budgets", "delete_budget", AccountId=account.number, BudgetName=name)


def delete_ours(account: Account) -> None:
    """Delete this owner's budget for the region; without permission, leave it to a teardown, which reports it.

    Raises:
        CloudError: as from `Account.call`, except for lack of permission: most owners have no budget to delete.
    """
    try:
        _delete_if_tagged(account, budget_name(account, owner_folder(account.arn)))
    except CloudError as error:
        if not error.denied:
            raise


def budget_name(account: Account, owner: str) -> str:
    """Return the name of an owner's budget for the region; `owner` is named as by `owner_folder`."""
    return f"{PROJECT_NAME}-{owner}-{account.region}"


def _found(account: Account, name: str) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """Yield the budget of that name with its ARN and tags, if it exists and this project created it."""
    with unless_missing():
        description = account.call("budgets", "describe_budget", AccountId=account.number, BudgetName=name)
        arn = f"arn:{account.partition}:budgets::{account.number}:budget/{name}"
        answer = account.call("budgets", "list_tags_for_resource", ResourceARN=arn)
        named = from_tag_list(answer.get("ResourceTags", []))
        if is_tagged(named):
            yield description["Budget"], arn, named


def _delete_if_tagged(account: Account, name: str) -> None:
    for _ in _found(account, name):
        delete(account, name)
