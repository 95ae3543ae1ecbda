import json

import boto3
import pytest

from sentiment.cloud.aws import account, roles
from sentiment.errors import CloudError

NUMBER = "123456789012"


@pytest.fixture
def here(local_cloud):
    return account.connect()


def make(name, service="sagemaker.amazonaws.com", effect="Allow", path="/"):
    statement = {"Effect": effect, "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document, Path=path)


def test_roles_that_sagemaker_may_take_on_are_listed_ours_first(here):
    make("analyst")
    make("both", ["ec2.amazonaws.com", "sagemaker.amazonaws.com"])
    make("machine", "ec2.amazonaws.com")
    make("refused", effect="Deny")
    make("feature", path="/aws-service-role/sagemaker.amazonaws.com/")
    ours = roles.create_role(here, "execution")
    names = [arn.rpartition("/")[2] for arn in roles.execution_roles(here)]
    assert names == ["review-sentiment-execution-us-east-1", "analyst", "both"]
    assert roles.execution_roles(here)[0] == ours


def test_role_for_what_names_none_is_the_account_s_or_one_that_is_made(here):
    made = roles.usual_execution_role(here)
    assert made.endswith("review-sentiment-execution-us-east-1")
    roles.delete_role(here, "execution")
    make("analyst")
    assert roles.usual_execution_role(here).endswith("role/analyst")
    assert roles.our_role(here, "execution") is None


@pytest.mark.parametrize("purpose", roles.PURPOSES)
def test_role_is_made_with_its_policy_for_this_account_and_tagged(here, purpose):
    arn = roles.create_role(here, purpose)
    assert arn == f"arn:aws:iam::{NUMBER}:role/review-sentiment-{purpose}-us-east-1"
    iam = boto3.client("iam")
    role = iam.get_role(RoleName=f"review-sentiment-{purpose}-us-east-1")["Role"]
    assert {"Key": "project", "Value": "review-sentiment"} in role["Tags"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": NUMBER}}
    policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=role["RoleName"])["PolicyDocument"]
    assert NUMBER in json.dumps(policy)
    assert "${" not in json.dumps(policy)


def test_role_is_made_once_and_brought_up_to_date(here):
    first = roles.create_role(here, "execution")
    iam = boto3.client("iam")
    name = roles.role_name(here, "execution")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    older = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=older)
    assert roles.create_role(here, "execution") == first
    assert statement not in iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]["Statement"]


def test_role_of_our_name_without_our_tags_is_left_alone(here):
    make(roles.role_name(here, "execution"))
    for step in (roles.create_role, roles.delete_role):
        with pytest.raises(CloudError, match="without our tags"):
            step(here, "execution")
    assert not boto3.client("iam").list_role_policies(RoleName=roles.role_name(here, "execution"))["PolicyNames"]


def test_role_is_deleted_with_its_policy_and_only_once(here):
    roles.create_role(here, "scheduler")
    roles.delete_role(here, "scheduler")
    assert roles.our_role(here, "scheduler") is None
    roles.delete_role(here, "scheduler")


def test_what_needs_a_new_role_is_tried_until_the_role_is_known(monkeypatch):
    monkeypatch.setattr(roles, "_WAIT_SECONDS", 0)
    refusals = [CloudError("not yet", "ValidationException", "Could not assume role")] * 2

    def launch():
        if refusals:
            raise refusals.pop()
        return "launched"

    assert roles.once_assumable(launch) == "launched"


def test_other_refusals_are_not_tried_again():
    calls = []

    def launch():
        calls.append(1)
        raise CloudError("no", "ValidationException", "The name is taken")

    with pytest.raises(CloudError, match="no"):
        roles.once_assumable(launch)
    assert len(calls) == 1
