"""A budget emails its owner the cost of SageMaker, and is deleted with the owner's last resource."""

import boto3
import pytest

from sentiment.cloud.aws import account
from sentiment.cloud.aws.ownership import owner_folder, tag_list, tags
from sentiment.cloud.ending import budget
from sentiment.cloud.ending.budget import Alert
from sentiment.cloud.housekeeping import teardown
from sentiment.cloud.housekeeping.inventory import inventory
from sentiment.errors import CloudError
from tests.support.cloud_things import COLLEAGUE, FOREIGN, endpoint_names, make_endpoint, make_group, named

ALERT = Alert(20, "ada@example.org")
NUMBER = "123456789012"


@pytest.fixture
def here(local_cloud):
    return account.connect()


def present():
    return {each["BudgetName"]: each for each in boto3.client("budgets").describe_budgets(AccountId=NUMBER)["Budgets"]}


def make_budget(name, tagged):
    limit = {"Amount": "5", "Unit": "USD"}
    made = {"BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit}
    boto3.client("budgets").create_budget(AccountId=NUMBER, Budget=made, ResourceTags=tagged)


def test_budget_is_of_sagemaker_in_the_region_and_an_email_goes_out_before_and_when_it_is_exceeded(here):
    budget.create(here, ALERT)
    ((name, said),) = present().items()
    assert name == f"review-sentiment-{owner_folder(here.arn)}-us-east-1"
    assert said["BudgetLimit"] == {"Amount": "20.00", "Unit": "USD"}
    assert said["TimeUnit"] == "MONTHLY"
    assert said["CostFilters"] == {"Service": ["Amazon SageMaker"], "Region": ["us-east-1"]}
    answer = boto3.client("budgets").describe_notifications_for_budget(AccountId=NUMBER, BudgetName=name)
    assert {each["NotificationType"] for each in answer["Notifications"]} == {"ACTUAL", "FORECASTED"}


def test_budget_is_listed_as_its_owner_s_and_another_takes_its_place(here):
    budget.create(here, ALERT)
    budget.create(here, Alert(35, "ada@example.org"))
    (found,) = inventory(here, ["budget"])
    assert (found.is_of(here), found.detail, found.hourly) == (True, "email at $35.00 a month", 0)


def test_budgets_of_colleagues_and_strangers_stay(here):
    make_group(here, COLLEAGUE)
    bobs = f"review-sentiment-{owner_folder(COLLEAGUE)}-us-east-1"
    make_budget(bobs, tag_list(tags(COLLEAGUE)))
    make_budget("everything", FOREIGN)
    budget.create(here, ALERT)
    teardown.teardown(here)
    assert set(present()) == {bobs, "everything"}
    teardown.teardown(here, everyone=True)
    assert set(present()) == {"everything"}


def test_budget_of_our_name_without_our_tags_is_nobody_s_to_take_down(here):
    make_budget(budget.budget_name(here, owner_folder(here.arn)), FOREIGN)
    teardown.teardown(here)
    budget.delete_ours(here)
    with pytest.raises(CloudError, match="budget"):
        budget.create(here, ALERT)
    assert [each["BudgetLimit"]["Amount"] for each in present().values()] == ["5"]


def test_while_something_runs_its_budget_stays(here, local_cloud):
    budget.create(here, ALERT)
    make_endpoint(here, named("tiny"))
    local_cloud.faults.share_of_calls("DeleteEndpoint", 1.0, ("denied",))
    with pytest.raises(CloudError, match="endpoint"):
        teardown.teardown(here)
    assert endpoint_names()
    assert present()


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (Alert(0, "ada@example.org"), "at least \\$1 a month"),
        (Alert(float("nan"), "ada@example.org"), "at least"),
        (Alert(20, ""), "Give the address that receives"),
        (Alert(20, "ada at home"), "Give the address that receives"),
    ],
)
def test_what_aws_would_not_take_is_one_sentence(alert, words):
    with pytest.raises(CloudError, match=words):
        alert.check()


def test_where_budgets_may_not_be_touched_the_end_of_the_last_endpoint_goes_on(here, local_cloud):
    budget.create(here, ALERT)
    local_cloud.faults.share_of_calls("DeleteBudget", 1.0, ("denied",))
    budget.delete_ours(here)
    assert present()
