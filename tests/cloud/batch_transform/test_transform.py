"""A big table by batch transform in the local cloud."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from types import SimpleNamespace

import boto3
import pytest

from sentiment.cloud.aws import account
from sentiment.cloud.batch_transform import transform, transform_files, transform_jobs, transform_plan
from sentiment.cloud.batch_transform.transform_plan import Plan
from sentiment.cloud.hosting import models
from sentiment.errors import CloudError, TableError
from sentiment.jobs import registry as runs
from sentiment.jobs.run_directory import config
from sentiment.scoring.score import score_table
from sentiment.system import storage
from sentiment.system.storage import PROJECT
from sentiment.tables.table import inspect_table
from tests.localcloud.prediction_server import SERVER, probability_of
from tests.localcloud.small_server import create_model, upload_model
from tests.support.miniature import reviews
from tests.support.waiting import until

BUCKET = "sagemaker-us-east-1-123456789012"


@pytest.fixture
def here(local_cloud):
    return account.connect()


@pytest.fixture
def quick(here, monkeypatch, tiny_bundle):
    """Return a plan whose model starts immediately; a model is registered for each run."""

    def register(account, directory, role, **settings):
        name = f"quick-{len(boto3.client('sagemaker').list_models()['Models'])}"
        create_model(name, upload_model(SERVER), MODEL="one")
        return SimpleNamespace(name=name)

    monkeypatch.setattr(models, "register", register)
    return Plan(tiny_bundle, "ml.m5.large", 2, role="arn:aws:iam::123456789012:role/serving")


def write_table(path, texts):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["secret", "review"], *(("private", text) for text in texts)])
    return path


@pytest.fixture
def table(tmp_path):
    texts = [f"review number {number}, and a second line:\u2028here" for number in range(300)]
    texts += ["", texts[5], texts[7], ""]
    path = write_table(tmp_path / "reviews.csv", texts)
    path.write_text(path.read_text() + "private,too,many,cells\n")
    return inspect_table(path)


def objects():
    found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="review-sentiment/transform/")
    return [each["Key"] for each in found.get("Contents", [])]


def jobs():
    return boto3.client("sagemaker").list_transform_jobs()["TransformJobSummaries"]


def test_result_is_the_very_table_that_the_bundle_gives_here(here, tiny_bundle, predictor, tmp_path):
    texts = [text for text, _, _ in reviews(400, seed=13)]
    source = write_table(tmp_path / "reviews.csv", [*texts, "", texts[3], "xqzt wvkj", texts[3]])
    source.write_text(source.read_text() + "private,too,many,cells\n")
    plan = Plan(tiny_bundle, "ml.m5.large", 2)
    outcome = transform.run(here, inspect_table(source), plan, tmp_path / "there.csv")
    score_table(inspect_table(source), predictor, tmp_path / "here.csv")
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert (outcome.summary.rows, outcome.summary.problem_count) == (405, 1)
    described = boto3.client("sagemaker").describe_transform_job(TransformJobName=outcome.job)
    assert described["TransformResources"] == {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    assert outcome.dollars == pytest.approx(0.115 * outcome.seconds / 3600 * 2)
    assert boto3.client("sagemaker").list_models()["Models"] == []
    assert objects() == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_only_distinct_reviews_are_sent_in_a_part_and_more_for_each_instance(here, quick, table, tmp_path, monkeypatch):
    sent = []
    upload = transform.s3.upload_bytes
    monkeypatch.setattr(transform.s3, "upload_bytes", lambda *given: (sent.append(given[1]), upload(*given))[1])
    seen = []
    transform.run(here, table, quick, tmp_path / "out.jsonl", report=seen.append)
    lines = [json.loads(line) for part in sent for line in part.decode().removesuffix("\n").split("\n")]
    assert len(sent) == 2 * 4
    assert all(list(line) == ["review"] for line in lines)
    assert len(lines) == len({line["review"] for line in lines}) == 301
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().split("\n")[:-1]]
    assert rows[5]["probability"] == pytest.approx(probability_of(rows[5]["review"]), abs=1e-6)
    assert (rows[301]["flags"], rows[301]["probability"]) == ("duplicate", rows[5]["probability"])
    assert rows[304]["sentiment"] == "unscored"
    assert any("Scoring" in one.words or "Waiting" in one.words for one in seen)


def test_job_says_what_the_container_is_to_bear(here, quick, table, tmp_path):
    outcome = transform.run(here, table, quick, tmp_path / "out.csv")
    said = boto3.client("sagemaker").describe_transform_job(TransformJobName=outcome.job)
    assert (said["BatchStrategy"], said["TransformInput"]["SplitType"]) == ("MultiRecord", "Line")
    assert said["TransformInput"]["ContentType"] == "application/jsonlines"
    payload = said["MaxPayloadInMB"] * 2**20
    assert int(said["Environment"]["TS_MAX_REQUEST_SIZE"]) > payload
    assert int(said["Environment"]["TS_MAX_RESPONSE_SIZE"]) > payload
    tags = boto3.client("sagemaker").list_tags(ResourceArn=said["TransformJobArn"])["Tags"]
    assert {"Key": "project", "Value": "review-sentiment"} in tags


class KilledError(Exception):
    """Represents the end of this process."""


def run_until(moment, here, table, plan, output):
    """Run until the progress reaches the given point, and kill the process there."""

    def die(progress):
        if re.match(moment, progress.words):
            raise KilledError

    with pytest.raises(KilledError):
        transform.run(here, table, plan, output, report=die)


@pytest.mark.parametrize("moment", ["Uploading reviews, part 3", "Starting", "Waiting|Scoring", "Downloading"])
def test_a_killed_run_goes_on_with_what_is_there(here, quick, table, tmp_path, moment):
    output = tmp_path / "out.csv"
    run_until(moment, here, table, quick, output)
    assert not output.exists()
    before = len(jobs())
    assert transform.run(here, table, quick, output).summary.complete
    assert len(jobs()) == 1
    assert before == (0 if moment.startswith(("Up", "St")) else 1)
    assert objects() == boto3.client("sagemaker").list_models()["Models"] == []


def test_another_plan_ends_the_job_that_is_under_way(here, quick, table, tmp_path):
    run_until("Waiting|Scoring", here, table, quick, tmp_path / "out.csv")
    one = Plan(quick.model, quick.instance_type, 1, quick.role)
    transform.run(here, table, one, tmp_path / "out.csv")
    states = sorted(job["TransformJobStatus"] for job in jobs())
    assert states in (["Completed", "Stopped"], ["Completed", "Completed"], ["Completed", "Stopping"])
    assert objects() == []


def test_a_stopped_run_stops_the_job_and_leaves_nothing(here, quick, tmp_path):
    table = inspect_table(write_table(tmp_path / "reviews.csv", ["sleep", "another", "and one"] * 3))
    assert transform.run(here, table, quick, tmp_path / "out.csv", should_stop=lambda: True) is None
    assert jobs()[0]["TransformJobStatus"] == "Stopped"
    assert objects() == []
    assert not (tmp_path / "out.csv").exists()
    assert not transform.stop(here, tmp_path / "out.csv")


def test_stop_ends_what_a_killed_run_has_left(here, quick, table, tmp_path):
    run_until("Waiting|Scoring", here, table, quick, tmp_path / "out.csv")
    assert transform.stop(here, tmp_path / "out.csv")
    until(lambda: jobs()[0]["TransformJobStatus"] in ("Stopped", "Completed"))
    assert boto3.client("sagemaker").list_models()["Models"] == []


def test_failure_is_reported_with_its_reason_and_leaves_nothing(here, quick, tmp_path):
    table = inspect_table(write_table(tmp_path / "reviews.csv", ["fine", "status 400", "good"]))
    with pytest.raises(CloudError, match=r"did not score the table: ClientError: See job logs .*CloudWatch"):
        transform.run(here, table, quick, tmp_path / "out.csv")
    assert objects() == []
    assert boto3.client("sagemaker").list_models()["Models"] == []


def test_too_few_answers_are_reported_and_the_job_is_forgotten(here, quick, tmp_path):
    table = inspect_table(write_table(tmp_path / "reviews.csv", ["fine", "short", "good"]))
    one = Plan(quick.model, quick.instance_type, 1, quick.role)
    with pytest.raises(CloudError, match="answered 2 of 3 reviews: start it again"):
        transform.run(here, table, one, tmp_path / "out.csv")
    assert not transform.working_directory(tmp_path / "out.csv").exists()


def test_what_cannot_work_is_reported_before_anything_is_made(here, quick, table, tmp_path):
    with pytest.raises(TableError, match="its name must end in"):
        transform.run(here, table, quick, tmp_path / "out.pdf")
    with pytest.raises(CloudError, match="1 to 100 instances"):
        transform.run(here, table, Plan(quick.model, "ml.m5.large", 0), tmp_path / "out.csv")
    long = inspect_table(write_table(tmp_path / "long.csv", ["x" * 2**20, "good"]))
    with pytest.raises(CloudError, match=r"long\.csv has a review of 1,048,"):
        transform.run(here, long, quick, tmp_path / "out.csv")
    assert jobs() == boto3.client("sagemaker").list_models()["Models"] == []


def test_refused_job_is_reported_in_aws_s_words(here, quick, table, tmp_path, local_cloud):
    local_cloud.faults.next_calls("CreateTransformJob", *["throttled"] * 3)
    with pytest.raises(CloudError, match="throttling requests \\(sagemaker:CreateTransformJob\\)"):
        transform.run(here, table, quick, tmp_path / "out.csv")
    assert transform.run(here, table, quick, tmp_path / "out.csv").summary.complete  # resumes where it stopped


def test_answer_that_is_no_prediction_is_reported(tmp_path):
    (tmp_path / "part.out").write_text('{"sentiment": "splendid"}\n')
    answers = transform_files.Answers("job", "f" * 64, [tmp_path / "part.out"], 1)
    with pytest.raises(CloudError, match="something that is not a prediction"):
        answers.score(["one"])


def test_price_is_said_before(tiny_bundle):
    plan = Plan(tiny_bundle, "ml.m5.xlarge", 10)
    # 10 million reviews at 1,000 a second on each of 10 machines: 1,000 seconds and the start.
    assert transform_plan.expected_seconds(10_000_000, 1000.0, 10) == transform_plan.STARTUP_SECONDS + 1000
    assert transform_plan.seconds_here(10_000_000, 1000.0) is None
    assert transform_plan.seconds_here(10_000, None) is None
    assert transform_plan.seconds_here(10_000, 1000.0) == 10.0
    words = transform_plan.price_in_words("us-east-1", 10_000_000, 1000.0, plan)
    assert words == "About $0.79: 21 min on 10 × ml.m5.xlarge"
    assert transform_plan.price_in_words("us-east-1", 10, None, plan).startswith("$2.30 an hour")


def test_the_script_scores_stops_on_sigterm_and_says_the_price(here, local_cloud, tiny_bundle, tmp_path):
    source = write_table(tmp_path / "reviews.csv", [text for text, _, _ in reviews(40, seed=3)])
    command = [sys.executable, str(PROJECT / "scripts" / "cloud.py"), "transform", str(source)]
    command += ["--output", str(tmp_path / "out.csv"), "--model", str(tiny_bundle), "--instances", "1"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert asked.returncode == 2
    assert asked.stderr.startswith("About $0.02: 4 min on ml.m5.xlarge. Start? ")
    assert "pass --yes" in asked.stderr
    running = subprocess.Popen([*command, "--yes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(jobs)
    os.kill(running.pid, signal.SIGTERM)
    assert "Stopped" in running.communicate()[1]
    assert running.returncode == 143
    assert jobs()[0]["TransformJobStatus"] == "Stopped"
    done = subprocess.run([*command, "--yes", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["rows"] == 40
    assert re.fullmatch(r"40 rows \([^)]+\)\. (Less than|About) \$0\.\d\d: \d+ s on ml\.m5\.xlarge\.", said["sentence"])
    assert "positive" in (tmp_path / "out.csv").read_text()


def test_the_script_refuses_an_instance_type_that_nobody_knows(here, tmp_path):
    source = write_table(tmp_path / "reviews.csv", ["fine"])
    command = [sys.executable, str(PROJECT / "scripts" / "cloud.py"), "transform", str(source)]
    command += ["--output", str(tmp_path / "out.csv"), "--instance-type", "ml.bogus"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stderr.startswith("No transform price is known for the instance type ml.bogus: choose one such")


@pytest.mark.parametrize("before", ["", "/srv/home/transforms/a/scored.parquet: "])
def test_a_finished_transform_is_reported_without_the_server_s_path(tmp_path, before):
    said = {"output": "/srv/home/transforms/a/scored.parquet", "sentence": f"{before}40 rows (40 positive)."}
    storage.write_json(tmp_path / "config.json", config("transform", "a", {}, []) | {"outcome": said})
    assert transform_jobs.outcome(runs.load(tmp_path)) == "40 rows (40 positive)."


def test_damaged_record_is_reported(here, quick, table, tmp_path):
    place = transform.working_directory(tmp_path / "out.csv")
    place.mkdir()
    (place / "transform.json").write_text("{}")
    with pytest.raises(CloudError, match=r"transform\.json is damaged"):
        transform.run(here, table, quick, tmp_path / "out.csv")
