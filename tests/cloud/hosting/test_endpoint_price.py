"""The cost of an endpoint, in sentences."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from sentiment.cloud.aws import prices
from sentiment.cloud.hosting import endpoint_price
from sentiment.cloud.hosting.endpoints import Endpoint, Instances, Serverless, Variant
from sentiment.cloud.hosting.models import RegisteredModel
from sentiment.model import bundle
from sentiment.system.storage import SHIPPED_BUNDLE

LARGE = prices.hourly("hosting", "ml.m5.large", "us-east-1")


@pytest.fixture
def card():
    return bundle.describe(SHIPPED_BUNDLE)


def endpoint(*capacities, state="in service", hours=2.0, billed=True):
    model = RegisteredModel("m", "image", "role", "bundle", "f" * 64, None)
    variants = tuple(Variant(name, model, each, 0.5, None) for name, each in zip("AB", capacities, strict=False))
    created = datetime.now(UTC) - timedelta(hours=hours)
    return Endpoint("e", "arn", "c", state, "", created, None, variants, billed, "arn:aws:iam::1:user/ada")


def test_instances_cost_by_the_hour_until_their_end(card):
    said = endpoint_price.before(Instances("ml.m5.large", 2), "us-east-1", 3, card)
    assert said == f"About ${6 * LARGE:.2f}: 3 h on 2 × ml.m5.large, until it is deleted automatically."
    said = endpoint_price.before(Instances("ml.m5.large", 1, 4), "us-east-1", 1, card)
    assert said.endswith(f"; {prices.amount(LARGE)} an hour for each of up to 4.")


def test_serverless_costs_by_the_work_as_fast_as_the_model_was_found_to_be(card):
    said = endpoint_price.before(Serverless(), "us-east-1", 2, card)
    assert said.startswith("Free when idle, and about $")
    assert said.endswith(
        "for a million reviews in calls with many reviews each; it is deleted automatically after 2 h."
    )
    speed = card.report["speed"]
    slower = dataclasses.replace(
        card, report={"speed": speed | {"reviews_per_second": speed["reviews_per_second"] / 9}}
    )
    assert dollars(endpoint_price.before(Serverless(), "us-east-1", 2, slower)) > 4 * dollars(said)


def dollars(said):
    return float(said.partition("$")[2].split()[0])


@pytest.mark.parametrize("report", [{}, {"speed": {"reviews_per_second": 9.0, "device": "cuda", "threads": 1}}])
def test_without_a_speed_on_a_processor_no_figure_is_made_up(card, report):
    said = endpoint_price.before(Serverless(), "us-east-1", 2, dataclasses.replace(card, report=report))
    assert said == "Free when idle, and a price per second of work; it is deleted automatically after 2 h."


def test_where_prices_are_not_known_that_is_said(card):
    assert "an unknown price" in endpoint_price.before(Serverless(), "atlantis-1", 2, card)
    assert "An unknown amount" in endpoint_price.before(Instances("ml.x.small"), "us-east-1", 2, card)


def test_a_running_endpoint_says_what_it_has_cost():
    assert endpoint_price.so_far(endpoint(Serverless()), "us-east-1") == "free when idle"
    both = endpoint(Instances("ml.m5.large"), Instances("ml.m5.large"))
    assert endpoint_price.hourly_cost(both, "us-east-1") == pytest.approx(2 * LARGE)
    assert endpoint_price.so_far(both, "us-east-1") == f"${4 * LARGE:.2f} so far, ${2 * LARGE:.2f} an hour"
    failed = endpoint(Instances("ml.m5.large"), state="failed", billed=False)
    assert endpoint_price.hourly_cost(failed, "us-east-1") == 0
    # OutOfService in AWS's terms, and billed all the same.
    paid = endpoint(Instances("ml.m5.large"), state="failed")
    assert endpoint_price.hourly_cost(paid, "us-east-1") == pytest.approx(LARGE)
    assert endpoint_price.so_far(endpoint(Instances("ml.x.small")), "us-east-1") == "an unknown amount"


def test_what_more_of_it_costs_is_said_before():
    one = endpoint(Instances("ml.m5.large", 2))
    assert endpoint_price.besides(one, "us-east-1") == f"A second model costs ${2 * LARGE:.2f} an hour more."
    assert endpoint_price.besides(one, "atlantis-1") == "A second model costs an unknown amount more."
    assert endpoint_price.for_hours(4, 0.5) == "$2.00"
    assert endpoint_price.for_hours(4, 0.0) == "by use"
    assert endpoint_price.for_hours(4, None) == "an unknown amount"


def test_a_deleted_endpoint_says_what_it_has_cost():
    assert endpoint_price.in_all(endpoint(Serverless()), "us-east-1") == "It has cost nothing except for its calls."
    by_the_hour = endpoint(Instances("ml.m5.large"), hours=10)
    assert endpoint_price.in_all(by_the_hour, "us-east-1") == f"It has cost ${10 * LARGE:.2f}."
    assert endpoint_price.in_all(by_the_hour, "atlantis-1") == "It has cost an unknown amount."


def test_scoring_costs_by_the_work_or_nothing_above_the_hours(card):
    by_use = endpoint_price.scoring(Serverless(), "us-east-1", card)
    assert by_use.startswith("about $")
    assert by_use in endpoint_price.before(Serverless(), "us-east-1", 2, card)
    assert endpoint_price.scoring(Serverless(), "us-east-1", None) == "a price per second of work"
    by_the_hour = endpoint_price.scoring(Instances("ml.m5.large"), "us-east-1", card)
    assert by_the_hour == f"{prices.amount(LARGE)} an hour for each instance, regardless of how much it scores"
