"""Training jobs in the local cloud: real processes, accessed through unmodified boto3 and the SDK."""

import io
import json
import re
import tarfile

import boto3
import pytest
from botocore.exceptions import ClientError

from sentiment.localcloud.training.containers import namespaces_available
from tests.localcloud.roles import make_role
from tests.support.archives import packed
from tests.support.waiting import until

BUCKET = "reviews"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
METRICS = [{"Name": "train:bce", "Regex": r"train_bce=([0-9.]+)"}]

PREAMBLE = """
import json, os, pathlib, signal, sys, time
checkpoints = pathlib.Path(os.environ["SM_CHECKPOINT_DIR"])
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
data = pathlib.Path(os.environ["SM_CHANNEL_TRAINING"])

def wait_for(path):
    while not path.exists():
        time.sleep(0.01)
"""
QUICK = """
for epoch in (1, 2):
    print(f"epoch={epoch} train_bce={0.5 / epoch}")
(model / "weights.txt").write_text((data / "reviews.csv").read_text() + " ".join(sys.argv[1:]))
"""
ENDLESS = """
(model / "weights.txt").write_text("half-way")
print("epoch=1 train_bce=0.5")
wait_for(model / "never")
"""
POLITE = """
def end(*_):
    (model / "weights.txt").write_text("told to stop")
    sys.exit(143)
signal.signal(signal.SIGTERM, end)
print("ready")
wait_for(model / "never")
"""
FAILING = """
pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("Only one class in column label.")
sys.exit(2)
"""
# The first run ends half-way; the second resumes from the checkpoint.
RESUMING = """
if (checkpoints / "epoch").exists():
    (model / "weights.txt").write_text("resumed from " + (checkpoints / "epoch").read_text())
else:
    (checkpoints / "epoch").write_text("3")
    wait_for(model / "never")
"""


@pytest.fixture
def sagemaker(local_cloud):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="data/reviews.csv", Body=b"a fine film,1\n")
    return boto3.client("sagemaker")


def upload_source(script):
    """Upload `train.py` in the format of AWS's toolkit; return the hyperparameters that name it."""
    archive = packed({"train.py": PREAMBLE + script})
    boto3.client("s3").put_object(Bucket=BUCKET, Key="source/sourcedir.tar.gz", Body=archive)
    uri = f"s3://{BUCKET}/source/sourcedir.tar.gz"
    return {"sagemaker_program": json.dumps("train.py"), "sagemaker_submit_directory": json.dumps(uri)}


