"""Describe an endpoint's cost in sentences: before it is created or extended, while it runs, and after its end."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sentiment.cloud.aws import prices
from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting import endpoints
from sentiment.cloud.hosting.endpoints import Asynchronous, Capacity, Endpoint, Instances, Serverless
from sentiment.errors import CloudError
from sentiment.model import bundle
from sentiment.model.bundle import Card
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.wording import duration, opening

# Memory, in megabytes, for which a serverless endpoint has about one processor; proportionally for other sizes.
_MEMORY_A_PROCESSOR = 2048
# Assumed size of a review and its prediction on the network, in bytes.
_REVIEW_BYTES = 1_500
# Number of reviews for a price that can be given in cents.
_MANY = 1_000_000


def before(capacity: Capacity, region: str, hours: float, card: Card) -> str:
    """Return the expected cost, such as "About $0.23: 2 h on ml.m5.large, until it is deleted automatically"."""
    if isinstance(capacity, Serverless):
        work = _work(capacity, region, card)
        return f"Free when idle, and {work}; it is deleted automatically after {duration(hours * 3600)}."
    if isinstance(capacity, Asynchronous):
        each = _hourly(capacity, region)
        return (
            f"Free while no requests wait, and {each} for each of up to {capacity.most} instances while they work and "
            f"for ten minutes afterwards; it is deleted automatically after {duration(hours * 3600)}."
        )
    words = prices.sentence("hosting", capacity.instance_type, region, hours * 3600, capacity.count)
    more = "" if capacity.most <= capacity.count else f"; {_hourly(capacity, region)} for each of up to {capacity.most}"
    return f"{opening(words)}, until it is deleted automatically{more}."


def scoring(capacity: Capacity, region: str, card: Card | None) -> str:
    """Return the cost of scoring, such as "about $0.08 for a million reviews in calls with many reviews each".

    Instances cost their hours only. `card` is that of the bundle that scores, None if it is not on this machine.
    """
    if isinstance(capacity, Serverless):
        return _work(capacity, region, card)
    if isinstance(capacity, Asynchronous):
        return f"{_hourly(capacity, region)} for each instance while it works"
    return f"{_hourly(capacity, region)} for each instance, regardless of how much it scores"


def scoring_through(account: Account, name: str, variant: str | None) -> str:
    """Return the cost of scoring by the endpoint of that name, as `scoring`; `variant` selects one, None means all.

    A caller may have permission to invoke the endpoint but not to describe it. Then all that can be said is that the
    price stated at its creation applies.
    """
    try:
        found = endpoints.find(account, name)
    except CloudError:
        return "the price stated at its creation"
    shipped = bundle.describe(SHIPPED_BUNDLE)
    asked = [each for each in found.variants if variant in (None, each.name)]
    cards = [shipped if each.model.fingerprint == shipped.fingerprint else None for each in asked]
    rates = [scoring(each.capacity, account.region, card) for each, card in zip(asked, cards, strict=True)]
    return " and ".join(dict.fromkeys(rates))


def so_far(endpoint: Endpoint, region: str) -> str:
    """Return an endpoint's past and current cost, such as "$0.12 so far, $0.12 an hour"."""
    hourly = hourly_cost(endpoint, region)
    if hourly == 0:
        return "free when idle"
    if hourly is None:
        return "an unknown amount"
    return f"{prices.amount(spent(endpoint, region))} so far, {prices.amount(hourly)} an hour"


def in_all(endpoint: Endpoint, region: str) -> str:
    """Return the total cost of a deleted endpoint, such as "It has cost $0.24."."""
    dollars = spent(endpoint, region)
    if dollars == 0:
        return "It has cost nothing except for its calls."
    return f"It has cost {prices.amount(dollars)}."


def spent(endpoint: Endpoint, region: str) -> float | None:
    """Return the dollars for an endpoint's instances so far, assuming constant capacity; None if not known."""
    hourly = hourly_cost(endpoint, region)
    hours = (datetime.now(UTC) - endpoint.created).total_seconds() / 3600
    return None if hourly is None else hourly * hours


def besides(endpoint: Endpoint, region: str) -> str:
    """Return the cost of adding a second model on the same number of instances."""
    return f"A second model costs {_an_hour(hourly_cost(endpoint, region))} more."


def for_hours(hours: float, hourly: float | None) -> str:
    """Format the cost of `hours` hours at `hourly` dollars: "$0.23", or "by use" if the hourly cost is 0."""
    return "by use" if hourly == 0 else prices.amount(None if hourly is None else hourly * hours)


def hourly_cost(endpoint: Endpoint, region: str) -> float | None:
    """Return dollars per hour for the instances of all variants, 0.0 without instances, None if not known."""
    return hourly_of((each.capacity for each in endpoint.variants), region) if endpoint.billed else 0.0


def hourly_of(capacities: Iterable[Capacity], region: str) -> float | None:
    """Return dollars per hour for these capacities, 0.0 without instances, None if a price is not known."""
    total = 0.0
    for capacity in capacities:
        if not isinstance(capacity, Serverless):
            price = prices.cost("hosting", capacity.instance_type, region, 3600, capacity.count)
            if price is None:
                return None
            total += price
    return total


def work_cost(capacity: Serverless, region: str, card: Card, reviews: int) -> float | None:
    """Return the dollars for reviews scored in large calls, at the bundle's measured speed; None if not known."""
    seconds = _work_seconds(capacity, card, reviews)
    if seconds is None:
        return None
    return prices.serverless_cost(region, capacity.memory, seconds, reviews * _REVIEW_BYTES)


def _work_seconds(capacity: Serverless, card: Card, reviews: int) -> float | None:
    """Return the seconds that a serverless endpoint takes for the reviews, None if the bundle's speed is not known.

    The speed was measured in batches, so the result holds for calls with many reviews each.
    """
    speed: dict[str, Any] | None = card.report.get("speed")
    if not speed or speed["device"] != "cpu":
        return None
    seconds: float = reviews * speed["threads"] / speed["reviews_per_second"] * _MEMORY_A_PROCESSOR / capacity.memory
    return seconds


def _work(capacity: Serverless, region: str, card: Card | None) -> str:
    if card is None or _work_seconds(capacity, card, _MANY) is None:
        return "a price per second of work"
    price = work_cost(capacity, region, card, _MANY)
    if price is None:
        return "an unknown price per second of work"
    # The speed was measured in batches: a single review takes longer than its share of a batch.
    return f"{prices.about(price)} for a million reviews in calls with many reviews each"


def _hourly(capacity: Instances | Asynchronous, region: str) -> str:
    return _an_hour(prices.hourly("hosting", capacity.instance_type, region))


def _an_hour(price: float | None) -> str:
    return f"{prices.amount(price)}{'' if price is None else ' an hour'}"
