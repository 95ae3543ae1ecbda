"""Following a job on SageMaker: the run directory is like that of a local job, whatever happens to either side."""

import contextlib
import dataclasses
import os
import signal

import boto3
import pytest

from sentiment.cloud.aws import account, s3
from sentiment.cloud.ending import data_expiry
from sentiment.cloud.training import training_follower, training_jobs
from sentiment.errors import CloudError, JobError
from sentiment.jobs import registry, sagemaker_run
from tests.support.sagemaker_jobs import JOB, PLACE, run_directory, submit
from tests.support.waiting import until

QUICK = "epoch(1); epoch(2)\n(model / 'weights').write_text('learnt')\n"
WAITING = "epoch(1)\nwait_for('open')\nepoch(2)\n"
POLITE = """
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
epoch(1)
wait_for("never")
"""
FAILING = """
print("ValueError: one class only", flush=True)
pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("Only one class in column label.")
sys.exit(2)
"""
INTERRUPTED = """
checkpoint = pathlib.Path(os.environ["SM_CHECKPOINT_DIR"], "state")
if not checkpoint.exists():
    epoch(1)
    checkpoint.write_text("1")
    wait_for("never")
epoch(2)
"""
SPOT = {
    "EnableManagedSpotTraining": True,
    "CheckpointConfig": {"S3Uri": "s3://sagemaker-us-east-1-123456789012/checkpoints"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
}
POLL = 0.05


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SENTIMENT_POLL_SECONDS", str(POLL))


@pytest.fixture
def started(local_cloud, tmp_path):
    """Submit a script as a job and create its run directory, as left by a follower that died after the launch."""

    def started(script, place=PLACE, **more):
        submit(tmp_path, script, **more)
        return run_directory(place=place, launched=1e10)

    return started


@pytest.fixture
def follower():
    """Start followers as processes, like `jobs` does."""
    processes = []

    def start(directory):
        job = registry.load(directory).resume()
        processes.append(job.status.process.pid)
        return job

    yield start
    for pid in processes:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def epochs(directory):
    return [row["epoch"] for row in registry.load(directory).rows if "epoch" in row]


def lines(directory):
    return (directory / "train.log").read_text().splitlines()


def jobs_at_sagemaker():
    return [job["TrainingJobName"] for job in boto3.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]]


def test_a_job_is_followed_to_its_end_with_curves_and_cost(started):
    directory = started(QUICK)
    training_follower.follow(directory, POLL)
    job = registry.load(directory)
    assert (job.state, job.reason) == ("done", "")
    assert epochs(directory) == [1, 2]
    assert job.sagemaker.standing.job_name == JOB
    assert job.sagemaker.cost == pytest.approx(0.36 * job.sagemaker.standing.billed_seconds / 3600)
    assert lines(directory)[-1].startswith("Billed: ")
    assert job.status.started == job.sagemaker.standing.started


def test_following_again_after_the_end_starts_no_second_job(started):
    directory = started(QUICK)
    for _ in range(2):
        training_follower.follow(directory, POLL)
    assert jobs_at_sagemaker() == [JOB]
    assert epochs(directory) == [1, 2]
    assert registry.load(directory).state == "done"


def test_a_killed_follower_is_started_again_and_misses_and_repeats_nothing(started, follower, tmp_path):
    directory = started(WAITING)
    first = follower(directory)
    until(lambda: epochs(directory))
    os.kill(first.status.process.pid, signal.SIGKILL)
    until(lambda: registry.load(directory).is_orphaned)
    (tmp_path / "open").touch()
    again = registry.load(directory).follow_again()
    assert again.is_active
    assert again.follow_again().status.process == again.status.process  # the second to ask starts no other
    until(lambda: not registry.load(directory).is_active)
    assert registry.load(directory).state == "done"
    assert epochs(directory) == [1, 2]
    assert jobs_at_sagemaker() == [JOB]


def test_stop_is_passed_on_and_the_end_waited_for(started, follower):
    directory = started(POLITE)
    follower(directory)
    until(lambda: epochs(directory))
    registry.load(directory).stop()
    until(lambda: not registry.load(directory).is_active)
    assert registry.load(directory).state == "stopped"
    assert sagemaker_run.read_standing(directory).status == "Stopped"
    assert not registry.load(directory).can_resume


def test_a_failed_job_shows_its_reason_and_keeps_its_lines(started):
    directory = started(FAILING)
    with pytest.raises(CloudError, match=r"Only one class in column label\."):
        training_follower.follow(directory, POLL)
    job = registry.load(directory)
    assert job.state == "failed"
    assert "Only one class in column label." in job.reason
    assert "ValueError: one class only" in job.last_lines(30)
    assert job.sagemaker.console.endswith(f"#/jobs/{JOB}")