def submit(name, script, *, data="data", hyperparameters=None, instances=1, **more):
    channel = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{data}"}}
    request = {
        "TrainingJobName": name,
        "RoleArn": make_role("training"),
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/pytorch:2.13",
            "TrainingInputMode": "File",
            "MetricDefinitions": METRICS,
        },
        "HyperParameters": upload_source(script) | (hyperparameters or {}),
        "InputDataConfig": [{"ChannelName": "training", "DataSource": channel}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": instances, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    boto3.client("sagemaker").create_training_job(**(request | more))


def describe(name):
    return boto3.client("sagemaker").describe_training_job(TrainingJobName=name)


def ended(name):
    until(lambda: describe(name)["TrainingJobStatus"] not in ("InProgress", "Stopping"))
    return describe(name)


def path_taken(job):
    return [step["Status"] for step in job["SecondaryStatusTransitions"]]


def logged(name):
    logs = boto3.client("logs")
    try:
        streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/")["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [
        event["message"]
        for stream in streams
        for event in logs.get_log_events(
            logGroupName=LOG_GROUP, logStreamName=stream["logStreamName"], startFromHead=True
        )["events"]
    ]


def artefact(job):
    """Return the files in the job's `model.tar.gz`."""
    bucket, key = re.fullmatch(r"s3://([^/]+)/(.+)", job["ModelArtifacts"]["S3ModelArtifacts"]).groups()
    content = io.BytesIO(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    with tarfile.open(fileobj=content) as archive:
        return {member.name: archive.extractfile(member).read().decode() for member in archive if member.isfile()}


def test_a_job_goes_through_every_state_and_leaves_its_model_in_s3(sagemaker):
    submit("quick", QUICK, hyperparameters={"epochs": "2", "name": json.dumps("short one")})
    job = ended("quick")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert path_taken(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert artefact(job) == {"weights.txt": "a fine film,1\n--epochs 2 --name short one"}
    assert job["TrainingStartTime"] < job["TrainingEndTime"]
    assert job["BillableTimeInSeconds"] >= 1


def test_metrics_are_read_from_what_is_printed(sagemaker):
    submit("measured", QUICK)
    [metric] = ended("measured")["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("train:bce", 0.25)
    listed = boto3.client("cloudwatch").list_metrics(Namespace="/aws/sagemaker/TrainingJobs")["Metrics"]
    assert {each["MetricName"] for each in listed} == {"train:bce"}


def test_lines_are_in_the_log_while_the_job_works(sagemaker):
    submit("talking", ENDLESS)
    until(lambda: "epoch=1 train_bce=0.5" in logged("talking"))
    assert describe("talking")["SecondaryStatus"] == "Training"


def test_a_script_that_fails_fails_the_job_with_its_reason_and_no_model(sagemaker):
    submit("failing", FAILING)
    job = ended("failing")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: Only one class in column label., exit code: 2"
    assert "ModelArtifacts" not in job


def test_a_channel_without_objects_fails_the_job(sagemaker):
    submit("hungry", QUICK, data="nothing-here")
    assert 'No S3 objects found under S3 URL "s3://reviews/nothing-here"' in ended("hungry")["FailureReason"]


def test_a_stopped_job_keeps_what_it_saved_on_request(sagemaker):
    submit("polite", POLITE)
    until(lambda: "ready" in logged("polite"))
    sagemaker.stop_training_job(TrainingJobName="polite")
    job = ended("polite")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert path_taken(job)[-3:] == ["Stopping", "Uploading", "Stopped"]
    assert artefact(job) == {"weights.txt": "told to stop"}


def test_a_job_that_ignores_the_request_is_killed_after_the_grace(sagemaker, local_cloud, monkeypatch):
    monkeypatch.setattr(local_cloud.machinery, "grace_seconds", 0.1)
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + ENDLESS
    submit("deaf", deaf)
    until(lambda: logged("deaf"))
    sagemaker.stop_training_job(TrainingJobName="deaf")
    assert artefact(ended("deaf")) == {"weights.txt": "half-way"}


def test_stopping_what_has_ended_or_never_was_is_refused(sagemaker):
    submit("done", QUICK)
    ended("done")
    with pytest.raises(ClientError, match="because the training job is in status Completed"):
        sagemaker.stop_training_job(TrainingJobName="done")
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.stop_training_job(TrainingJobName="absent")


def test_a_name_is_used_once_until_it_is_deleted(sagemaker):
    submit("once", QUICK)
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        submit("once", QUICK)
    ended("once")
    sagemaker.delete_training_job(TrainingJobName="once")
    submit("once", QUICK)
    assert ended("once")["TrainingJobStatus"] == "Completed"


def test_a_job_ends_at_its_maximum_runtime(sagemaker):
    submit("slow", ENDLESS, StoppingCondition={"MaxRuntimeInSeconds": 1})
    job = ended("slow")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_an_interrupted_spot_job_goes_on_from_its_checkpoint(sagemaker, local_cloud):
    submit(
        "spot",
        RESUMING,
        EnableManagedSpotTraining=True,
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints/spot"},
        StoppingCondition={"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
    )
    s3 = boto3.client("s3")
    until(lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix="checkpoints/spot/epoch").get("KeyCount"))
    local_cloud.interrupt_training("spot")
    job = ended("spot")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    again = ["Starting", "Downloading", "Training"]
    assert path_taken(job) == [*again, "Interrupted", *again, "Uploading", "Completed"]
    assert artefact(job) == {"weights.txt": "resumed from 3"}
    assert job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]


def test_only_a_spot_job_is_interrupted(sagemaker, local_cloud):
    submit("steady", ENDLESS)
    with pytest.raises(ValueError, match="is not a spot job"):
        local_cloud.interrupt_training("steady")


def test_each_instance_knows_which_one_it_is(sagemaker):
    script = """
hosts = json.loads(os.environ["SM_HOSTS"])
(model / f"{os.environ['SM_CURRENT_HOST']}.txt").write_text(" ".join(hosts))
"""
    submit("two", script, instances=2)
    assert artefact(ended("two")) == {"algo-1.txt": "algo-1 algo-2", "algo-2.txt": "algo-1 algo-2"}


def test_one_failing_instance_fails_the_job(sagemaker):
    script = "if os.environ['SM_CURRENT_HOST'] == 'algo-2': sys.exit(3)\n" + ENDLESS
    submit("half", script, instances=2)
    assert ended("half")["FailureReason"].startswith("AlgorithmError")


def test_the_environment_of_a_job_reaches_it_and_the_user_s_own_does_not(sagemaker, monkeypatch):
    monkeypatch.setenv("MY_SECRET", "hunter2")
    submit("told", "print(os.environ['FLAVOUR'], os.environ.get('MY_SECRET'))\n", Environment={"FLAVOUR": "sweet"})
    assert ended("told")["Environment"] == {"FLAVOUR": "sweet"}
    assert "sweet None" in logged("told")


def test_reset_kills_what_runs_and_forgets_it(sagemaker, local_cloud):
    submit("left", "print('pid', os.getpid())\n" + ENDLESS)
    until(lambda: logged("left"))
    local_cloud.reset()
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


@pytest.mark.skipif(not namespaces_available(), reason="this machine has no user namespaces")
def test_a_job_sees_its_own_opt_ml(sagemaker):
    script = "print('here', sorted(os.listdir('/opt/ml')), os.environ['SM_MODEL_DIR'])\n"
    submit("private", script)
    ended("private")
    assert "here ['checkpoints', 'code', 'input', 'model', 'output'] /opt/ml/model" in logged("private")


@pytest.fixture
def launch(sagemaker, tmp_path):
    """Launch a script with the SDK, which first queries IAM about the role; return the job's name."""
    role = make_role("training")

    def launch(script, **hyperparameters):
        from sagemaker.core.helper.session_helper import Session
        from sagemaker.train import ModelTrainer
        from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode

        source = tmp_path / "source"
        source.mkdir()
        (source / "train.py").write_text(script)
        trainer = ModelTrainer(
            training_image="123456789012.dkr.ecr.us-east-1.amazonaws.com/pytorch:2.13",
            role=role,
            sagemaker_session=Session(default_bucket=BUCKET),
            base_job_name="sdk",
            source_code=SourceCode(source_dir=str(source), entry_script="train.py"),
            compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
            hyperparameters=hyperparameters,
            output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/out"),
        )
        data = InputData(channel_name="training", data_source=f"s3://{BUCKET}/data")
        trainer.train(input_data_config=[data], wait=False, logs=False)
        return trainer._latest_training_job.training_job_name

    return launch


SDK_SCRIPT = """
import os, pathlib, sys
data = pathlib.Path(os.environ["SM_CHANNEL_TRAINING"], "reviews.csv").read_text()
pathlib.Path(os.environ["SM_MODEL_DIR"], "weights.txt").write_text(data + " ".join(sys.argv[1:]))
print("opt", os.path.exists("/opt/ml/model"))
"""


def test_model_trainer_s_own_drivers_run(launch):
    if not namespaces_available():
        pytest.skip("this machine has no user namespaces")
    name = launch(SDK_SCRIPT, epochs=4, name="a b")
    job = ended(name)
    assert job["TrainingJobStatus"] == "Completed", logged(name)
    assert artefact(job) == {"weights.txt": "a fine film,1\n--epochs 4 --name a b"}
    assert any("opt True" in line for line in logged(name))


def test_without_namespaces_a_job_finds_its_folders_by_variables(launch, local_cloud, monkeypatch):
    monkeypatch.setattr(local_cloud.machinery, "private", False)
    job = ended(launch(SDK_SCRIPT, epochs=4))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert artefact(job) == {"weights.txt": "a fine film,1\n--epochs 4"}
