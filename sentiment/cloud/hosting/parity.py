"""The canary: check that a model behind an endpoint scores as its bundle does on this machine.

An endpoint that answers pings may still be broken or serve another model; only its predictions show that.
"""

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting.asynchronous import open_scorer
from sentiment.prediction import Prediction
from sentiment.system.storage import SAMPLE_REVIEWS

CANARIES = 20
LARGEST_DIFFERENCE = 1e-5  # in probability, between two machines in fp32: the bundle's contract


@dataclass(frozen=True)
class Parity:
    """Result of a canary: `difference` is the largest |Δp| over the reviews, 1.0 if only one side gave a score.

    `fingerprint` is that of the model that answered, `expected` that of the local bundle.
    """

    reviews: int
    difference: float
    fingerprint: str
    expected: str

    @property
    def passed(self) -> bool:
        """Whether the model is the same and the scores agree."""
        return self.fingerprint == self.expected and self.difference <= LARGEST_DIFFERENCE

    @property
    def sentence(self) -> str:
        """The result in a sentence."""
        if self.fingerprint != self.expected:
            return f"The endpoint has another model: {self.fingerprint[:12]} instead of {self.expected[:12]}."
        found = f"max |Δp| {self.difference:.1e} over {self.reviews} reviews, model {self.fingerprint[:12]}"
        if self.passed:
            return f"Same scores as on this machine: {found}."
        return f"Scores differ from this machine: {found}; at most {LARGEST_DIFFERENCE:.0e} is allowed."


def compare(account: Account, endpoint: str, variant: str, directory: Path) -> Parity:
    """Score the canary reviews with a variant of an endpoint and with the bundle in `directory` on the local CPU.

    Raises:
        BundleError: the directory is not a complete bundle.
        CloudError: the endpoint does not answer.
    """
    from sentiment.model.predictor import Predictor  # imports torch

    predictor = Predictor.load(directory, "cpu")
    scorer = open_scorer(account, endpoint, variant)
    reviews = list(canary())
    pairs = zip(scorer.score(reviews), predictor.score(reviews), strict=True)
    difference = max(_difference(there, here) for there, here in pairs)
    return Parity(len(reviews), difference, scorer.fingerprint, predictor.fingerprint)


def in_words(difference: float) -> str:
    """Return in words how closely a model that passed scores as its bundle here.

    Example:
        >>> in_words(4.7e-9)
        'the same probabilities as here to 8 decimals'
    """
    same = "the same probabilities as here"
    return same if difference == 0 else f"{same} to {math.floor(-math.log10(difference))} decimals"


@cache
def canary() -> tuple[str, ...]:
    """Return the canary reviews: from the shortest to the longest of the sample table, evenly spaced."""
    with SAMPLE_REVIEWS.open(encoding="utf-8", newline="") as file:
        reviews = sorted({row["review"] for row in csv.DictReader(file)}, key=lambda text: (len(text), text))
    last = len(reviews) - 1
    return tuple(reviews[round(number * last / (CANARIES - 1))] for number in range(CANARIES))


def _difference(one: Prediction, other: Prediction) -> float:
    if one.probability is None or other.probability is None:
        return float(one.probability is not other.probability)
    return abs(one.probability - other.probability)
