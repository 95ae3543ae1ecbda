"""A public API as a scorer: against the real one in the local cloud, and against a faulty server."""

import json
import random
import subprocess
import sys

import boto3
import pytest

from sentiment.errors import ApiError
from sentiment.prediction import Prediction, fields
from sentiment.scoring import api_scorer
from sentiment.scoring.api_scorer import ApiScorer
from sentiment.scoring.score import score_table
from sentiment.system.storage import PROJECT
from sentiment.tables.table import inspect_table
from tests.localcloud.prediction_server import create_endpoint, fingerprint_of, probability_of
from tests.support.api_server import Server
from tests.support.waiting import until

NAME = "review-sentiment-reviews"
NO_ADDRESSES = [
    "https://",
    "https://[::1",
    "https://example.org:99999/",
    "https://example.org:x/",
    "https://\ud800/",
    "x\n",
]
ANSWER = fields(Prediction("positive", 0.75, None, 3, 3, 0.0))
REVIEWS = [f"review number {number}" for number in range(60)]


@pytest.fixture
def server():
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def refusal(status, sentence):
    return status, {"error": sentence}


def test_reviews_are_scored_in_order_several_at_once_and_equal_ones_once(server):
    scorer = ApiScorer(server.url, "key", wait=lambda seconds: None)
    assert (scorer.name, scorer.fingerprint) == (server.url, "a" * 64)
    found = scorer.score([*REVIEWS, *REVIEWS, ""])
    assert [one.tokens_read for one in found] == [len(review) for review in [*REVIEWS, *REVIEWS, ""]]
    assert len(server.asked) == 1 + len(REVIEWS) + 1
    assert scorer.score([]) == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(server, status):
    waits = []
    scorer = ApiScorer(server.url, "key", wait=waits.append)
    server.next.extend([refusal(status, "Too Many Requests")] * 5)
    assert len(scorer.score(REVIEWS)) == len(REVIEWS)
    assert len(waits) == 5


def test_waits_grow_are_random_and_end(server, monkeypatch):
    waits = []
    scorer = ApiScorer(server.url, "key", wait=waits.append)
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    server.next.extend([refusal(503, "later")] * 9)
    with pytest.raises(ApiError, match=r"failed 9 times for one review; the last time with status 503"):
        scorer.score(["one"])
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refusal(403, "Forbidden"), "refuses the key"),
        (refusal(429, "Limit Exceeded"), "quota .* is used up for today"),
        (refusal(413, "Request Too Long"), r"status 413 \(Request Too Long\)"),
        ((302, ""), "status 302"),
        ((200, "hello"), "does not answer as an API of this project"),
        ((200, {"sentiment": "splendid"}), "does not answer as an API of this project"),
        ((200, ANSWER | {"probability": float("nan")}), "does not answer as an API of this project"),
        ((200, ANSWER | {"probability": None}), "does not answer as an API of this project"),
        ((200, ANSWER | {"rating": float("inf")}), "does not answer as an API of this project"),
        ((200, ANSWER | {"tokens_read": float("inf")}), "does not answer as an API of this project"),
        ((200, ANSWER | {"unknown_share": -1}), "does not answer as an API of this project"),
        ((200, "x" * 1_000_000), "does not answer as an API of this project"),
    ],
)
def test_what_does_not_pass_is_reported_at_once(server, answer, sentence):
    scorer = ApiScorer(server.url, "key", wait=lambda seconds: pytest.fail("there is nothing to wait for"))
    server.next.append(answer)
    with pytest.raises(ApiError, match=sentence):
        scorer.score(["one"])


def test_another_model_meanwhile_is_reported(server):
    scorer = ApiScorer(server.url, "key")
    server.model = "b" * 64
    with pytest.raises(ApiError, match=r"two models, aaaaaaaaaaaa and bbbbbbbbbbbb"):
        scorer.score(REVIEWS)


def test_too_long_a_review_is_reported_before_it_is_sent(server):
    scorer = ApiScorer(server.url, "key")
    with pytest.raises(ApiError, match="20,001 bytes, and the API takes 20,000"):
        scorer.score(["x" * 20_001])
    assert len(server.asked) == 1


