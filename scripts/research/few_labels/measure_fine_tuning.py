#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Fine-tune a model on few reviews of an unseen kind, next to a linear model, and store the accuracies.

For each seed, a balanced sample of reviews is drawn to train on; the rest of the kind, balanced too, is the test set.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import torch

from scripts.research import results
from scripts.research.comparators import COMPARATORS
from sentiment.data import review_folder
from sentiment.data.datasets import Dataset, Example
from sentiment.errors import DataError
from sentiment.evaluation import metrics
from sentiment.model.predictor import Predictor
from sentiment.system.command import run
from sentiment.training.adaptation.run import AdaptationRun
from sentiment.training.loop.config import PRESETS
from sentiment.training.loop.fit import Listener

_SIZES = (50, 200, 1_000)
_MOST_JUDGED = 2_000


@dataclass(frozen=True)
class Draw:
    """Reviews of one kind to train on, and others to test on."""

    train: list[Example]
    test: list[Example]


def main() -> int:
    """Parse the arguments, then measure kind by kind and print the path of the result."""
    arguments = _parser().parse_args()
    start = Predictor.load(arguments.model, "cpu")
    rows = []
    for kind, examples in kinds_of(arguments.reviews, arguments.kinds).items():
        for size in arguments.sizes:
            for seed in arguments.seeds:
                rows.append({"kind": kind, "size": size, "seed": seed, **_figures(start, drawn(examples, size, seed))})
                print(rows[-1], flush=True)
    result = {
        "name": arguments.name,
        "start": start.name,
        "fingerprint": start.fingerprint,
        "title": arguments.title or start.name,
        "rows": rows,
        "threads": torch.get_num_threads(),
        "versions": results.versions(("torch", "scikit-learn")),
    }
    print(f"Stored {results.write(arguments.results, f'fine-tuning-{arguments.name}', result)}.")
    return 0


def kinds_of(folder: Path, kinds: Sequence[str]) -> dict[str, list[Example]]:
    """Return the labelled reviews of some tables in a folder, by kind, and print what is left out of the folder.

    Raises:
        DataError: one of them does not exist.
    """
    found = review_folder.load(folder)
    for problem in found.problems:
        print(problem, file=sys.stderr)
    if missing := sorted(set(kinds) - found.kinds.keys()):
        raise DataError(f"{folder} has no table {', '.join(missing)}; it has {', '.join(found.kinds)}.")
    return {
        kind: [Example(one.review, one.label) for one in found.kinds[kind] if one.label is not None] for kind in kinds
    }


def drawn(examples: Sequence[Example], size: int, seed: int) -> Draw:
    """Draw `size` reviews to train on and up to 2,000 others to test on, both balanced.

    Raises:
        DataError: there are too few.
    """
    generator = np.random.default_rng([seed, size])
    train: list[Example] = []
    test: list[Example] = []
    by_label = [[one for one in examples if one.label == label] for label in (0, 1)]
    half = size // 2
    left = min(len(of_label) for of_label in by_label) - half
    if left < 1:
        raise DataError(f"There are too few reviews of a label to draw {size} and test on others.")
    for of_label in by_label:
        order = [of_label[place] for place in generator.permutation(len(of_label))]
        train += order[:half]
        test += order[half : half + min(left, _MOST_JUDGED // 2)]
    return Draw(train, test)


def _figures(start: Predictor, draw: Draw) -> results.Result:
    """Return accuracy and processor time of the starting model, the adapted one and the linear one."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        config = replace(PRESETS["fine-tune"], start=str(start.bundle.directory), device="cpu")
        quiet = Listener(lambda row: None, lambda sentence: None, lambda: False)
        saved = AdaptationRun(Dataset(draw.train, [], "drawn"), config).finish(Path(folder) / "model", "mine", quiet)
        assert saved is not None
        seconds = time.process_time() - began
        fitted = Predictor.load(saved.directory, "cpu")
        fitted_accuracy = accuracy(fitted, draw.test)
    return {
        "judged": len(draw.test),
        "start": accuracy(start, draw.test),
        "fine_tuned": fitted_accuracy,
        "promised": saved.report["validation"]["accuracy"],
        "kept": saved.report["validation"]["bce"] == saved.report["before"]["bce"],
        "seconds": seconds,
        "tf_idf": _linear(draw),
    }


def accuracy(predictor: Predictor, test: Sequence[Example]) -> float:
    """Return the share of reviews that a model classifies correctly."""
    log_odds = predictor.log_odds([one.review for one in test]).astype(np.float32)
    return metrics.accuracy_of(log_odds, np.array([one.label for one in test], dtype=np.float32))


def _linear(draw: Draw) -> float:
    # With so few reviews, keeping phrases that occur only once is more accurate.
    model = COMPARATORS["tf-idf"].make(**{**COMPARATORS["tf-idf"].settings, "minimum_reviews": 1})
    model.fit([one.review for one in draw.train], [one.label for one in draw.train])
    said = model.predict([one.review for one in draw.test])
    return float(np.mean(said == np.array([one.label for one in draw.test])))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="name of the result")
    parser.add_argument(
        "--model", type=Path, required=True, help="the bundle to start from, trained without these kinds"
    )
    parser.add_argument("--title", help="its name in docs/model.md (its own name)")
    parser.add_argument("--reviews", type=Path, required=True, help="folder of labelled tables, one per kind of goods")
    parser.add_argument("--kinds", nargs="+", required=True, metavar="KIND", help="the tables to draw from")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(_SIZES), help="reviews to train on")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3], help="one draw each")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of results (docs/results)")
    return parser


if __name__ == "__main__":
    run(main)
