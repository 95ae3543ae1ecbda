#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Self-train a model on its own verdicts on reviews of an unseen kind, and store whether that helps.

Its confident predictions on unlabelled reviews are used as labels (self-training, Yarowsky 1995): states and phrases
are fitted to them, and a share of the result is added to the log-odds. Accuracy is measured on other reviews of the
kind.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
from scipy.special import expit

from scripts.research import results
from scripts.research.few_labels.measure_fine_tuning import accuracy, drawn, kinds_of
from sentiment.data.datasets import Example
from sentiment.model import bundle
from sentiment.model.predictor import Predictor
from sentiment.system.command import run
from sentiment.training.adaptation import evidence
from sentiment.training.adaptation.cross_validation import PRIORS, Prior
from sentiment.training.adaptation.evidence import STATES, Evidence, Floats
from sentiment.training.classifier import logistic_regression

_PRIORS = (PRIORS[1], PRIORS[3])
_SHARES = (0.5, 1.0)


@dataclass(frozen=True)
class Setting:
    """The prior variances of states and phrases, and the share of the fit that is added to the log-odds."""

    prior: Prior
    share: float

    @property
    def title(self) -> str:
        """Its name in the result."""
        return f"states {self.prior.states:g}, phrases {self.prior.phrases:g}, share {self.share:g}"


SETTINGS = [Setting(prior, share) for prior, share in itertools.product(_PRIORS, _SHARES)]


def main() -> int:
    """Parse the arguments, then measure kind by kind and print the path of the result."""
    arguments = _parser().parse_args()
    start = Predictor.load(arguments.model, "cpu")
    rows = []
    for kind, examples in kinds_of(arguments.reviews, arguments.kinds).items():
        for seed in arguments.seeds:
            draw = drawn(examples, arguments.size, seed)
            adapted = accuracies(start, draw.train, draw.test)
            rows.append({"kind": kind, "seed": seed, "start": accuracy(start, draw.test), "adapted": adapted})
            print(rows[-1], flush=True)
    means = {one.title: statistics.mean(row["adapted"][one.title] for row in rows) for one in SETTINGS}
    best = max(means, key=means.__getitem__)
    before = statistics.mean(row["start"] for row in rows)
    print(f"The start is right on {before:.4f}, the best setting ({best}) on {means[best]:.4f}.")
    result = {
        "start": start.name,
        "fingerprint": start.fingerprint,
        "size": arguments.size,
        "rows": rows,
        "mean_start": before,
        "means": means,
        "versions": results.versions(("torch", "scikit-learn")),
    }
    print(f"Stored {results.write(arguments.results, f'adapting-{arguments.size}', result)}.")
    return 0


def accuracies(start: Predictor, unlabelled: Sequence[Example], test: Sequence[Example]) -> dict[str, float]:
    """Return the accuracy on `test` by setting, after self-training on reviews whose labels are ignored."""
    found = evidence.found(start, [one.review for one in unlabelled])
    said = {prior: _imitation(start, found, prior) for prior in _PRIORS}
    return {one.title: accuracy(_changed(start, found, one.share * said[one.prior]), test) for one in SETTINGS}


def _imitation(start: Predictor, found: Evidence, prior: Prior) -> Floats:
    """Return the weights of states and phrases, one per column, fitted to the model's confident predictions."""
    probabilities, calibration = expit(found.verdicts), start.bundle.config.calibration
    decided = calibration.decided(probabilities)
    variances = np.full(found.columns.shape[1], prior.phrases)
    variances[STATES : STATES + len(found.middle)] = prior.states
    variances[:STATES] = 0.0
    free = np.flatnonzero(variances)
    weights = np.zeros(len(variances))
    labels = (probabilities[decided] > 0.5).astype(np.float32)
    scales = np.sqrt(variances[free])
    weights[free] = logistic_regression.learn(found.columns[decided][:, free], labels, scales, penalty=1.0)
    return weights


def _changed(start: Predictor, found: Evidence, change: Floats) -> Predictor:
    weights, calibration = evidence.changed(start.bundle, found, change)
    config = replace(start.bundle.config, calibration=calibration)
    with tempfile.TemporaryDirectory() as folder:
        saved = bundle.save(Path(folder) / "model", config, start.bundle.vocabulary, weights, [], {})
        return Predictor(saved, start.device)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", type=Path, required=True, help="the bundle to start from, trained without these kinds"
    )
    parser.add_argument("--reviews", type=Path, required=True, help="folder of labelled tables, one per kind of goods")
    parser.add_argument("--kinds", nargs="+", required=True, metavar="KIND", help="the tables to draw from")
    parser.add_argument("--size", type=int, default=1_000, help="reviews without labels (1000)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3], help="one draw each")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of results (docs/results)")
    return parser


if __name__ == "__main__":
    run(main)
