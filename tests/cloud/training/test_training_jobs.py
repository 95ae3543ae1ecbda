"""Jobs on SageMaker from launch to a downloaded model, with the SDK and real training, and errors of AWS."""

import dataclasses
import io
import shutil
import tarfile

import boto3
import pytest

from sentiment.cloud.aws import account, ownership, roles
from sentiment.cloud.aws import s3 as uploads
from sentiment.cloud.training import training_jobs, training_log, training_start
from sentiment.errors import BundleError, CloudError
from sentiment.jobs import registry
from sentiment.jobs.sagemaker_run import SageMakerRun, Standing
from sentiment.jobs.training_request import TrainingRequest
from sentiment.localcloud.training.containers import namespaces_available
from sentiment.model import bundle
from sentiment.model.predictor import Predictor
from sentiment.system import storage
from sentiment.training.loop.config import PRESETS
from sentiment.training.loop.log_lines import parse_lines
from tests.support.miniature import reviews
from tests.support.sagemaker_jobs import JOB, ROLE, run_directory, submit
from tests.support.waiting import until

SMALL = {
    "embedding_size": 8,
    "hidden_size": 6,
    "batch_size": 16,
    "epochs": 2,
    "learning_rate": 0.01,
    "average": 0.9,
    "device": "cpu",
}
REVIEWS = [text for text, _, _ in reviews(20, seed=9)]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SENTIMENT_POLL_SECONDS", "0.1")


@pytest.fixture
def here(local_cloud):
    return account.connect()


@pytest.fixture
def request_(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("review,stars\n" + "".join(f'"{text}",{stars}\n' for text, _, stars in reviews(160, seed=4)))
    return TrainingRequest(path, dataclasses.replace(PRESETS["modern"], **SMALL), "review", "stars")


def placed(here, **more):
    # A custom image needs no libraries, and the local cloud checks no image.
    return training_start.place(here, "Tiny", roles.create_role(here, "execution"), "ml.m5.xlarge", 600, **more)


def only_job():
    client = boto3.client("sagemaker")
    (listed,) = client.list_training_jobs()["TrainingJobSummaries"]
    return client.describe_training_job(TrainingJobName=listed["TrainingJobName"])


def artefact(uri):
    place, key = uploads.split_uri(uri)
    return boto3.client("s3").get_object(Bucket=place, Key=key)["Body"].read()


def test_from_launch_to_a_model_at_home_that_scores_as_the_job_s_own(here, request_, local_cloud, tmp_path):
    uploads.bucket(here)
    job = training_start.start(request_, "tiny", placed(here, spot=True, image="own"))
    s3 = boto3.client("s3")
    checkpoint = f"{uploads.prefix(here)}training/{job.sagemaker.place.base_name}/checkpoints/state.pt"
    until(lambda: s3.list_objects_v2(Bucket=uploads.bucket_name(here), Prefix=checkpoint).get("KeyCount"))
    assert registry.load(job.directory).is_active
    local_cloud.interrupt_training(only_job()["TrainingJobName"])
    until(lambda: not registry.load(job.directory).is_active)

    job = registry.load(job.directory)
    assert job.state == "done", job.last_lines(30)
    assert [row["epoch"] for row in job.history] == [1, 2]
    assert any(line.startswith("Resuming from") for line in job.last_lines(500))
    shown = only_job()
    assert shown["EnableManagedSpotTraining"]
    assert shown["StoppingCondition"] == {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200}
    assert shown["EnableNetworkIsolation"]
    assert shown["CheckpointConfig"]["S3Uri"].endswith(f"{job.sagemaker.place.base_name}/checkpoints")
    arn = shown["TrainingJobArn"]
    tags = ownership.from_tag_list(boto3.client("sagemaker").list_tags(ResourceArn=arn)["Tags"])
    assert ownership.is_tagged(tags)
    assert 1200 <= (ownership.expiry(tags) - shown["CreationTime"]).total_seconds() < 3600
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=uploads.bucket_name(here))["Contents"]]
    assert all(key.startswith(uploads.prefix(here)) for key in keys)

    home = training_jobs.bring_home(job)
    assert job.bundle == home.directory
    with tarfile.open(fileobj=io.BytesIO(artefact(job.sagemaker.standing.artefact))) as packed:
        packed.extractall(tmp_path / "own", filter="data")
    own = Predictor.load(tmp_path / "own", "cpu").score(REVIEWS)
    assert Predictor.load(home.directory, "cpu").score(REVIEWS) == own
    assert home.fingerprint == bundle.load(tmp_path / "own").fingerprint
    assert home.name == job.id


