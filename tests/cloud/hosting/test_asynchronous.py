"""A bundle behind an asynchronous endpoint: the same handler, with requests and answers in S3."""

import boto3
import pytest

from sentiment.cloud.aws import account, s3
from sentiment.cloud.hosting import asynchronous, deployment, endpoint_price
from sentiment.cloud.hosting.asynchronous import AsynchronousScorer, open_scorer
from sentiment.cloud.hosting.deployment import Plan
from sentiment.cloud.hosting.endpoints import Asynchronous
from sentiment.cloud.publishing import publication
from sentiment.errors import CloudError
from sentiment.model import bundle
from tests.support.miniature import reviews


@pytest.fixture
def here(local_cloud):
    return account.connect()


def test_a_bundle_scores_by_way_of_s3_as_it_does_here_and_leaves_nothing(here, tiny_bundle, predictor, monkeypatch):
    monkeypatch.setattr(asynchronous, "REQUEST_REVIEWS", 40)  # several requests
    endpoint = deployment.deploy(here, Plan(tiny_bundle, Asynchronous("ml.m5.large", 3)))
    assert endpoint.ready
    assert endpoint.variants[0].capacity == Asynchronous("ml.m5.large", 1, 1)
    [target] = here.pages(
        "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="sagemaker"
    )
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 3)
    scorer = open_scorer(here, endpoint.name)
    assert isinstance(scorer, AsynchronousScorer)
    assert scorer.fingerprint == bundle.describe(tiny_bundle).fingerprint
    texts = [text for text, _, _ in reviews(100, seed=8)]
    there, own = scorer.score(texts), predictor.score(texts)
    assert [one.sentiment for one in there] == [one.sentiment for one in own]
    assert max(abs(one.probability - other.probability) for one, other in zip(there, own, strict=True)) <= 1e-5
    assert s3.listed(here, asynchronous.folder(endpoint.name)) == {}
    publication.delete_endpoint(here, endpoint.name, lambda line: None)
    assert boto3.client("sagemaker").list_endpoints()["Endpoints"] == []
    with pytest.raises(CloudError, match="There is no endpoint"):
        open_scorer(here, endpoint.name)


def test_a_request_that_the_container_refuses_is_reported_with_where_to_look(here, tiny_bundle, monkeypatch):
    endpoint = deployment.deploy(here, Plan(tiny_bundle, Asynchronous("ml.m5.large")))
    monkeypatch.setattr(asynchronous, "request_line", lambda review: b"{nonsense\n")
    with pytest.raises(
        CloudError, match=rf"refused the reviews: see its log, /aws/sagemaker/Endpoints/{endpoint.name}"
    ):
        open_scorer(here, endpoint.name).score(["A fine film."])


def test_price_is_of_instances_that_work_and_nothing_while_nothing_waits(tiny_bundle):
    words = endpoint_price.before(Asynchronous("ml.m5.large", 4), "us-east-1", 2, bundle.describe(tiny_bundle))
    assert words.startswith("Free while no requests wait, and $0.12 an hour for each of up to 4 instances")
    assert endpoint_price.hourly_of([Asynchronous("ml.m5.large", 4, 0)], "us-east-1") == 0
    assert endpoint_price.hourly_of([Asynchronous("ml.m5.large", 4, 2)], "us-east-1") == pytest.approx(0.23)
