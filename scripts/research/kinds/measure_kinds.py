#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Evaluate models on seen and unseen kinds of goods, and store the results for docs/model.md.

Lexicons and linear models get the same labels as the teacher and the shipped model: films and the training kinds,
without the held-out tables.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import torch
from numpy.typing import NDArray

from scripts.research import results
from scripts.research.comparators import COMPARATORS
from scripts.research.reviews import corpus, lessons, minilm, teacher
from scripts.research.reviews.corpus import Corpus, ReviewKind
from sentiment.model.predictor import Predictor
from sentiment.system.command import run

# With fewer reviews of a label, accuracy on the kind is not meaningful.
_MINIMUM_PER_LABEL = 15
_BUNDLE, _TEACHER = "bundle", "teacher"

_Row = TypeVar("_Row")

Verdicts = NDArray[np.bool_]
Judge = Callable[[Sequence[str]], Verdicts]


@dataclass(frozen=True)
class Measured:
    """A model with its title, its size in bytes if known, and the time it took to train."""

    title: str
    judge: Judge
    bytes: int | None = None
    seconds: float | None = None


def main() -> int:
    """Parse the arguments, then evaluate one model after the other and print the path of each result."""
    arguments = _parser().parse_args()
    found = corpus.load(arguments.archive, arguments.reviews, arguments.hold_out)
    for problem in found.problems:
        print(problem, file=sys.stderr)
    for name in arguments.names:
        result = {"name": name, **_figures(_measured(name, arguments, found), found, arguments.most)}
        print(f"Stored {results.write(arguments.results, f'kinds-{name}', result)}.", flush=True)
    return 0


def balanced_accuracy(judge: Judge, kinds: dict[str, ReviewKind], most: int) -> dict[str, float]:
    """Return the balanced accuracy (the mean of both classes' recalls) on each kind with enough reviews of both labels.

    At most `most` reviews of each kind are used, spread over its table.
    """
    found = {}
    for name, kind in kinds.items():
        labelled = _spread([one for one in kind.validation if one.label is not None], most)
        labels = np.array([one.label for one in labelled])
        if min((labels == label).sum() for label in (0, 1)) >= _MINIMUM_PER_LABEL:
            right = judge([one.review for one in labelled]) == (labels == 1)
            found[name] = float(np.mean([right[labels == label].mean() for label in (0, 1)]))
    return found


def _figures(model: Measured, found: Corpus, most: int) -> results.Result:
    never_met, met = (balanced_accuracy(model.judge, kinds, most) for kinds in (found.never_met, found.met))
    films = _spread(found.films.test, most)
    started = time.perf_counter()
    said = model.judge([one.review for one in films])
    seconds = time.perf_counter() - started
    return {
        "title": model.title,
        "never_met": {"mean": float(np.mean([*never_met.values()])), "kinds": never_met},
        "met": {"mean": float(np.mean([*met.values()])), "kinds": met},
        "films": {"accuracy": float((said == np.array([one.label == 1 for one in films])).mean()), "n": len(films)},
        "bytes": model.bytes,
        "learns_in_seconds": model.seconds,
        "films_per_second": len(films) / seconds,
        "most_of_a_kind": most,
        "threads": torch.get_num_threads(),
        "data": {"digest": found.digest},
    }


def _spread(rows: Sequence[_Row], most: int) -> Sequence[_Row]:
    return rows[:: -(-len(rows) // most) or 1]


def _measured(name: str, arguments: argparse.Namespace, found: Corpus) -> Measured:
    if name == _BUNDLE:
        return _bundle(arguments.model)
    if name == _TEACHER:
        return _teacher(arguments.teacher)
    comparator = COMPARATORS[name]
    model = comparator.make(**comparator.settings)
    examples = [(one.review, one.label) for one in found.film_train]
    for kind in found.met.values():
        examples += [(one.review, one.label) for one in kind.train if one.label is not None]
    started = time.process_time()
    model.fit([review for review, _ in examples], [label for _, label in examples])
    seconds = time.process_time() - started if comparator.settings else None
    return Measured(comparator.title, lambda reviews: np.asarray(model.predict(reviews)) == 1, seconds=seconds)


def _bundle(directory: Path) -> Measured:
    predictor = Predictor.load(directory, "cpu")
    size = sum(path.stat().st_size for path in directory.iterdir())
    return Measured(f"the model {predictor.name}", lambda reviews: predictor.log_odds(reviews) > 0, size)


def _teacher(weights: Path) -> Measured:
    model = minilm.load(weights)

    def judge(reviews: Sequence[str]) -> Verdicts:
        judged = teacher.judge(model, lessons.pieces(reviews), torch.device("cpu"), lambda _: None)
        return judged[:, 0] > 0

    return Measured("the teacher, MiniLM", judge, weights.stat().st_size)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    choices = (*COMPARATORS, _BUNDLE, _TEACHER)
    parser.add_argument("names", nargs="+", choices=choices, metavar="NAME", help=", ".join(choices))
    parser.add_argument("--archive", type=Path, required=True, help="the IMDb archive")
    parser.add_argument("--reviews", type=Path, required=True, help="folder of labelled tables, one per kind of goods")
    parser.add_argument("--hold-out", nargs="+", required=True, metavar="KIND", help="tables to hold out")
    parser.add_argument("--model", type=Path, help="the bundle to evaluate, for bundle")
    parser.add_argument("--teacher", type=Path, help="the weights saved by judge_reviews.py, for teacher")
    parser.add_argument(
        "--most", type=int, default=1_000_000, help="limit on the reviews evaluated per kind, for a slow model (all)"
    )
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of results (docs/results)")
    return parser


if __name__ == "__main__":
    run(main)
