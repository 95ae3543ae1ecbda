"""`scripts/cloud.py deploy`, `invoke`, `traffic` and `delete`, as processes, against the local cloud."""

import argparse
import csv
import dataclasses
import json
import subprocess
import sys

import boto3
import pytest

from sentiment.cloud.aws import account
from sentiment.cloud.commands import hosting
from sentiment.cloud.hosting import endpoints, variant_accuracy
from sentiment.cloud.publishing import public_api
from sentiment.errors import CloudError, DataError, DeclinedError
from sentiment.model import bundle
from sentiment.system.storage import PROJECT
from sentiment.wording import tenths
from tests.localcloud.prediction_server import create_endpoint, fingerprint_of, probability_of
from tests.support.miniature import reviews
from tests.support.waiting import until


def step(*arguments, answer=None):
    command = [sys.executable, str(PROJECT / "scripts" / "cloud.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, input=answer, check=False)


def in_process(*arguments):
    """Run a step like the script, without a separate process."""
    parser = argparse.ArgumentParser()
    hosting.add_steps(parser.add_subparsers())
    parsed = parser.parse_args(arguments)
    return parsed.step(parsed)


def quick(models=("one",), **environment):
    create_endpoint("reviews", models, **environment)
    describe = boto3.client("sagemaker").describe_endpoint
    until(lambda: describe(EndpointName="reviews")["EndpointStatus"] == "InService")


def compared():
    """Mark both variants of the quick endpoint as compared with their bundles."""
    here = account.connect()
    endpoint = endpoints.find(here, "reviews")
    for variant in endpoint.variants:
        endpoints.note_parity(here, endpoint, variant.name, 0.0)


def labelled_table(path):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["review", "label"], *((text, label) for text, label, _ in reviews(300, seed=4))])
    return path


def test_a_model_is_deployed_asked_and_deleted(local_cloud, tiny_bundle):
    refused = step("deploy", "--model", tiny_bundle)
    assert refused.returncode == 2
    assert "its support ended" in refused.stderr
    assert "Free when idle, and about $" in refused.stderr
    assert "pass --yes" in refused.stderr
    done = step("deploy", "--model", tiny_bundle, "--yes", "--json", "--hours", "1")
    assert done.returncode == 0, done.stderr
    assert "Packing the model" in done.stderr
    assert "Same scores as on this machine: max |Δp|" in done.stderr
    said = json.loads(done.stdout)
    assert said["variants"][0]["fingerprint"] == bundle.describe(tiny_bundle).fingerprint
    asked = step("invoke", "--endpoint", said["endpoint"], "--json", "The plot is superb.", "Dreadful.")
    assert [json.loads(line)["model"] for line in asked.stdout.splitlines()] == [
        said["variants"][0]["fingerprint"][:12]
    ] * 2
    gone = step("delete", "--endpoint", said["endpoint"], "--yes")
    assert gone.stdout == f"{said['endpoint']} is deleted. It has cost nothing except for its calls.\n"
    assert endpoints.all_endpoints(account.connect()) == []


def test_reviews_are_scored_by_the_variant_that_is_named(local_cloud):
    quick(("one", "two"))
    endpoint = endpoints.find(account.connect(), "reviews")
    halves = dataclasses.replace(
        endpoint, variants=tuple(dataclasses.replace(each, share=0.5) for each in endpoint.variants)
    )
    assert {halves.drawn_variant() for _ in range(60)} == {"A", "B"}
    assert {endpoint.drawn_variant() for _ in range(60)} == {each.name for each in endpoint.variants if each.share}
    assert dataclasses.replace(endpoint, variants=endpoint.variants[:1]).drawn_variant() is None
    said = step("invoke", "--endpoint", "reviews", "--variant", "B", "fine", "--json")
    assert json.loads(said.stdout)["model"] == fingerprint_of("two")[:12]
    said = step("invoke", "--endpoint", "reviews", "--variant", "A", "fine")
    assert said.stdout == f"{'positive' if probability_of('fine') > 0.5 else 'negative'} {probability_of('fine'):.3f}\n"


@pytest.mark.parametrize(
    ("flags", "price"),
    [([], "Its price does not change."), (["--beside"], "A second model costs $0.12 an hour more.")],
)
def test_what_a_change_costs_is_said_before_it(local_cloud, flags, price):
    quick()
    with pytest.raises(DeclinedError) as refused:
        in_process("deploy", "--endpoint", "reviews", *flags)
    assert str(refused.value).startswith(f"This changes the endpoint reviews. {price} Start?")


