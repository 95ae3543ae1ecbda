"""Plan a batch transform: the bundle, the number and type of instances, and the expected cost."""

from dataclasses import dataclass
from pathlib import Path

from sentiment.cloud.aws import prices
from sentiment.errors import CloudError
from sentiment.model.bundle import Card
from sentiment.wording import opening

# Time until the first review is scored, to pull the image and load the model. An assumption, on the high side.
STARTUP_SECONDS = 240


@dataclass(frozen=True)
class Plan:
    """What scores, and where: a bundle, and a number of instances of one type.

    `image` is the URI of this project's own image in ECR, "" for AWS's; `role` is the ARN of the execution role, "" for
    the project's own role.
    """

    model: Path
    instance_type: str
    instances: int = 1
    role: str = ""
    image: str = ""

    def check(self) -> None:
        """Raise CloudError if the number of instances is out of range."""
        if not 1 <= self.instances <= 100:
            raise CloudError(f"A transform job has 1 to 100 instances, not {self.instances}.")


def price_in_words(region: str, rows: int, reviews_per_second: float | None, plan: Plan) -> str:
    """Describe the expected cost of scoring `rows` rows, as a sentence without its full stop.

    Each instance is assumed to score `reviews_per_second`, as returned by `pace`.
    """
    seconds = expected_seconds(rows, reviews_per_second, plan.instances)
    if seconds is None:
        hourly = prices.cost("transform", plan.instance_type, region, 3600, plan.instances)
        return f"{opening(prices.amount(hourly))} an hour; how long it takes is not known"
    return opening(prices.sentence("transform", plan.instance_type, region, seconds, plan.instances))


def pace(card: Card) -> float | None:
    """Return the reviews per second that the bundle scored on a CPU when it was created; None if not known."""
    speed = card.report.get("speed", {})
    return float(speed["reviews_per_second"]) if speed.get("device") == "cpu" else None


def expected_seconds(rows: int, reviews_per_second: float | None, instances: int) -> float | None:
    """Return the seconds that `rows` rows take on the instances together; None if the speed is not known."""
    return STARTUP_SECONDS + rows / reviews_per_second / instances if reviews_per_second else None


def seconds_here(rows: int, reviews_per_second: float | None) -> float | None:
    """Return the seconds that `rows` rows take on this machine; None if not known, or if a job may be faster."""
    seconds = rows / reviews_per_second if reviews_per_second else None
    return seconds if seconds is not None and seconds < STARTUP_SECONDS else None