@pytest.mark.skipif(not namespaces_available(), reason="without user namespaces, instances do not know their names")
def test_several_instances_learn_together_and_the_first_speaks_for_all(here, request_, local_cloud, monkeypatch):
    monkeypatch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")  # launch sets it, for good
    uploads.bucket(here)
    config = dataclasses.replace(request_.config, epochs=1, phrases=0, short_sentences=0)
    one_epoch = dataclasses.replace(request_, config=config)
    place, said = placed(here, instances=2, image="own"), []
    name = training_jobs.launch(here, place, one_epoch, "tiny", said.append)
    standing = until(lambda: (now := training_jobs.look(here, Standing(name))).has_ended and now)
    first, second = (lines_of(name, host) for host in ("algo-1", "algo-2"))
    assert standing.status == "Completed", "\n".join([standing.failure, *first, *second])
    assert only_job()["ResourceConfig"]["InstanceCount"] == 2
    assert "Training with 2 processes." in first
    assert [row["epoch"] for row in parse_lines(first) if "epoch" in row] == [1]
    assert not any(line.startswith("Training on") for line in second)
    assert parse_lines(second) == []
    with tarfile.open(fileobj=io.BytesIO(artefact(standing.artefact))) as packed:
        assert {each.removeprefix("./") for each in packed.getnames()} >= set(bundle.FILES)
    assert SageMakerRun(place, standing).cost == pytest.approx(place.hourly * 2 * standing.billed_seconds / 3600)


def lines_of(job_name, host):
    logs, group = boto3.client("logs"), training_log.GROUP
    found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job_name}/{host}-")["logStreams"]
    (stream,) = [one["logStreamName"] for one in found]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    return [event["message"] for event in events]


def test_a_number_of_instances_that_makes_no_sense_is_refused(here, request_):
    for instances in (0, 21):
        with pytest.raises(CloudError, match=f"on 1 to 20 instances, not on {instances}"):
            placed(here, instances=instances)
    place = dataclasses.replace(placed(here, instances=5), instance_type="ml.g5.12xlarge")
    with pytest.raises(CloudError, match=r"uses 16 reviews, too few for the 20 processes on 5 × ml\.g5\.12xlarge"):
        training_start.start(request_, "tiny", place)
    assert registry.all_jobs() == []


def test_a_job_is_recorded_with_its_number_of_instances(here):
    place = placed(here, instances=2)
    assert place.machines == "2 × ml.m5.xlarge"
    flags = training_start._flags("tiny", place)
    assert flags[flags.index("--instances") + 1] == "2"
    assert "--instances" not in training_start._flags("tiny", placed(here))


def test_a_table_that_cannot_be_learnt_from_fails_the_run_before_anything_is_uploaded(here, request_):
    job = training_start.start(dataclasses.replace(request_, label_column="nothing"), "tiny", placed(here, image="own"))
    until(lambda: not registry.load(job.directory).is_active)
    job = registry.load(job.directory)
    assert job.state == "failed"
    assert "nothing" in job.reason
    assert not job.sagemaker.standing.launched
    assert list(here.pages("sagemaker", "list_training_jobs", "TrainingJobSummaries")) == []


def test_data_lies_there_as_long_as_it_is_to_be_kept_and_the_job_may_need_it(here):
    def days_and_folder(keep, days, spot=False):
        place = training_start.place(here, "a", ROLE, "ml.m5.large", days * 86_400, spot=spot, keep_data_days=keep)
        return place.data_days, training_jobs.data_folder(place).replace(place.base_name, "job")

    assert days_and_folder(7, 1) == (7, "data-7-days")
    assert days_and_folder(1, 3, spot=True) == (6, "data-6-days")
    assert days_and_folder(0, 3) == (3, "data-of-job")
    with pytest.raises(CloudError, match="for 0 to 365 days"):
        days_and_folder(366, 1)


def test_a_role_must_be_an_arn(here):
    with pytest.raises(CloudError, match="not a role's ARN"):
        training_start.place(here, "tiny", "SageMakerRole", "ml.m5.xlarge", 600)


def test_the_image_is_aws_s_for_the_kind_of_instance_in_the_registry_of_the_region(here):
    place = placed(here)
    addresses = [
        training_jobs.image_address(dataclasses.replace(place, instance_type=kind, region=region))
        for kind, region in (("ml.m5.xlarge", "eu-west-1"), ("ml.g5.xlarge", "us-east-1"), ("ml.m5.large", "ap-east-1"))
    ]
    assert addresses == [
        "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch:2.13-cpu-amzn2023-sagemaker",
        "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch:2.13-cu133-amzn2023-sagemaker",
        "871362719292.dkr.ecr.ap-east-1.amazonaws.com/pytorch:2.13-cpu-amzn2023-sagemaker",
    ]
    with pytest.raises(CloudError, match="offers no PyTorch image"):
        training_jobs.image_address(dataclasses.replace(place, region="nowhere-1"))


