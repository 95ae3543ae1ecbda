"""An endpoint as a scorer, against the local cloud and its faults."""

import random

import boto3
import pytest

from sentiment.cloud.aws import account
from sentiment.cloud.hosting import endpoint_scorer, invocation
from sentiment.cloud.hosting.endpoint_scorer import EndpointScorer
from sentiment.errors import CloudError
from sentiment.localcloud.account.faults import ALL_FAULTS
from tests.localcloud.prediction_server import create_endpoint, fingerprint_of, probability_of
from tests.support.waiting import until

SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 2}}
REVIEWS = [f"review number {number}" for number in range(200)]


class Waits:
    """Records the requested waits, and yields briefly to threads that work meanwhile."""

    def __init__(self, then=lambda: None):
        self.seconds, self._then = [], then

    def __call__(self, seconds):
        self.seconds.append(seconds)
        self._then()


@pytest.fixture
def waits():
    return Waits()


def deploy(name="reviews", models=("one",), capacity=None, **environment):
    create_endpoint(name, models, capacity, **environment)
    describe = boto3.client("sagemaker").describe_endpoint
    until(lambda: describe(EndpointName=name)["EndpointStatus"] == "InService")


def opened(waits, *, call_reviews=20, variant=None):
    return EndpointScorer.open(account.connect(), "reviews", variant, call_reviews=call_reviews, wait=waits)


def right(predictions, reviews=REVIEWS):
    return [one.probability for one in predictions] == [probability_of(review) for review in reviews]


def test_reviews_are_scored_in_order_and_the_model_is_known(local_cloud, waits):
    deploy()
    scorer = opened(waits)
    assert (scorer.name, scorer.fingerprint) == ("reviews", fingerprint_of("one"))
    assert right(scorer.score(REVIEWS))
    assert scorer.score([]) == []
    assert not waits.seconds


@pytest.mark.parametrize("fault", ALL_FAULTS)
def test_a_call_that_fails_in_a_way_that_passes_is_made_again(local_cloud, monkeypatch, fault):
    deploy()
    [server] = local_cloud.machinery.endpoints["us-east-1", "reviews"].servers
    endpoint = local_cloud.machinery.endpoints["us-east-1", "reviews"]
    waits = Waits(lambda: until(lambda: all(each.running and each.healthy() for each in endpoint.servers)))
    scorer = opened(waits)
    if fault == "hanging":  # calls that do not hang must be answered in this time, on a busy machine too
        monkeypatch.setattr(local_cloud.machinery.invoker, "container_seconds", 1.5)
    local_cloud.faults.next_calls("InvokeEndpoint", fault)
    assert right(scorer.score(REVIEWS))
    assert bool(waits.seconds) == (fault != "hanging")  # that is halved at once instead
    assert server.running == (fault != "dead instance")


def test_waits_grow_are_random_and_end(local_cloud, waits, monkeypatch):
    deploy()
    scorer = opened(waits)
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    local_cloud.faults.share_of_calls("InvokeEndpoint", 1.0, ["model not ready"])
    with pytest.raises(CloudError, match=r"failed 10 times .* ModelNotReadyException \(429\)\. .* is kept"):
        scorer.score(["one review"])
    assert waits.seconds == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("status", [400, 415, 500])
def test_what_will_not_pass_is_reported_at_once(local_cloud, waits, status):
    deploy()
    scorer = opened(waits)
    with pytest.raises(CloudError, match=f"refused the reviews with status {status}: see its log"):
        scorer.score([*REVIEWS, f"status {status}"])
    assert not waits.seconds
    assert right(scorer.score(REVIEWS))  # it can be used again


def test_an_endpoint_that_goes_away_is_reported_at_once(local_cloud, waits):
    deploy()
    scorer = opened(waits)
    boto3.client("sagemaker").delete_endpoint(EndpointName="reviews")
    with pytest.raises(CloudError, match="found no endpoint reviews"):
        scorer.score(REVIEWS)
    assert not waits.seconds


def test_portions_that_are_too_large_for_the_container_are_halved_in_order(local_cloud, waits):
    deploy(LONGEST="3")
    assert right(opened(waits).score(REVIEWS))
    assert not waits.seconds


