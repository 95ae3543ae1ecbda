"""What an endpoint costs, in sentences: said before it is made or gets more, while it runs, and after its end."""

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

# A serverless endpoint has about one processor for this memory, in megabytes, and more or less in proportion.
_MEMORY_A_PROCESSOR = 2048
# What a review and its prediction weigh on their way, in bytes.
_REVIEW_BYTES = 1_500
# As many reviews as cost an amount that can be given in cents.
_MANY = 1_000_000


def before(capacity: Capacity, region: str, hours: float, card: Card) -> str:
    """What an endpoint is going to cost, such as "About $0.23: 2 h on ml.m5.large, until it ends by itself"."""
    if isinstance(capacity, Serverless):
        work = _work(capacity, region, card)
        return f"Free when idle, and {work}; it ends by itself after {duration(hours * 3600)}."
    if isinstance(capacity, Asynchronous):
        each = _hourly(capacity, region)
        return (
            f"Nothing while nothing waits to be scored, and {each} for each of up to {capacity.most} instances while "
            f"they work and for ten minutes after; it ends by itself after {duration(hours * 3600)}."
        )
    words = prices.sentence("hosting", capacity.instance_type, region, hours * 3600, capacity.count)
    more = "" if capacity.most <= capacity.count else f"; {_hourly(capacity, region)} for each of up to {capacity.most}"
    return f"{opening(words)}, until it ends by itself{more}."


def scoring(capacity: Capacity, region: str, card: Card | None) -> str:
    """What it costs to have an endpoint score: "about $0.08 for a million reviews in calls of many at once", or nothing
    above its hours.

    `card` is that of the bundle which scores, None where it is not on this machine.
    """
    if isinstance(capacity, Serverless):
        return _work(capacity, region, card)
    if isinstance(capacity, Asynchronous):
        return f"{_hourly(capacity, region)} for each instance while it works"
    return f"{_hourly(capacity, region)} for each instance, however much it scores"


def scoring_through(account: Account, name: str, variant: str | None) -> str:
    """What it costs to score through the endpoint of that name, as `scoring`; `variant` is the one asked, None for all.

    Who may ask an endpoint need not be allowed to look at it: then, that its price holds is all there is to say.
    """
    try:
        found = endpoints.find(account, name)
    except CloudError:
        return "what was said when it was made"
    shipped = bundle.describe(SHIPPED_BUNDLE)
    asked = [each for each in found.variants if variant in (None, each.name)]
    cards = [shipped if each.model.fingerprint == shipped.fingerprint else None for each in asked]
    rates = [scoring(each.capacity, account.region, card) for each, card in zip(asked, cards, strict=True)]
    return " and ".join(dict.fromkeys(rates))


def so_far(endpoint: Endpoint, region: str) -> str:
    """What an endpoint has cost and costs, such as "$0.12 so far, $0.12 an hour"."""
    hourly = hourly_cost(endpoint, region)
    if hourly == 0:
        return "free when idle"
    if hourly is None:
        return "a price we do not know"
    return f"{prices.amount(spent(endpoint, region))} so far, {prices.amount(hourly)} an hour"


def in_all(endpoint: Endpoint, region: str) -> str:
    """What an endpoint has cost that is deleted now, such as "It has cost $0.24."."""
    dollars = spent(endpoint, region)
    if dollars == 0:
        return "It has cost nothing but its calls."
    return f"It has cost {prices.amount(dollars)}."


def spent(endpoint: Endpoint, region: str) -> float | None:
    """Dollars for an endpoint's instances up to now, as if it had always had those of now; None: not known."""
    hourly = hourly_cost(endpoint, region)
    hours = (datetime.now(UTC) - endpoint.created).total_seconds() / 3600
    return None if hourly is None else hourly * hours


def besides(endpoint: Endpoint, region: str) -> str:
    """What a second model costs that is put beside an endpoint's only one, on as many instances again."""
    return f"A second model beside it costs {_an_hour(hourly_cost(endpoint, region))} more."


def for_hours(hours: float, hourly: float | None) -> str:
    """What so many hours cost of something that costs `hourly`: "$0.23", or "by use" for what costs nothing idle."""
    return "by use" if hourly == 0 else prices.amount(None if hourly is None else hourly * hours)


def hourly_cost(endpoint: Endpoint, region: str) -> float | None:
    """Dollars an hour for the instances of all variants, 0.0 when it has none, None when a price is not known."""
    return hourly_of((each.capacity for each in endpoint.variants), region) if endpoint.billed else 0.0


def hourly_of(capacities: Iterable[Capacity], region: str) -> float | None:
    """Dollars an hour for what serves an endpoint, 0.0 without instances, None when a price is not known."""
    total = 0.0
    for capacity in capacities:
        if not isinstance(capacity, Serverless):
            price = prices.cost("hosting", capacity.instance_type, region, 3600, capacity.count)
            if price is None:
                return None
            total += price
    return total


def work_cost(capacity: Serverless, region: str, card: Card, reviews: int) -> float | None:
    """Dollars for so many reviews by use, many in a call, by how fast the bundle was found to be; None: not known."""
    seconds = _work_seconds(capacity, card, reviews)
    if seconds is None:
        return None
    return prices.serverless_cost(region, capacity.memory, seconds, reviews * _REVIEW_BYTES)


def _work_seconds(capacity: Serverless, card: Card, reviews: int) -> float | None:
    """Return how long a serverless endpoint works on so many reviews, None when the bundle's speed is not known.

    The speed was measured in batches, so it holds for calls of many reviews at once.
    """
    speed: dict[str, Any] | None = card.report.get("speed")
    if not speed or speed["device"] != "cpu":
        return None
    seconds: float = reviews * speed["threads"] / speed["reviews_per_second"] * _MEMORY_A_PROCESSOR / capacity.memory
    return seconds


def _work(capacity: Serverless, region: str, card: Card | None) -> str:
    if card is None or _work_seconds(capacity, card, _MANY) is None:
        return "a price for each second of work"
    price = work_cost(capacity, region, card, _MANY)
    if price is None:
        return "a price that we do not know for each second of work"
    # That is how fast it is in batches: one review alone takes longer than its share of a batch.
    return f"{prices.about(price)} for a million reviews in calls of many at once"


def _hourly(capacity: Instances | Asynchronous, region: str) -> str:
    return _an_hour(prices.hourly("hosting", capacity.instance_type, region))


def _an_hour(price: float | None) -> str:
    return f"{prices.amount(price)}{'' if price is None else ' an hour'}"
