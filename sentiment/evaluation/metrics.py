"""Metrics of a model on labelled reviews: the figures of the report card."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.model.calibration import (
    Calibration,
    Floats,
    expected_calibration_error,
    logistic,
    reliability,
    risk_coverage,
)

# Number of points at which the risk-coverage curve is stored.
_CURVE_POINTS = 50


def report_card(log_odds: Floats, labels: NDArray[np.float32], calibration: Calibration) -> dict[str, Any]:
    """Return accuracy with its confidence interval, BCE, calibration and coverage as plain values.

    `log_odds` (reviews,) are calibrated, `labels` (reviews,) are 0 or 1; from `calibration`, only the uncertain band is
    used. The BCE is in nats.
    """
    probabilities = logistic(log_odds)
    predicted, actual = probabilities > 0.5, labels > 0.5
    right = int((predicted == actual).sum())
    low, high = wilson_interval(right, len(labels))
    decided = calibration.decided(probabilities)
    return {
        "reviews": len(labels),
        "accuracy": right / len(labels),
        "accuracy_low": low,
        "accuracy_high": high,
        "bce": bce_of(log_odds.astype(np.float32), labels),
        "ece": expected_calibration_error(probabilities, labels),
        "reliability": [asdict(one) for one in reliability(probabilities, labels)],
        "decided_share": float(decided.mean()),
        "decided_accuracy": float((predicted == actual)[decided].mean()) if decided.any() else None,
        "risk_coverage": _curve(probabilities, labels),
        "confusion": {
            "positive_as_positive": int((predicted & actual).sum()),
            "positive_as_negative": int((~predicted & actual).sum()),
            "negative_as_negative": int((~predicted & ~actual).sum()),
            "negative_as_positive": int((predicted & ~actual).sum()),
        },
    }


def bce_of(verdicts: NDArray[np.float32], labels: NDArray[np.float32]) -> float:
    """Return the mean binary cross-entropy, in nats, of logits (reviews,) against labels 0 or 1."""
    # log(1 + e^-z) for positives, log(1 + e^z) for negatives, without overflow.
    return float(np.logaddexp(0, np.where(labels > 0.5, -verdicts, verdicts).astype(np.float64)).mean())


def accuracy_of(verdicts: NDArray[np.float32], labels: NDArray[np.float32]) -> float:
    """Return the share of logits (reviews,) with the sign of their label."""
    return float(((verdicts > 0) == (labels > 0.5)).mean())


def star_card(expected: Floats, stars: Floats) -> dict[str, float | None]:
    """Return the mean absolute error, in stars, and Spearman's rank correlation between expected and given ratings.

    The correlation is None if all ratings are equal.
    """
    varied = len(np.unique(expected)) > 1 and len(np.unique(stars)) > 1
    return {
        "reviews": len(stars),
        "mean_error": float(np.abs(expected - stars).mean()),
        "spearman": float(np.corrcoef(_ranks(expected), _ranks(stars))[0, 1]) if varied else None,
    }


def wilson_interval(right: int, of: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a proportion (Wilson 1927), 0 to 1."""
    z = 1.959964
    share = right / of
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    # Exact where all or none are right: a rounding error would be shown as "< 1 %".
    return max(0.0, centre - reach) if right else 0.0, min(1.0, centre + reach) if right < of else 1.0


def _curve(probabilities: Floats, labels: NDArray[np.float32]) -> list[dict[str, float]]:
    coverage, accuracy, confidence = risk_coverage(probabilities, labels)
    points = np.unique(np.linspace(0, len(coverage) - 1, min(_CURVE_POINTS, len(coverage))).round().astype(int))
    return [
        {"coverage": float(coverage[i]), "accuracy": float(accuracy[i]), "confidence": float(confidence[i])}
        for i in points
    ]


def _ranks(values: Floats) -> Floats:
    """Return ranks from 0; ties share their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last: Floats = (np.cumsum(counts) - 1).astype(np.float64)
    return (last - (counts - 1) / 2)[place]