def test_a_job_is_found_again_by_its_name_and_never_another_s(here):
    place = placed(here)
    assert training_jobs.find(here, place) is None


def test_a_job_that_has_ended_is_not_stopped(here, local_cloud):
    submit("/nowhere", "epoch(1)\n")
    client = boto3.client("sagemaker")
    until(lambda: client.describe_training_job(TrainingJobName=JOB)["TrainingJobStatus"] == "Completed")
    training_jobs.stop(here, JOB)
    with pytest.raises(CloudError, match="not found"):
        training_jobs.stop(here, "absent")


@pytest.mark.parametrize("operation", ["ListTrainingJobs", "StopTrainingJob", "DescribeTrainingJob"])
def test_throttling_of_each_call_is_reported(here, local_cloud, operation):
    local_cloud.faults.next_calls(operation, *["throttled"] * 9)
    place = placed(here)
    calls = {
        "ListTrainingJobs": lambda: training_jobs.find(here, place),
        "StopTrainingJob": lambda: training_jobs.stop(here, "any"),
        "DescribeTrainingJob": lambda: training_jobs.look(here, Standing("any")),
    }
    with pytest.raises(CloudError, match="throttling requests"):
        calls[operation]()


def job_with(tmp_path, content):
    """Return a run directory whose job has `content` as its artefact."""
    here = account.connect()
    uri = uploads.upload_bytes(here, content, "tests/model.tar.gz") if content else ""
    return registry.load(run_directory(job_name="any", status="Completed", launched=1.0, artefact=uri))


def test_what_is_no_model_does_not_come_home(here, tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("config.json", "../outside"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO(b""))
    for content in (b"no archive", packed.getvalue()):
        job = job_with(tmp_path / "one", content)
        with pytest.raises(BundleError):
            training_jobs.bring_home(job)
        assert job.bundle is None
        assert not (job.directory.parent / "outside").exists()
        assert not list(job.directory.glob(".home-*"))
        shutil.rmtree(job.directory)


def test_a_job_without_a_model_says_so(here, tmp_path):
    with pytest.raises(CloudError, match="no model on SageMaker"):
        training_jobs.bring_home(job_with(tmp_path, b""))


def test_a_model_that_was_deleted_is_reported(here, tmp_path):
    job = job_with(tmp_path, b"gone")
    boto3.client("s3").delete_object(Bucket=uploads.bucket_name(here), Key=f"{uploads.prefix(here)}tests/model.tar.gz")
    with pytest.raises(CloudError, match="was deleted"):
        training_jobs.bring_home(job)


def test_models_that_are_on_aws_alone_are_named_before_they_are_lost(here, tmp_path):
    assert training_jobs.left_there_in_words(here) == ""
    job = job_with(tmp_path, b"model")
    assert training_jobs.left_there_in_words(here) == f'"{job.id}" has not been downloaded: its model will be lost.'
    assert training_jobs.left_there_in_words(account.connect(region="eu-west-1")) == ""
    shutil.copytree(storage.SHIPPED_BUNDLE, job.directory / "model")
    assert training_jobs.left_there_in_words(here) == ""


def test_names_are_new_each_time_and_leave_room_for_the_sdk_s_stamp(here):
    places = [training_start.place(here, "A very long name " * 9, ROLE, "ml.m5.xlarge", 3600) for _ in range(2)]
    assert places[0].base_name != places[1].base_name
    assert all(len(place.base_name) + 15 <= 63 for place in places)
    assert places[0].hourly > 0


@pytest.mark.parametrize("seconds", [59, 28 * 86_400 + 1])
def test_a_maximum_time_that_sagemaker_would_not_take_is_refused(here, seconds):
    with pytest.raises(CloudError, match="maximum time"):
        training_start.place(here, "tiny", ROLE, "ml.m5.xlarge", seconds)


def test_the_price_is_said_for_the_expected_and_the_longest_time():
    def words(*arguments):
        return training_start.price_in_words("ml.m5.xlarge", "us-east-1", *arguments)

    assert words(False, 3600, None).startswith("At most $")
    assert words(False, 3600, 720.0).startswith("About $")
    assert "12 min on ml.m5.xlarge, if it is as fast as this machine; at most $" in words(False, 3600, 720.0)
    assert words(False, 3600, 9000.0).startswith("At most $")
    assert "reach its time limit first: this machine would take 2 h 30 min." in words(False, 3600, 9000.0)
    assert "time limit" not in words(False, 3600, 720.0)
    assert "spot" in words(True, 3600, None)
    # The speed-up by several instances is unknown.
    assert words(False, 3600, 720.0, 2) == "At most $0.46: 1 h on 2 × ml.m5.xlarge."
