"""The policy app-user alone is sufficient to deploy, to score and to delete one's own resources."""

import boto3
import pytest

from sentiment.cloud.aws import account, roles, s3
from sentiment.cloud.hosting import deployment
from sentiment.cloud.hosting.asynchronous import open_scorer
from sentiment.cloud.hosting.deployment import Plan
from sentiment.cloud.hosting.endpoints import Instances
from sentiment.cloud.housekeeping import teardown
from sentiment.cloud.housekeeping.inventory import inventory
from sentiment.errors import CloudError
from tests.localcloud.encrypted_bucket import encrypted_bucket


@pytest.fixture
def become(local_cloud, tmp_path, monkeypatch):
    """Return the account as seen by a user who has some of our policies."""
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))

    def change(name, *policies):
        for variable, value in local_cloud.user(name, *policies).items():
            monkeypatch.setenv(variable, value)
        return account.connect()

    return change


def test_app_user_deploys_scores_and_takes_down_what_is_theirs(local_cloud, become, tiny_bundle):
    """In another user's bucket, with KMS encryption and versioning."""
    owner = account.connect()
    encrypted_bucket(s3.bucket_name(owner))
    for purpose in roles.PURPOSES:  # scripts/cloud.py roles
        roles.create_role(owner, purpose)
    ada = become("ada", "app-user")
    endpoint = deployment.deploy(ada, Plan(tiny_bundle, Instances("ml.m5.large", 1, 2)))
    assert endpoint.is_of(ada)
    assert open_scorer(ada, endpoint.name).score(["A fine film."])[0].probability is not None
    found = inventory(ada)
    assert found.unseen == ()
    assert {each.owner for each in found} == {"user/ada", owner.identity}
    (listed,) = boto3.client("s3").list_objects_v2(Bucket=s3.bucket_name(owner))["Contents"]
    said = boto3.client("s3").head_object(Bucket=s3.bucket_name(owner), Key=listed["Key"])
    assert said["ServerSideEncryption"] == "aws:kms"
    teardown.teardown(ada)
    assert {each.kind for each in inventory(ada)} == {"role"}
    assert {each.owner for each in inventory(ada)} == {owner.identity}
    assert "Versions" not in boto3.client("s3").list_object_versions(Bucket=s3.bucket_name(owner))


def test_app_user_who_has_no_roles_yet_hears_who_makes_them(become, tiny_bundle):
    ada = become("ada", "app-user")
    with pytest.raises(CloudError, match=r"boundary .* does not exist yet, .* an administrator creates it once"):
        deployment.deploy(ada, Plan(tiny_bundle))
    assert list(inventory(ada)) == []


def test_deployer_makes_roles_within_the_boundary_and_none_beyond_it(local_cloud, become):
    owner = account.connect()
    roles.create_role(owner, "execution")  # an administrator's, with the boundary
    deployer = become("dora", "deployer")
    assert roles.create_role(deployer, "scheduler") == roles.arn(deployer, "scheduler")
    with pytest.raises(CloudError, match="may not do iam:CreateRole"):
        deployer.call("iam", "create_role", RoleName="review-sentiment-free", AssumeRolePolicyDocument="{}")
    with pytest.raises(CloudError, match="may not do iam:CreatePolicyVersion"):
        deployer.call(
            "iam",
            "create_policy_version",
            PolicyArn=f"arn:aws:iam::{deployer.number}:policy/review-sentiment-boundary",
            PolicyDocument="{}",
            SetAsDefault=True,
        )
