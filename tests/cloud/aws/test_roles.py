import json

import boto3
import pytest

from sentiment.cloud.aws import account, boundary, roles
from sentiment.errors import CloudError

NUMBER = "123456789012"


@pytest.fixture
def here(local_cloud):
    return account.connect()


def make(name, service="sagemaker.amazonaws.com", effect="Allow", path="/"):
    statement = {"Effect": effect, "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document, Path=path)


def document_of(name):
    return boto3.client("iam").get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]


@pytest.mark.parametrize("purpose", roles.PURPOSES)
def test_role_is_made_with_its_policy_for_this_account_and_tagged(here, purpose):
    arn = roles.create_role(here, purpose)
    assert arn == f"arn:aws:iam::{NUMBER}:role/review-sentiment-{purpose}-us-east-1"
    iam = boto3.client("iam")
    role = iam.get_role(RoleName=f"review-sentiment-{purpose}-us-east-1")["Role"]
    assert {"Key": "project", "Value": "review-sentiment"} in role["Tags"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    if purpose != "sweeper":
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": NUMBER}}
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(":policy/review-sentiment-boundary")
    policy = document_of(role["RoleName"])
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
    assert statement not in document_of(name)["Statement"]


def test_half_made_role_is_finished_and_its_trust_and_boundary_are_set_right(here):
    iam, name = boto3.client("iam"), roles.role_name(here, "scheduler")
    tagged = [{"Key": "project", "Value": "review-sentiment"}]
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=tagged)
    roles.create_role(here, "scheduler")
    assert document_of(name)["Statement"]
    role = iam.get_role(RoleName=name)["Role"]
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert role["PermissionsBoundary"]


def test_what_is_as_it_should_be_is_not_written_again(here, local_cloud):
    """So that a read-only user can use roles that another user has created."""
    roles.create_role(here, "execution")
    for operation in ("CreateRole", "PutRolePolicy", "UpdateAssumeRolePolicy", "CreatePolicy"):
        local_cloud.faults.next_calls(operation, "denied")
    assert roles.create_role(here, "execution") == roles.arn(here, "execution")


def test_who_may_not_make_a_role_hears_who_may(here, local_cloud):
    local_cloud.faults.next_calls("CreatePolicy", "denied")
    with pytest.raises(CloudError, match=r"boundary .* does not exist yet, .*: an administrator creates it once"):
        roles.create_role(here, "execution")
    local_cloud.faults.next_calls("CreateRole", "denied")
    with pytest.raises(CloudError, match=r"does not exist yet, .* a user with the policy deployer"):
        roles.create_role(here, "execution")


def test_boundary_of_an_older_release_is_brought_up_to_date(here):
    iam, limit = boto3.client("iam"), boundary.arn(here)
    older = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    iam.create_policy(PolicyName=boundary.NAME, PolicyDocument=older)
    for _ in range(2):
        roles.create_role(here, "execution")
    version = iam.get_policy(PolicyArn=limit)["Policy"]["DefaultVersionId"]
    written = iam.get_policy_version(PolicyArn=limit, VersionId=version)["PolicyVersion"]["Document"]
    assert written == json.loads(roles.policy(here, "boundary"))


def test_role_of_our_name_without_our_tags_is_left_alone(here):
    make(roles.role_name(here, "execution"))
    for step in (roles.create_role, roles.delete_role):
        with pytest.raises(CloudError, match="without this project's tags"):
            step(here, "execution")
    assert not boto3.client("iam").list_role_policies(RoleName=roles.role_name(here, "execution"))["PolicyNames"]


def test_role_is_deleted_with_its_policy_and_only_once(here):
    roles.create_role(here, "scheduler")
    roles.delete_role(here, "scheduler")
    assert roles.our_role(here, "scheduler") is None
    roles.delete_role(here, "scheduler")


@pytest.mark.parametrize(
    "words",
    [
        "Could not assume role arn:aws:iam::1:role/x. Please ensure that the role exists",
        'Could not access model data at s3://x/y. Please ensure that the role "x" exists and that its trust '
        'relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com"',
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
        "The role defined for the function cannot be assumed by Lambda.",
    ],
)
def test_what_needs_a_new_role_is_tried_until_the_role_is_known(monkeypatch, words):
    monkeypatch.setattr(roles, "_WAIT_SECONDS", 0)
    refusals = [CloudError("not yet", "ValidationException", words)] * 2

    def launch():
        if refusals:
            raise refusals.pop()
        return "launched"

    assert roles.once_usable(launch) == "launched"


def test_other_refusals_are_not_tried_again():
    calls = []

    def launch():
        calls.append(1)
        raise CloudError("no", "ValidationException", "The name is taken")

    with pytest.raises(CloudError, match="no"):
        roles.once_usable(launch)
    assert len(calls) == 1