@pytest.mark.parametrize("script", [QUICK, FAILING], ids=["done", "failed"])
def test_data_that_is_not_to_be_kept_is_gone_with_its_rule_once_the_job_has_ended(started, script):
    here, place = account.connect(), dataclasses.replace(PLACE, keep_data_days=0)
    directory = started(script, place=place)
    s3.upload_bytes(here, b"x", f"{training_jobs.data_folder(place)}/one")
    data_expiry.expire(here, training_jobs.data_folder(place), place.data_days)
    s3.upload_bytes(here, b"x", "data-7-days/one")
    with contextlib.suppress(CloudError):
        training_follower.follow(directory, POLL)
    assert registry.load(directory).state in ("done", "failed")
    assert [each["Key"] for each in s3.versions(here, f"{s3.prefix(here)}data-")] == [
        f"{s3.prefix(here)}data-7-days/one"
    ]
    assert list(data_expiry.owners(here)) == []


def test_an_interrupted_spot_job_is_followed_into_its_second_life(started, follower, local_cloud):
    directory = started(INTERRUPTED, **SPOT)
    follower(directory)
    s3 = boto3.client("s3")
    bucket = "sagemaker-us-east-1-123456789012"
    until(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="checkpoints/state").get("KeyCount"))
    local_cloud.interrupt_training(JOB)
    until(lambda: not registry.load(directory).is_active)
    assert registry.load(directory).state == "done"
    assert epochs(directory) == [1, 2]


def test_a_job_that_reached_its_maximum_time_is_stopped(started):
    directory = started(POLITE, StoppingCondition={"MaxRuntimeInSeconds": 1})
    training_follower.follow(directory, POLL)
    job = registry.load(directory)
    assert job.state == "stopped"
    assert job.sagemaker.standing.phase == "MaxRuntimeExceeded"


def test_throttling_is_waited_out(started, local_cloud):
    directory = started(QUICK)
    local_cloud.faults.next_calls("DescribeTrainingJob", *["throttled"] * 6)
    local_cloud.faults.next_calls("GetLogEvents", *["throttled"] * 6)
    training_follower.follow(directory, POLL)
    assert registry.load(directory).state == "done"
    assert epochs(directory) == [1, 2]
    assert any("throttling requests" in line for line in lines(directory))


def test_a_refusal_ends_the_follower_with_what_to_do_and_the_job_goes_on(started, follower, monkeypatch, tmp_path):
    directory = started(WAITING)
    with monkeypatch.context() as patched:
        patched.setattr(training_follower.training_jobs, "look", refused)
        with pytest.raises(CloudError, match=r"may not do sagemaker:DescribeTrainingJob.*continues on SageMaker"):
            training_follower.follow(directory, POLL)
    job = registry.load(directory)
    assert (job.state, job.can_resume, job.is_orphaned) == ("failed", True, False)
    with pytest.raises(JobError, match="may still run on SageMaker"):
        job.delete()
    (tmp_path / "open").touch()
    follower(directory)
    until(lambda: not registry.load(directory).is_active)
    assert registry.load(directory).state == "done"


def refused(account, before):
    """Respond like AWS when a policy lacks the action."""
    from botocore.exceptions import ClientError

    from sentiment.cloud.aws.errors import as_cloud_error

    with as_cloud_error("sagemaker", "describe_training_job"):
        answer = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
        raise ClientError(answer, "DescribeTrainingJob")


def test_without_credentials_nothing_is_launched_and_the_reason_is_reported(local_cloud, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    directory = run_directory()
    with pytest.raises(CloudError, match="No AWS credentials"):
        training_follower.follow(directory, POLL)
    job = registry.load(directory)
    assert (job.state, job.can_resume, job.sagemaker.lives) == ("failed", True, False)
    job.delete()


def test_a_run_directory_has_one_follower_at_a_time(started, follower):
    directory = started(POLITE)
    follower(directory)
    until(lambda: epochs(directory))
    with pytest.raises(JobError, match="Another process already follows"):
        training_follower.follow(directory, POLL)
    assert registry.load(directory).is_active


def test_a_run_of_this_machine_is_not_followed(tmp_path):
    job = registry.start("train", [], {}, "here", _script=_nothing(tmp_path))
    with pytest.raises(JobError, match="is not the record of a job on SageMaker"):
        training_follower.follow(job.directory, POLL)


def _nothing(folder):
    script = folder / "train.py"
    script.write_text("")
    return script
