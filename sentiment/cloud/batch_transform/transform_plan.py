"""What a batch transform is to be: which bundle, on how many of which machines, and what that is going to cost."""

from dataclasses import dataclass
from pathlib import Path

from sentiment.cloud.aws import prices
from sentiment.errors import CloudError
from sentiment.model.bundle import Card
from sentiment.wording import opening

# Until the first review is scored: an image and a model are fetched and started. An assumption, on the high side.
STARTUP_SECONDS = 240


@dataclass(frozen=True)
class Plan:
    """What is to score, and where: a bundle, so many instances of a type.

    `image` is the address of our own image in ECR, "" for AWS's; `role` the ARN of the execution role, "" for ours.
    """

    model: Path
    instance_type: str
    instances: int = 1
    role: str = ""
    image: str = ""

    def check(self) -> None:
        """Raise CloudError when it cannot work."""
        if not 1 <= self.instances <= 100:
            raise CloudError(f"A transform job has 1 to 100 instances, not {self.instances}.")


def price_in_words(region: str, rows: int, reviews_per_second: float | None, plan: Plan) -> str:
    """What scoring so many rows is going to cost, as a sentence without its full stop.

    Each instance is taken to be as fast as `pace` says.
    """
    seconds = expected_seconds(rows, reviews_per_second, plan.instances)
    if seconds is None:
        hourly = prices.cost("transform", plan.instance_type, region, 3600, plan.instances)
        return f"{opening(prices.amount(hourly))} an hour; how long it takes is not known"
    return opening(prices.sentence("transform", plan.instance_type, region, seconds, plan.instances))


def pace(card: Card) -> float | None:
    """How many reviews a second the bundle scored on a processor when it was made; None when that is not known."""
    speed = card.report.get("speed", {})
    return float(speed["reviews_per_second"]) if speed.get("device") == "cpu" else None


def expected_seconds(rows: int, reviews_per_second: float | None, instances: int) -> float | None:
    """How long so many rows take on so many instances, each as fast as said; None when that is not known."""
    return STARTUP_SECONDS + rows / reviews_per_second / instances if reviews_per_second else None


def seconds_here(rows: int, reviews_per_second: float | None) -> float | None:
    """How long so many rows take this machine, as fast as said; None when that is unknown, or a job may be quicker."""
    seconds = rows / reviews_per_second if reviews_per_second else None
    return seconds if seconds is not None and seconds < STARTUP_SECONDS else None
