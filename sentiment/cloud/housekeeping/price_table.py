"""Table of what each step on SageMaker costs for a number of reviews, available without an account."""

from collections.abc import Iterator
from dataclasses import dataclass

from sentiment.cloud.aws import prices
from sentiment.cloud.batch_transform import transform_plan
from sentiment.cloud.hosting import endpoint_price
from sentiment.cloud.hosting.endpoints import Serverless
from sentiment.cloud.publishing import api_price
from sentiment.errors import CloudError
from sentiment.model.bundle import Card
from sentiment.wording import duration

_HOUR = 3600.0
_TRAINED_ON = "ml.c5.2xlarge"
_SERVED_ON, _SERVED_HOURS = "ml.m5.large", 2
_TRANSFORMED_ON = (("ml.m5.xlarge", 1), ("ml.c5.xlarge", 10))


@dataclass(frozen=True)
class Step:
    """One row of the table: where it runs, seconds (None if charged by use or not known), and dollars."""

    name: str
    place: str
    seconds: float | None
    dollars: float | None


def steps(region: str, reviews: int, card: Card) -> Iterator[Step]:
    """Yield the steps possible with the bundle, and the cost of each way of scoring `reviews` reviews.

    Raises:
        CloudError: prices in that region are not known.
    """
    if prices.cost("training", _TRAINED_ON, region, _HOUR) is None:
        raise CloudError(f"Prices in {region} are not known. Name a region such as us-east-1 or eu-central-1.")
    yield Step("train", _TRAINED_ON, _HOUR, prices.cost("training", _TRAINED_ON, region, _HOUR))
    capacity = Serverless()
    work = endpoint_price.work_cost(capacity, region, card, reviews)
    yield Step("endpoint, by use, in large calls", str(capacity), None, work)
    seconds = _SERVED_HOURS * _HOUR
    yield Step("endpoint, by the hour", _SERVED_ON, seconds, prices.cost("hosting", _SERVED_ON, region, seconds))
    for instance_type, count in _TRANSFORMED_ON:
        place = f"{count} × {instance_type}"
        taken = transform_plan.expected_seconds(reviews, transform_plan.pace(card), count)
        dollars = None if taken is None else prices.cost("transform", instance_type, region, taken, count)
        yield Step("batch transform", place, taken, dollars)
    yield Step("public API, one call per review", "plus its endpoint", None, api_price.cost(region, reviews))


def lines(region: str, reviews: int, card: Card) -> list[str]:
    """Return the table as aligned text, under a line that states its assumptions."""
    known = prices.known_at(region)
    above = f"{reviews:,} reviews with the model {card.name}, list prices of {known} in {region}, before tax:"
    rows = [
        (step.name, step.place, "" if step.seconds is None else duration(step.seconds), prices.amount(step.dollars))
        for step in steps(region, reviews, card)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [above, *("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)]
