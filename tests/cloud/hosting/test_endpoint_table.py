"""A whole table through an endpoint that fails in every possible way, and `scripts/score.py --endpoint`."""

import csv
import json
import re
import subprocess
import sys
import tarfile

import boto3
import pytest

from sentiment.cloud.aws import account
from sentiment.cloud.hosting.endpoint_scorer import EndpointScorer
from sentiment.localcloud.account.faults import ALL_FAULTS
from sentiment.scoring.score import score_table
from sentiment.system.storage import PROJECT
from sentiment.tables.table import inspect_table
from tests.localcloud.prediction_server import create_endpoint, fingerprint_of, probability_of
from tests.localcloud.small_server import create_model
from tests.support.miniature import reviews
from tests.support.waiting import until

ROWS = 10_000


@pytest.fixture
def bundle_endpoint(local_cloud, tiny_bundle, tmp_path):
    """The tiny bundle behind an endpoint with one instance."""
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tiny_bundle, arcname=".")
    boto3.client("s3").create_bucket(Bucket="models")
    boto3.client("s3").upload_file(str(tmp_path / "model.tar.gz"), "models", "model.tar.gz")
    create_model("tiny", "s3://models/model.tar.gz")
    variant = {"VariantName": "A", "ModelName": "tiny", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    # Importing torch takes seconds, on a busy machine minutes.
    variant["ContainerStartupHealthCheckTimeoutInSeconds"] = 600
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_endpoint_config(EndpointConfigName="tiny", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="tiny", EndpointConfigName="tiny")
    in_service("tiny")
    return local_cloud.machinery.endpoints["us-east-1", "tiny"]


def in_service(name):
    describe = boto3.client("sagemaker").describe_endpoint
    until(lambda: describe(EndpointName=name)["EndpointStatus"] == "InService")


def write_table(path, rows):
    """Write a table with empty rows and duplicate reviews among the others."""
    texts = [text for text, _, _ in reviews(rows - rows // 10, seed=11)]
    texts += ["" if number % 7 == 0 else texts[number * 3] for number in range(rows // 10)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["id", "review"], *enumerate(texts)])
    return path


def test_ten_thousand_reviews_through_every_fault_are_the_table_that_the_bundle_gives(
    local_cloud, bundle_endpoint, predictor, tmp_path, monkeypatch
):
    monkeypatch.setattr(local_cloud.machinery.invoker, "container_seconds", 4.0)
    taken = []
    take = local_cloud.faults.take

    def noted(operation):
        fault = take(operation)
        taken.append(fault)
        return fault

    monkeypatch.setattr(local_cloud.faults, "take", noted)

    def replaced(seconds):
        until(lambda: all(server.running and server.healthy() for server in bundle_endpoint.servers))

    source = write_table(tmp_path / "reviews.csv", ROWS)
    scorer = EndpointScorer.open(account.connect(), "tiny", wait=replaced)
    local_cloud.faults.next_calls("InvokeEndpoint", *ALL_FAULTS)
    local_cloud.faults.share_of_calls("InvokeEndpoint", 0.05)
    score_table(inspect_table(source), scorer, tmp_path / "there.csv")
    assert {fault for fault in taken if fault} == set(ALL_FAULTS)
    assert sum(bool(fault) for fault in taken) > 0.05 * len(taken)
    score_table(inspect_table(source), predictor, tmp_path / "here.csv")
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


def score(*arguments):
    command = [sys.executable, str(PROJECT / "scripts" / "score.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_script_scores_with_an_endpoint_and_goes_on_after_a_failure(local_cloud, tmp_path):
    create_endpoint("reviews", ("one",))
    in_service("reviews")
    source, output = write_table(tmp_path / "in.csv", 3_000), tmp_path / "out.csv"
    flags = [source, "--output", output, "--endpoint", "reviews", "--region", "us-east-1"]
    # The first thousand rows are 20 calls; after them, the endpoint is gone.
    asked = []
    take = local_cloud.faults.take

    def delete_after_a_while(operation):
        if operation == "InvokeEndpoint":
            asked.append(operation)
            if len(asked) == 22:
                boto3.client("sagemaker").delete_endpoint(EndpointName="reviews")
        return take(operation)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_cloud.faults, "take", delete_after_a_while)
        done = score(*flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert "SageMaker found no endpoint reviews" in done.stderr.splitlines()[-1]
    assert not output.exists()
    boto3.client("sagemaker").create_endpoint(EndpointName="reviews", EndpointConfigName="reviews")
    in_service("reviews")
    again = score(*flags)
    assert again.returncode == 0, again.stderr
    assert ", 1,000 of them in an earlier run: " in again.stderr
    with output.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["id"]) for row in rows] == list(range(3_000))
    assert [float(row["probability"]) for row in rows] == [round(probability_of(row["review"]), 6) for row in rows]
    assert {row["model"] for row in rows} == {fingerprint_of("one")[:12]}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--endpoint", "none"], "There is no endpoint none in us-east-1"),
        (["--endpoint", "none", "--profile", "nobody"], "no AWS profile of that name (nobody)"),
        (["--endpoint", "none", "--model", "x"], "not allowed with argument"),
    ],
)
def test_the_script_says_in_a_sentence_what_is_missing(local_cloud, tmp_path, arguments, sentence):
    done = score(write_table(tmp_path / "in.csv", 20), "--output", tmp_path / "out.csv", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_run_keeps_which_endpoint_it_was(local_cloud, tmp_path):
    create_endpoint("reviews", ("one",))
    in_service("reviews")
    run = tmp_path / "run"
    done = score(write_table(tmp_path / "in.csv", 30), "--endpoint", "reviews", "--run", run)
    assert done.returncode == 0, done.stderr
    assert re.match(r"The endpoint's price holds: \$0\.\d\d an hour for each instance,", done.stderr)
    settings = json.loads((run / "config.json").read_text())["settings"]
    assert (settings["endpoint"], settings["variant"]) == ("reviews", None)