def test_what_an_endpoint_has_cost_is_said_after_it(local_cloud, capsys):
    quick()
    in_process("delete", "--endpoint", "reviews", "--yes")
    assert capsys.readouterr().out == "reviews is deleted. It has cost less than $0.01.\n"


def test_public_api_goes_with_its_endpoint_and_that_is_said_before(local_cloud, capsys):
    quick()
    here = account.connect()
    public_api.publish(here, "reviews")
    public_api.settled(here, "reviews")
    with pytest.raises(DeclinedError, match=r"permanently deletes the endpoint .*, and its public API if it has one"):
        in_process("delete", "--endpoint", "reviews")
    in_process("delete", "--endpoint", "reviews", "--yes")
    assert capsys.readouterr().out == "reviews is deleted, with its public API. It has cost less than $0.01.\n"
    assert public_api.status(here, "reviews") is None


def test_traffic_is_shifted_and_reported(local_cloud):
    quick(("one", "two"))
    compared()
    assert step("traffic", "--endpoint", "reviews").stdout == "A: 50\xa0%, B: 50\xa0%\n"
    assert step("traffic", "--endpoint", "reviews", "A=0.9", "B=0.1").stdout == "A: 90\xa0%, B: 10\xa0%\n"
    kept = step("traffic", "--endpoint", "reviews", "--keep", "B", "--json")
    assert json.loads(kept.stdout) == {"B": 1.0}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["traffic", "--endpoint", "reviews", "A=2"], '"A=2" is not a share of the traffic'),
        (["traffic", "--endpoint", "reviews", "all"], '"all" is not a share of the traffic'),
        (["invoke", "--endpoint", "none", "fine"], "There is no endpoint none in us-east-1"),
        (["traffic", "--endpoint", "none"], "There is no endpoint none in us-east-1"),
        (["delete", "--endpoint", "none"], "There is no endpoint none in us-east-1"),
        (["deploy", "--instance-type", "ml.bogus"], "No hosting price is known for the instance type ml.bogus"),
        (["deploy", "--hours", "0", "--yes"], "not 0 hours"),
        (["deploy", "--endpoint", "none", "--yes"], "none"),
        (["deploy", "--model", "nowhere", "--yes"], "nowhere is not a bundle"),
    ],
)
def test_what_cannot_work_is_one_sentence(local_cloud, arguments, sentence):
    done = step(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "pass --yes" not in done.stderr  # no confirmation is requested for an impossible action


def test_variants_are_compared_on_labels_whatever_their_share(local_cloud, tmp_path):
    quick(("one", "two"), capacity=None)
    here = account.connect()
    found = variant_accuracy.measure(here, endpoints.find(here, "reviews"), labelled_table(tmp_path / "labelled.csv"))
    texts = [(text, label) for text, label, _ in reviews(300, seed=4)]
    right = sum((probability_of(text) > 0.5) == bool(label) for text, label in texts) / len(texts)
    assert found.reviews == 300
    assert [(one.variant, one.accuracy) for one in found.variants] == [("A", right), ("B", right)]
    assert found.variants[0].low < right < found.variants[0].high
    assert (found.contest.only_first, found.contest.only_second) == (0, 0)
    assert found.sentences[0].startswith(f"Variant A was right for {tenths(right)} of 300 reviews (95 %: ")
    assert len(found.sentences) == 3
    few = dataclasses.replace(found, reviews=28).sentences
    assert few[0] == "28 reviews: not comparable by accuracy; at least 200 are needed."
    assert len(few) == 2


def test_a_table_without_labels_and_an_endpoint_that_is_gone_are_reported(local_cloud, tmp_path):
    quick()
    here = account.connect()
    endpoint = endpoints.find(here, "reviews")
    (tmp_path / "plain.csv").write_text("review\nfine\ndull\n")
    with pytest.raises(DataError, match=r"plain\.csv cannot be used for evaluation"):
        variant_accuracy.measure(here, endpoint, tmp_path / "plain.csv")
    here.call("sagemaker", "delete_endpoint", EndpointName="reviews")
    with pytest.raises(CloudError, match="There is no endpoint reviews"):
        variant_accuracy.measure(here, endpoint, labelled_table(tmp_path / "labelled.csv"))
