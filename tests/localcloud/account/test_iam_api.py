"""A policy simulation gives the same answer as the policies of a user or role in an actual call."""

import json

import boto3
import pytest

from sentiment.cloud.aws import account, roles

FILES = "arn:aws:s3:::sagemaker-us-east-1-123456789012/review-sentiment/ada/one"
OTHERS = "arn:aws:s3:::payroll/one"


@pytest.fixture
def iam(local_cloud):
    return boto3.client("iam")


def simulated(iam, arn, actions, resources, **more):
    said = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, ResourceArns=resources, **more)
    return [each["EvalDecision"] for each in said["EvaluationResults"]]


def test_a_role_may_in_the_simulation_what_its_policy_allows_and_no_more(iam):
    arn = roles.create_role(account.connect(), "execution")
    assert simulated(iam, arn, ["s3:PutObject"], [FILES, OTHERS]) == ["allowed", "implicitDeny"]
    assert simulated(iam, arn, ["s3:DeleteBucket"], [FILES]) == ["implicitDeny"]


def test_a_denial_and_the_boundary_count(iam):
    arn = roles.create_role(account.connect(), "execution")
    name = arn.rpartition("/")[2]
    denial = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    wide = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [denial, wide]})
    iam.put_role_policy(RoleName=name, PolicyName="more", PolicyDocument=document)
    assert simulated(iam, arn, ["s3:PutObject", "iam:CreateUser"], [FILES]) == ["explicitDeny", "implicitDeny"]


def test_conditions_are_met_by_the_context_of_the_simulation(iam):
    arn = roles.create_role(account.connect(), "execution")
    key = {"ContextKeyName": "kms:ViaService", "ContextKeyType": "string"}
    place = "arn:aws:kms:us-east-1:123456789012:key/1"
    for service, decision in {"s3.us-east-1.amazonaws.com": "allowed", "sqs.amazonaws.com": "implicitDeny"}.items():
        entries = [{**key, "ContextKeyValues": [service]}]
        assert simulated(iam, arn, ["kms:Decrypt"], [place], ContextEntries=entries) == [decision]


def test_who_is_not_there_cannot_be_simulated(iam):
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        simulated(iam, "arn:aws:iam::123456789012:role/none", ["s3:PutObject"], [FILES])


def test_a_boundary_counts_the_roles_that_use_it(iam):
    roles.create_role(account.connect(), "execution")
    (policy,) = iam.list_policies(Scope="Local")["Policies"]
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["PermissionsBoundaryUsageCount"] == 1
    (role,) = (one for one in iam.list_roles()["Roles"] if "execution" in one["RoleName"])
    iam.delete_role_permissions_boundary(RoleName=role["RoleName"])
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["PermissionsBoundaryUsageCount"] == 0
