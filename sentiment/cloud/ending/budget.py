"""A budget of an owner: AWS sends an email when SageMaker costs more in a month than was meant.

It ends nothing, and comes some hours late, as AWS adds up what is used a few times a day: it is the last look, for what
neither a planned end nor the sweeper has ended. It goes with the last thing of its owner.
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
# Without a cost allocation tag, which only the owner of the bill can activate, AWS tells costs apart by service.
_SERVICE = "Amazon SageMaker"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Alert:
    """Who is to get an email when more dollars than these have been used, or will be, in a month."""

    dollars: float
    email: str

    def check(self) -> None:
        """Raise CloudError when AWS would not take it."""
        if not 1 <= self.dollars <= MOST_DOLLARS:
            raise CloudError("A budget is at least $1 a month: --budget 20.")
        if not _EMAIL.fullmatch(self.email):
            raise CloudError("Say who gets the email when the budget is exceeded: --budget-email you@example.org.")

    def in_words(self, region: str) -> str:
        """Say what happens when."""
        return (
            f"{self.email} gets an email when SageMaker in {region}, whoever uses it, costs more than "
            f"{prices.amount(self.dollars)} in a month, or is going to."
        )


def create(account: Account, alert: Alert) -> None:
    """Have this owner's budget for the region, in the place of the one that there was.

    Raises:
        CloudError: as from `Account.call`, or AWS would not take it.
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
    """Yield the budgets for the region with their ARNs and tags: ours, and those of the owners of schedules.

    Raises:
        CloudError: as from `Account.call`.
    """
    owners = {group["Name"].removeprefix(f"{PROJECT_NAME}-") for group, _ in expiry.groups(account)}
    for owner in sorted({*owners, owner_folder(account.arn)}):
        yield from _found(account, budget_name(account, owner))


def delete(account: Account, name: str) -> None:
    """Delete a budget of that name; nothing happens when there is none. CloudError as from `Account.call`."""
    with unless_missing():
        account.call("budgets", "delete_budget", AccountId=account.number, BudgetName=name)


def delete_ours(account: Account) -> None:
    """Delete this owner's budget for the region; one that may not be deleted is left to a teardown, which says so.

    Raises:
        CloudError: as from `Account.call`, but not for want of permission: most have no budget, and need none.
    """
    try:
        _delete_if_tagged(account, budget_name(account, owner_folder(account.arn)))
    except CloudError as error:
        if not error.denied:
            raise


def budget_name(account: Account, owner: str) -> str:
    """Return the name of an owner's budget for the region; the owner is named as by `owner_folder`."""
    return f"{PROJECT_NAME}-{owner}-{account.region}"


def _found(account: Account, name: str) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """Yield the budget of a name with its ARN and tags, if there is one and this project has made it."""
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
