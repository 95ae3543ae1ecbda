"""A teardown deletes the caller's resources, whatever fails meanwhile, and none of a colleague's."""

import contextlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from sentiment.cloud.aws import account, ownership, roles, s3
from sentiment.cloud.aws.ownership import tag_list, tags
from sentiment.cloud.ending import budget, data_expiry, expiry, sweeper
from sentiment.cloud.ending.budget import Alert
from sentiment.cloud.hosting import endpoints
from sentiment.cloud.housekeeping import teardown
from sentiment.cloud.housekeeping.inventory import inventory
from sentiment.errors import CloudError
from tests.support.cloud_things import (
    COLLEAGUE,
    THEIRS,
    US,
    endpoint_names,
    make_autoscaling,
    make_endpoint,
    make_group,
    make_model,
    make_stack,
    make_training_job,
    named,
)

OURS, BOBS = named("ours"), named("bobs")
STOPPABLE = "trap 'exit 0' TERM; sleep 600 & wait"
BOBS_FILE = f"review-sentiment/{ownership.owner_folder(COLLEAGUE)}/models/one"


@pytest.fixture
def here(local_cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    return account.connect()


def make_ours(here, job=False):
    s3.upload_bytes(here, b"x", "data/one")
    scheduler = roles.create_role(here, "scheduler")
    expiry.schedule_deletion(here, OURS, expiry.ending(), scheduler)
    sweeper.create(here, scheduler)
    budget.create(here, Alert(20, "us@example.org"))
    data_expiry.expire(here, "data-7-days", 7)
    make_endpoint(here, OURS)
    make_autoscaling(here, OURS)
    make_stack(here, named("api"))
    if job:
        make_training_job(here, named("job"), STOPPABLE)


def make_bobs(here):
    """Create a colleague's resources next to ours, of every kind that can be distinguished."""
    make_endpoint(here, BOBS, THEIRS)
    make_autoscaling(here, BOBS)
    make_stack(here, named("bobs-api"), THEIRS)
    make_group(here, COLLEAGUE, BOBS)
    boto3.client("s3").put_object(Bucket=s3.bucket(here), Key=BOBS_FILE, Body=b"x")


def bobs_left(here):
    """Return the colleague's existing resources, by kind and name."""
    return {(each.kind, each.name) for each in inventory(here) if not each.is_of(here)}


def ours_left(here):
    """Return the kinds of our remaining resources."""
    return {each.kind for each in inventory(here) if each.is_of(here)}


def test_a_colleague_s_things_stay_and_what_they_stand_on(here):
    make_ours(here)
    make_bobs(here)
    before = bobs_left(here)
    teardown.teardown(here)
    assert bobs_left(here) == before
    # The bucket and the roles are shared: they are kept as long as the colleague needs them.
    assert ours_left(here) == {"bucket", "role"}
    said = teardown.sentence(here, 1, inventory(here))
    assert "What is left belongs to user/bob, " in said
    teardown.teardown(here, everyone=True)
    assert list(inventory(here)) == []


def test_a_colleague_s_role_and_bucket_are_not_ours_to_delete(here):
    boto3.client("iam").create_role(
        RoleName=roles.role_name(here, "execution"), AssumeRolePolicyDocument="{}", Tags=tag_list(tags(COLLEAGUE))
    )
    boto3.client("s3").create_bucket(
        Bucket=s3.bucket_name(here), CreateBucketConfiguration={"Tags": tag_list(tags(COLLEAGUE))}
    )
    make_model(here, OURS)
    s3.upload_bytes(here, b"x", "data/one")
    teardown.teardown(here)
    assert [each.kind for each in inventory(here)] == ["bucket", "role"]


def test_an_endpoint_that_lost_its_tags_is_known_by_its_schedule(here):
    make_ours(here)
    arn = here.call("sagemaker", "describe_endpoint", EndpointName=OURS)["EndpointArn"]
    here.client("sagemaker").delete_tags(ResourceArn=arn, TagKeys=["project", "created-by", "expires-at"])
    assert [endpoint.name for endpoint in endpoints.all_endpoints(here)] == [OURS]
    assert "endpoint" in ours_left(here)
    teardown.teardown(here)
    assert endpoint_names() == []
    assert list(inventory(here)) == []


@pytest.mark.parametrize("operation", ["DescribeStacks", "ListTrainingJobs", "ListModels", "ListScheduleGroups"])
def test_a_refused_list_keeps_nothing_else_and_is_named_with_who_could(here, local_cloud, operation):
    make_ours(here)
    local_cloud.faults.share_of_calls(operation, 1.0, ("denied",))
    with pytest.raises(CloudError, match=r"could not be listed: This AWS identity .*the policy app-user includes"):
        teardown.teardown(here)
    assert endpoint_names() == []
    local_cloud.faults.clear()
    teardown.teardown(here)
    assert list(inventory(here)) == []


def test_while_endpoints_cannot_be_seen_their_safeguards_stay(here, local_cloud):
    make_ours(here)
    local_cloud.faults.share_of_calls("ListEndpoints", 1.0, ("denied",))
    with pytest.raises(CloudError, match="endpoints could not be listed"):
        teardown.teardown(here)
    local_cloud.faults.clear()
    left = ours_left(here)
    assert left >= {"endpoint", "endpoint configuration", "model", "schedules", "sweeper", "files", "role"}
    assert "public API" not in left


def test_what_may_not_be_deleted_is_named_and_the_rest_goes(here, local_cloud):
    make_ours(here)
    local_cloud.faults.share_of_calls("DeleteRole", 1.0, ("denied",))
    with pytest.raises(CloudError) as raised:
        teardown.teardown(here)
    assert f"role {roles.role_name(here, 'scheduler')}: This AWS identity may not do iam:DeleteRole" in str(
        raised.value
    )
    assert "the policy deployer includes it" in str(raised.value)
    assert ours_left(here) == {"role"}


def test_two_teardowns_at_once_both_succeed(here):
    make_ours(here, job=True)
    with ThreadPoolExecutor(2) as at_once:
        for done in [at_once.submit(teardown.teardown, here) for _ in range(2)]:
            done.result()
    assert list(inventory(here)) == []


class KilledError(BaseException):
    """Ends the teardown like a kill: nothing catches it."""


def test_killed_at_twenty_moments_it_goes_on_and_touches_nothing_of_a_colleague(here, monkeypatch):
    make_bobs(here)
    before, chance = bobs_left(here), random.Random(16)
    call, lock, left = account.Account.call, threading.Lock(), [0]

    def counted(self, service, operation, **parameters):
        with lock:
            left[0] -= 1
            if left[0] < 0:
                raise KilledError
        return call(self, service, operation, **parameters)

    for _ in range(20):
        make_ours(here)
        left[0] = chance.randrange(120)
        with monkeypatch.context() as killing:
            killing.setattr(account.Account, "call", counted)
            with contextlib.suppress(KilledError):
                teardown.teardown(here)
        assert bobs_left(here) == before
        teardown.teardown(here)
        assert ours_left(here) <= {"bucket", "role"}
    assert bobs_left(here) == before


def test_owners_of_one_role_are_distinguished_by_the_names_of_their_sessions():
    role = "arn:aws:sts::123456789012:assumed-role/Analyst"
    assert ownership.owner(f"{role}/ada") != ownership.owner(f"{role}/bob")
    # boto3 gives each session of a profile another name.
    assert ownership.owner(f"{role}/botocore-session-1") == ownership.owner(f"{role}/botocore-session-2")
    assert ownership.owner_folder(US).startswith("moto-")
