"""CloudWatch logs of jobs and endpoints are deleted, and logs of others are not."""

import argparse

import boto3
import pytest

from sentiment.cloud.aws import account, ownership
from sentiment.cloud.commands import housekeeping
from sentiment.cloud.housekeeping import logs, teardown
from sentiment.errors import CloudError
from tests.support.cloud_things import COLLEAGUE, FOREIGN, US, make_endpoint, make_training_job, named
from tests.support.waiting import until

JOBS, TRANSFORMS, ENDPOINTS = "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs", "/aws/sagemaker/Endpoints/"
OURS, THEIRS = named("ours"), named("theirs")
ENDED = ownership.resource_name("ended")


@pytest.fixture
def here(local_cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    return account.connect()


@pytest.fixture
def printed(here):
    """Create the logs of our job, of one with only our name, of a deleted endpoint of ours, and of others."""
    for name, tagged in ((OURS, ownership.tag_list(ownership.tags(US))), (THEIRS, FOREIGN)):
        make_training_job(here, name, "echo done", tagged)
    finished = {"StatusEquals": "Completed"}
    until(lambda: len(boto3.client("sagemaker").list_training_jobs(**finished)["TrainingJobSummaries"]) == 2)
    client = boto3.client("logs")
    client.create_log_stream(logGroupName=JOBS, logStreamName="another-job/algo-1-1")
    for name in (ENDED, "review-sentiment-tiny", "another"):
        client.create_log_group(logGroupName=f"{ENDPOINTS}{name}", tags=ownership.tags(US))
    client.create_log_group(logGroupName=f"{ENDPOINTS}{named('bob')}", tags=ownership.tags(COLLEAGUE))


def left():
    """Return the jobs and endpoints that have logs."""
    client = boto3.client("logs")
    streams = client.describe_log_streams(logGroupName=JOBS)["logStreams"]
    groups = client.describe_log_groups(logGroupNamePrefix=ENDPOINTS)["logGroups"]
    jobs = {each["logStreamName"].partition("/")[0] for each in streams}
    return jobs, {each["logGroupName"].removeprefix(ENDPOINTS) for each in groups}


def test_teardown_deletes_the_logs_of_ours_and_of_nobody_else(here, printed):
    assert {log.owner for log in logs.kept(here)} == {OURS, ENDED}
    said = []
    teardown.teardown(here, said.append)
    assert said[-2:] == [f"Deleting: log of {OURS}", f"Deleting: log of {ENDED}"]
    assert left() == ({THEIRS, "another-job"}, {"review-sentiment-tiny", "another", named("bob")})
    assert logs.kept(here) == []


def test_the_log_of_an_endpoint_that_is_there_stays(here):
    make_endpoint(here, ENDED, FOREIGN)
    client = boto3.client("logs")
    until(lambda: client.describe_log_groups(logGroupNamePrefix=ENDPOINTS)["logGroups"])
    assert logs.kept(here) == []


def test_a_refusal_is_reported_and_keeps_nothing_else(here, printed, local_cloud):
    local_cloud.faults.next_calls("DeleteLogStream", "denied")
    with pytest.raises(CloudError, match=r"was deleted\. log of .*: This .* may not do logs:DeleteLogStream"):
        teardown.teardown(here)
    assert {log.owner for log in logs.kept(here)} == {OURS}
    teardown.teardown(here)
    assert logs.kept(here) == []


def test_the_script_counts_them_and_takes_them_down_when_nothing_else_is_left(here, printed, capsys):
    asked = argparse.Namespace(profile=None, region=None, yes=True, json=False, all_regions=False, everyone=False)
    teardown.teardown(here)
    boto3.client("logs").create_log_group(logGroupName=f"{ENDPOINTS}{ENDED}", tags=ownership.tags(US))
    assert housekeeping.teardown(asked) == 0
    assert "1 log of jobs and endpoints that have ended\n" in capsys.readouterr().err
    assert logs.kept(here) == []


def test_logs_that_may_not_be_looked_at_do_not_stand_in_the_way(here, local_cloud):
    local_cloud.faults.next_calls("DescribeLogGroups", "denied")
    assert logs.kept_in_words(here) == ""
