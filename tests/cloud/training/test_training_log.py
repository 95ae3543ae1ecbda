"""The log of a job on SageMaker: every line once, in order, across interruptions of either side."""

import time

import boto3
import pytest

from sentiment.cloud.aws import account
from sentiment.cloud.training import training_log
from sentiment.errors import CloudError
from sentiment.jobs.sagemaker_run import Standing

JOB = "review-sentiment-tiny-a1b2c3-20261123101500"


@pytest.fixture
def here(local_cloud):
    return account.connect()


@pytest.fixture
def logs(local_cloud):
    client = boto3.client("logs")
    client.create_log_group(logGroupName=training_log.GROUP)
    return client


def put(logs, stream, *lines, when=None):
    name = f"{JOB}/{stream}"
    if not logs.describe_log_streams(logGroupName=training_log.GROUP, logStreamNamePrefix=name)["logStreams"]:
        logs.create_log_stream(logGroupName=training_log.GROUP, logStreamName=name)
    now = when or int(time.time() * 1000)
    events = [{"timestamp": now, "message": line} for line in lines]
    logs.put_log_events(logGroupName=training_log.GROUP, logStreamName=name, logEvents=events)


def drained(log):
    lines = []
    log.complete = False
    while not log.complete:
        lines += log.read()
    return lines


def test_before_the_account_s_first_job_there_is_nothing(here):
    log = training_log.TrainingLog(here, Standing(JOB))
    assert drained(log) == []


def test_lines_come_once_as_they_are_printed(here, logs):
    log = training_log.TrainingLog(here, Standing(JOB))
    put(logs, "algo-1-1", "one", "two")
    assert drained(log) == ["one", "two"]
    put(logs, "algo-1-1", "three")
    assert drained(log) == ["three"]
    assert drained(log) == []


def test_another_reader_goes_on_where_this_one_stopped(here, logs):
    first = training_log.TrainingLog(here, Standing(JOB))
    moment = int(time.time() * 1000)
    put(logs, "algo-1-1", "one", "two", when=moment)
    drained(first)
    put(logs, "algo-1-1", "three", when=moment)
    put(logs, "algo-1-1", "four", when=moment + 1)
    second = training_log.TrainingLog(here, first.position(Standing(JOB)))
    assert drained(second) == ["three", "four"]


def test_an_interrupted_job_goes_on_in_another_stream(here, logs):
    log = training_log.TrainingLog(here, Standing(JOB))
    put(logs, "algo-1-1", "before")
    assert drained(log) == ["before"]
    put(logs, "algo-1-2", "after")
    assert drained(log) == ["after"]


def test_a_log_that_is_deleted_while_it_is_read_has_ended(here, logs):
    log = training_log.TrainingLog(here, Standing(JOB))
    put(logs, "algo-1-1", "one")
    log.read()
    assert log.read() == ["one"]
    logs.delete_log_stream(logGroupName=training_log.GROUP, logStreamName=f"{JOB}/algo-1-1")
    assert drained(log) == []


def test_only_the_first_instance_and_only_this_job_are_read(here, logs):
    put(logs, "algo-2-1", "another instance")
    put(logs, "algo-1-1", "ours")
    logs.create_log_stream(logGroupName=training_log.GROUP, logStreamName=f"{JOB}0/algo-1-1")
    assert drained(training_log.TrainingLog(here, Standing(JOB))) == ["ours"]


def test_each_read_is_one_call(here, logs, local_cloud):
    put(logs, "algo-1-1", "one")
    log = training_log.TrainingLog(here, Standing(JOB))
    calls = []
    here.client("logs").meta.events.register(
        "before-call.cloudwatch-logs", lambda model, **more: calls.append(model.name)
    )
    for expected in range(1, 6):
        log.read()
        assert len(calls) == expected


def test_throttling_is_reported(here, logs, local_cloud):
    put(logs, "algo-1-1", "one")
    local_cloud.faults.next_calls("DescribeLogStreams", *["throttled"] * 9)
    with pytest.raises(CloudError, match="throttling requests"):
        training_log.TrainingLog(here, Standing(JOB)).read()