def test_a_portion_that_takes_too_long_is_halved(local_cloud, waits, monkeypatch):
    deploy()
    scorer = opened(waits, call_reviews=3)
    monkeypatch.setattr(local_cloud.machinery.invoker, "container_seconds", 1.5)
    reviews = [*REVIEWS[:3], "sleep", *REVIEWS[3:8]]
    assert right(scorer.score(reviews), reviews)


def test_a_read_that_times_out_here_is_halved_too(local_cloud, waits, monkeypatch):
    deploy()
    monkeypatch.setattr(invocation, "_SETTINGS", invocation._SETTINGS.merge(invocation.Config(read_timeout=1.5)))
    reviews = ["sleep", *REVIEWS[:2]]
    assert right(opened(waits).score(reviews), reviews)


def test_throttling_slows_down_and_success_speeds_up_again(local_cloud, waits):
    deploy()
    scorer = opened(waits, call_reviews=1)
    assert scorer._concurrency.allowed == 4
    local_cloud.faults.next_calls("InvokeEndpoint", "throttled")
    scorer.score(REVIEWS[:1])
    assert scorer._concurrency.allowed == 2
    scorer.score(REVIEWS)
    assert scorer._concurrency.allowed == 4


def test_a_serverless_endpoint_is_asked_no_more_than_it_allows_and_in_smaller_calls(local_cloud, waits, monkeypatch):
    deploy(capacity=SERVERLESS)
    scorer = opened(waits, call_reviews=5)
    assert right(scorer.score(REVIEWS))
    assert not waits.seconds  # more than two at once would have been throttled
    large = [f"{number} " + "x" * 900_000 for number in range(10)]
    assert right(opened(waits).score(large), large)  # more than four would have been refused
    with pytest.raises(CloudError, match=r"A review has 4,500,015 bytes, and the endpoint reviews accepts 4,000,000"):
        scorer.score(["x" * 4_500_000])


def test_answers_count_for_the_size_of_a_call(local_cloud, waits, monkeypatch):
    deploy()
    scorer = opened(waits, call_reviews=10**9)
    portions = [len(chunk) for chunk in scorer._chunks(["a"] * 50_000)]
    assert max(portions) == endpoint_scorer.REAL_TIME_BYTES // 300
    assert sum(portions) == 50_000


def test_a_model_that_changes_meanwhile_is_refused(local_cloud, waits):
    deploy(models=("one", "two"))
    first = opened(waits, variant="A")
    assert first.fingerprint == fingerprint_of("one")
    assert opened(waits, variant="B").fingerprint == fingerprint_of("two")
    assert right(first.score(REVIEWS))
    with pytest.raises(CloudError, match=r"answers with two models, .* choose a variant"):
        opened(waits, call_reviews=5).score(REVIEWS)


def test_a_short_answer_is_not_taken(local_cloud, waits):
    deploy()
    scorer = opened(waits)
    with pytest.raises(CloudError, match="it gave 1 predictions for 2 reviews"):
        scorer.score(["short", "other"])


def test_what_is_no_endpoint_of_ours_is_reported(local_cloud, waits):
    with pytest.raises(CloudError, match="There is no endpoint reviews in us-east-1"):
        opened(waits)
    deploy(models=("foreign",))
    record = local_cloud.machinery.endpoints["us-east-1", "reviews"].record
    record.endpoint_status = "Creating"
    with pytest.raises(CloudError, match="not in service yet, but Creating"):
        opened(waits)
    record.endpoint_status = "InService"
    with pytest.raises(CloudError, match="does not report which model answers"):
        opened(waits)


def test_a_variant_that_is_not_there_is_reported(local_cloud, waits):
    deploy()
    with pytest.raises(CloudError, match="or no such variant of it"):
        opened(waits, variant="C")


def test_an_endpoint_that_may_not_be_looked_at_is_reported_as_it_is(local_cloud, waits):
    deploy()
    here = account.connect()
    local_cloud.faults.next_calls("DescribeEndpoint", *["throttled"] * 3)
    with pytest.raises(CloudError, match="throttling requests"):
        EndpointScorer.open(here, "reviews")


def test_without_a_connection_it_is_tried_again_and_then_reported(local_cloud, waits):
    deploy()
    scorer = opened(waits)
    scorer._invoker._client = boto3.client(
        "sagemaker-runtime", endpoint_url="http://127.0.0.1:9", config=invocation._SETTINGS
    )
    with pytest.raises(CloudError, match="the connection broke off"):
        scorer.score(REVIEWS)
    assert len(waits.seconds) >= 9
