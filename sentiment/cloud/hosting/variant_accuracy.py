"""Compare the accuracy of the models behind an endpoint on a labelled table that each of them scores."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting.endpoint_scorer import EndpointScorer
from sentiment.cloud.hosting.endpoints import Endpoint
from sentiment.data import labelled
from sentiment.errors import CloudError
from sentiment.evaluation import comparison
from sentiment.evaluation.comparison import Contest
from sentiment.evaluation.metrics import wilson_interval
from sentiment.wording import opening, tenths

MOST_REVIEWS = 1_000  # of the table, evenly spaced; the accuracy then has a standard error of about 1 percentage point


@dataclass(frozen=True)
class VariantAccuracy:
    """Accuracy of a variant, 0 to 1, with the 95 % interval (Wilson 1927)."""

    variant: str
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Accuracy of the variants on the same reviews, and for two of them their comparison."""

    reviews: int
    variants: tuple[VariantAccuracy, ...]
    contest: Contest | None

    @property
    def sentences(self) -> list[str]:
        """The result in words."""
        few = comparison.caution(self.reviews)
        cells = (
            [few]
            if few
            else [
                f"Variant {one.variant} was right for {tenths(one.accuracy)} of {self.reviews:,} reviews "
                f"(95 %: {tenths(one.low)} to {tenths(one.high)})."
                for one in self.variants
            ]
        )
        if self.contest:
            first, second = (f"variant {one.variant}" for one in self.variants)
            cells.append(opening(comparison.in_words(self.contest, first, second)))
        return cells


def measure(
    account: Account, endpoint: Endpoint, table: Path, report: Callable[[str], None] = lambda line: None
) -> Comparison:
    """Score the labelled reviews of a table with every variant, regardless of its share of the traffic.

    Raises:
        TableError, DataError: the table cannot be read, or has no labels.
        CloudError: the endpoint does not answer, or has no variant.
    """
    if not endpoint.variants:
        raise CloudError(f"The endpoint {endpoint.name} has no model.")
    found = labelled.load(table, to_learn=False)
    examples = [*found.train, *found.test]
    examples = examples[:: -(-len(examples) // MOST_REVIEWS)]
    right = []
    for variant in endpoint.variants:
        report(f"Scoring {len(examples):,} reviews with variant {variant.name}")
        scorer = EndpointScorer.open(account, endpoint.name, variant.name)
        predictions = scorer.score([example.review for example in examples])
        right.append(comparison.hits(predictions, [example.label for example in examples]))
    variants = [
        VariantAccuracy(variant.name, float(hits.mean()), *wilson_interval(int(hits.sum()), len(hits)))
        for variant, hits in zip(endpoint.variants, right, strict=True)
    ]
    return Comparison(len(examples), tuple(variants), comparison.contest(*right) if len(right) == 2 else None)