@pytest.mark.parametrize("url", ["http://example.org/live", "example.org", "ftp://example.org", "", *NO_ADDRESSES])
def test_key_is_sent_to_no_address_in_the_clear(url):
    with pytest.raises(ApiError, match="begins with https://"):
        ApiScorer(url, "key")


@pytest.mark.parametrize("key", ["", " ", "a\nb", "ключ", "a\0", "\ud800"])
def test_a_key_that_no_header_can_hold_is_reported(server, key):
    with pytest.raises(ApiError, match="has characters that no key has"):
        ApiScorer(server.url, key)
    assert not server.asked


def test_an_answer_that_does_not_end_is_given_up(server, monkeypatch):
    scorer = ApiScorer(server.url, "key", wait=lambda seconds: pytest.fail("there is nothing to wait for"))
    monkeypatch.setattr(api_scorer, "_BODY_SECONDS", 0.0)
    with pytest.raises(ApiError, match="does not answer as an API of this project"):
        scorer.score(["one"])


def test_no_answer_is_reported(server):
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(ApiError, match=r"failed 9 times .* there was no answer"):
        ApiScorer(server.url, "key", wait=lambda seconds: None)


def test_it_needs_no_amazon_library():
    code = "import sys, sentiment.scoring.api_scorer; sys.exit(bool({'boto3', 'botocore'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


@pytest.fixture
def published(local_cloud):
    from sentiment.cloud.aws import account
    from sentiment.cloud.publishing import public_api
    from sentiment.cloud.publishing.limits import Limits

    create_endpoint(NAME, ("one",))
    describe = boto3.client("sagemaker").describe_endpoint
    until(lambda: describe(EndpointName=NAME)["EndpointStatus"] == "InService")
    here = account.connect()
    limits = Limits(rate_per_second=500, burst=500, daily_quota=10_000, concurrency=20)
    public_api.publish(here, NAME, limits)
    found = public_api.settled(here, NAME)
    return found.url, public_api.key(here, found)


def test_a_table_through_the_published_api_through_faults(published, local_cloud, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,review\n" + "".join(f"{n},{text}\n" for n, text in enumerate([*REVIEWS, "", REVIEWS[0]])))
    scorer = ApiScorer(*published, wait=lambda seconds: None)
    assert scorer.fingerprint == fingerprint_of("one")
    local_cloud.faults.share_of_calls("InvokeEndpoint", 0.2, ["throttled", "model not ready", "unavailable"])
    summary = score_table(inspect_table(source), scorer, tmp_path / "out.jsonl")
    assert summary.complete
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    said = [row["probability"] for row in rows]
    assert said[: len(REVIEWS)] == pytest.approx([probability_of(review) for review in REVIEWS], abs=1e-6)
    assert (rows[-1]["flags"], said[-1]) == ("duplicate", said[0])


def score(*arguments, **variables):
    import os

    environment = {name: value for name, value in os.environ.items() if name != api_scorer.KEY_VARIABLE}
    command = [sys.executable, str(PROJECT / "scripts" / "score.py"), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment | variables, stdin=subprocess.DEVNULL
    )


def test_the_script_scores_with_an_api_and_keeps_the_key_to_itself(server, tmp_path):
    source, run = tmp_path / "in.csv", tmp_path / "run"
    source.write_text("id,review\n1,Good\n2,A long and winding film\n")
    output = tmp_path / "out.csv"
    done = score(
        source, "--output", output, "--api", server.url, "--run", run, **{api_scorer.KEY_VARIABLE: "hidden-key"}
    )
    assert done.returncode == 0, done.stderr
    assert "positive" in output.read_text()
    assert not [path for path in run.rglob("*") if path.is_file() and b"hidden-key" in path.read_bytes()]


def test_the_script_says_where_the_key_is_to_be(server, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,review\n1,Good\n")
    done = score(source, "--output", tmp_path / "out.csv", "--api", server.url)
    assert done.returncode == 2
    assert "REVIEW_SENTIMENT_KEY" in done.stderr.splitlines()[-1]
