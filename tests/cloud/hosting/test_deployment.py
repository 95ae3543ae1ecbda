"""From a bundle to an endpoint that is verified to score equally, and later changes, in the local cloud."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from sentiment.cloud.aws import account, roles
from sentiment.cloud.ending import expiry, sweeper
from sentiment.cloud.hosting import deployment, endpoint_changes, endpoints, models, parity
from sentiment.cloud.hosting.deployment import Plan
from sentiment.cloud.hosting.endpoints import Instances, Serverless
from sentiment.cloud.hosting.parity import LARGEST_DIFFERENCE, Parity
from sentiment.cloud.publishing import public_api, publication
from sentiment.cloud.publishing.publication import Deleted
from sentiment.errors import BundleError, CloudError
from sentiment.model import bundle
from tests.localcloud.prediction_server import create_endpoint
from tests.localcloud.roles import make_role
from tests.support.waiting import until


@pytest.fixture
def here(local_cloud):
    return account.connect()


@pytest.fixture(scope="module")
def other_bundle(predictor, tmp_path_factory):
    """Return the tiny bundle with a wider uncertain band: another fingerprint, but the same probabilities."""
    own = predictor.bundle
    calibration = dataclasses.replace(own.config.calibration, low=0.01, high=0.99)
    directory = tmp_path_factory.mktemp("bundles") / "other"
    config = dataclasses.replace(own.config, name="other", calibration=calibration)
    return bundle.save(directory, config, own.vocabulary, own.weights, own.history, own.report).directory


def schedules(here):
    return {each["Name"] for each in here.pages("scheduler", "list_schedules", "Schedules")} - {expiry.SWEEP}


def nothing_left(here):
    sagemaker = boto3.client("sagemaker")
    left = [
        sagemaker.list_endpoints()["Endpoints"],
        sagemaker.list_endpoint_configs()["EndpointConfigs"],
        sagemaker.list_models()["Models"],
    ]
    return not any(left) and not schedules(here) and not list(sweeper.all_sweepers(here))


def test_a_bundle_becomes_a_ready_endpoint_with_an_end_and_goes_with_every_part(here, tiny_bundle):
    lines = []
    endpoint = deployment.deploy(here, Plan(tiny_bundle), lines.append)
    card = bundle.describe(tiny_bundle)
    [variant] = endpoint.variants
    assert (endpoint.ready, variant.model.fingerprint) == (True, card.fingerprint)
    assert variant.parity <= LARGEST_DIFFERENCE
    assert variant.capacity == Serverless()
    assert abs(endpoint.expires - (datetime.now(UTC) + timedelta(hours=2))) < timedelta(minutes=10)
    assert schedules(here) == {endpoint.name}
    assert lines[-1].startswith("Same scores as on this machine: max |Δp| ")
    assert any(line.startswith("The endpoint is being created: ") for line in lines)
    for _ in range(2):
        publication.delete_endpoint(here, endpoint.name, print)
    assert nothing_left(here)


def test_in_a_new_account_the_roles_are_waited_for_and_nobody_else_s_is_taken(
    here, local_cloud, tiny_bundle, monkeypatch
):
    monkeypatch.setattr(local_cloud.machinery, "role_settling_seconds", 4)
    monkeypatch.setattr(roles, "_WAIT_SECONDS", 0.2)
    make_role("AdminForPipelines")  # the account's first by name that SageMaker could take on
    endpoint = deployment.deploy(here, Plan(tiny_bundle))
    assert endpoint.variants[0].model.role == roles.arn(here, "execution")
    # When it ends by itself, its model and configuration remain; they are deleted by the next clean-up.
    boto3.client("sagemaker").delete_endpoint(EndpointName=endpoint.name)
    assert publication.has_remains(here, endpoint.name)
    assert publication.delete_endpoint(here, endpoint.name, print) == Deleted(None, was_published=False)
    assert nothing_left(here)


def test_two_bundles_are_compared_behind_one_endpoint(here, tiny_bundle, other_bundle):
    endpoint = deployment.deploy(here, Plan(tiny_bundle, Instances("ml.m5.large", 1, 2)))
    both = deployment.add(here, endpoint.name, other_bundle)
    assert both.ready
    assert [(each.name, each.model.bundle, each.share) for each in both.variants] == [
        ("A", "tiny", 1),
        ("B", "other", 0),
    ]
    endpoint_changes.shift(here, both, {"A": 0.25, "B": 0.75})
    with pytest.raises(CloudError, match=r"is not ready\. The endpoint has another model"):
        deployment.check(here, endpoint.name, "A", other_bundle)
    kept = deployment.keep(here, endpoint.name, "B")
    assert [(each.name, each.share) for each in kept.variants] == [("B", 1.0)]
    assert kept.ready
    updated = deployment.update(here, endpoint.name, tiny_bundle)
    assert [(each.name, each.model.bundle) for each in updated.variants] == [("B", "tiny")]
    assert updated.ready
    publication.delete_endpoint(here, endpoint.name, print)
    assert nothing_left(here)


def test_endpoint_is_deleted_and_its_public_api_reported_when_that_may_not_be(here, local_cloud):
    create_endpoint("reviews", ("one",))
    until(lambda: endpoints.state(here, "reviews") == "in service")
    public_api.publish(here, "reviews")
    public_api.settled(here, "reviews")
    local_cloud.faults.next_calls("DeleteStack", "denied")
    with pytest.raises(CloudError, match="The endpoint reviews is deleted, but its public API may still be there: "):
        publication.delete_endpoint(here, "reviews", print)
    assert nothing_left(here)
    assert publication.orphaned(here) == ["reviews"]
    assert publication.delete_endpoint(here, "reviews", print) == Deleted(None, was_published=True)
    assert publication.orphaned(here) == []
    assert publication.delete_endpoint(here, "reviews", print) == Deleted(None, was_published=False)


def break_models(monkeypatch):
    """Make models registered from now on refer to an archive that does not exist."""
    register = models.register

    def without_archive(account, *arguments, **settings):
        model = register(account, *arguments, **settings)
        uri = account.call("sagemaker", "describe_model", ModelName=model.name)["PrimaryContainer"]["ModelDataUrl"]
        place, key = uri.removeprefix("s3://").split("/", 1)
        account.client("s3").delete_object(Bucket=place, Key=key)
        return model

    monkeypatch.setattr(models, "register", without_archive)


def test_an_endpoint_that_fails_is_reported_and_taken_away(here, tiny_bundle, monkeypatch):
    break_models(monkeypatch)
    with pytest.raises(CloudError, match=r"has failed and was deleted: .*model\.tar\.gz"):
        deployment.deploy(here, Plan(tiny_bundle))
    assert nothing_left(here)


@pytest.mark.parametrize("operation", ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"])
def test_what_was_made_goes_when_aws_refuses_a_step(here, tiny_bundle, local_cloud, operation):
    local_cloud.faults.next_calls(operation, *["throttled"] * 3)
    with pytest.raises(CloudError, match=f"sagemaker:{operation}"):
        deployment.deploy(here, Plan(tiny_bundle))
    assert nothing_left(here)


def test_without_a_planned_end_there_is_no_endpoint(here, tiny_bundle, monkeypatch):
    def refuse(*_):
        raise CloudError("This AWS identity may not do scheduler:CreateSchedule.", "AccessDenied")

    monkeypatch.setattr(expiry, "schedule_deletion", refuse)
    with pytest.raises(CloudError, match="may not do scheduler:CreateSchedule"):
        deployment.deploy(here, Plan(tiny_bundle))
    assert nothing_left(here)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hours": 0}, "for up to 14 days, not 0 hours"),
        ({"hours": 1_000}, "for up to 14 days"),
        ({"capacity": Serverless(2000, 5)}, "in steps of 1024"),
        ({"capacity": Serverless(2048, 500)}, "1 to 200 concurrent calls"),
        ({"capacity": Instances("ml.m5.large", 0)}, "at least one instance"),
        ({"capacity": Instances("ml.m5.large", 3, 2)}, "no more than its maximum"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_before_anything_is_made(here, tiny_bundle, change, sentence):
    with pytest.raises(CloudError, match=sentence):
        deployment.deploy(here, dataclasses.replace(Plan(tiny_bundle), **change))
    assert nothing_left(here)


def test_what_is_no_bundle_is_refused(here, tmp_path):
    with pytest.raises(BundleError):
        deployment.deploy(here, Plan(tmp_path))
    assert nothing_left(here)


def test_a_model_that_scores_otherwise_is_not_ready():
    found = Parity(20, 0.2, "a" * 64, "a" * 64)
    assert not found.passed
    assert found.sentence.startswith("Scores differ from this machine: max |Δp| 2.0e-01 over 20 reviews")
    assert not Parity(20, 0.0, "a" * 64, "b" * 64).passed
    assert Parity(20, LARGEST_DIFFERENCE, "a" * 64, "a" * 64).passed


def test_the_canary_is_twenty_different_reviews_of_every_length():
    reviews = parity.canary()
    assert len(set(reviews)) == len(reviews) == 20
    lengths = [len(review) for review in reviews]
    assert lengths == sorted(lengths)
    assert lengths[0] < 30
    assert lengths[-1] > 500


@pytest.mark.parametrize(
    ("difference", "words"),
    [(0.0, "the same probabilities as here"), (1e-5, "here to 5 decimals"), (4.7e-9, "here to 8 decimals")],
)
def test_how_closely_an_endpoint_scores_is_said_in_decimals(difference, words):
    assert parity.in_words(difference).endswith(words)


def test_a_score_on_one_side_only_is_the_largest_difference():
    from sentiment.prediction import Prediction

    scored, unscored = Prediction("positive", 0.75, None, 1, 1, 0.0), Prediction("unscored", None, None, 0, 0, 0.0)
    assert parity._difference(scored, unscored) == 1.0
    assert parity._difference(unscored, unscored) == 0.0
    assert parity._difference(scored, dataclasses.replace(scored, probability=0.5)) == 0.25


def test_an_endpoint_that_scores_otherwise_than_the_bundle_runs_but_is_not_ready(here, tiny_bundle, monkeypatch):
    monkeypatch.setattr(parity, "compare", lambda *_: Parity(20, 0.2, "a" * 64, "a" * 64))
    with pytest.raises(CloudError, match=r"runs, but is not ready\. Scores differ from this machine"):
        deployment.deploy(here, Plan(tiny_bundle))
    [endpoint] = endpoints.all_endpoints(here)
    assert (endpoint.state, endpoint.ready) == ("in service", False)
    assert json.dumps([variant.parity for variant in endpoint.variants]) == "[null]"
