#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Measure what each step from films to reviews of anything gains: one table of docs/model.md.

Each row continues from the model of films for one pass and changes one thing compared with the row before; the network
alone is evaluated, without phrases. A share of the training data is enough to separate the steps.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from scripts.research import results
from scripts.research.reviews import corpus, kinds_report, lessons, student
from scripts.research.reviews.build_bundle import SETTINGS, fitted_to, network_of
from scripts.research.reviews.corpus import Corpus
from scripts.research.reviews.kinds_report import Scored
from scripts.research.reviews.material import Amounts
from scripts.research.reviews.student import Reading
from sentiment.data.review_folder import RatedReview
from sentiment.errors import DataError
from sentiment.model import bundle
from sentiment.model.bundle import Weights
from sentiment.model.calibration import Calibration
from sentiment.system.command import run
from sentiment.text.vocabulary import UNKNOWN
from sentiment.training.classifier import starting_point
from sentiment.training.classifier.task import Examples
from sentiment.training.loop.config import TrainConfig

_SEED = 1

Item = TypeVar("Item")


@dataclasses.dataclass(frozen=True)
class Step:
    """One row: its name, what it changes, its training data (None for no training), and its initial weights."""

    name: str
    change: str
    learnt: Examples | None
    first: Weights


def main() -> int:
    """Parse, then train and evaluate one row after another."""
    arguments = _parser().parse_args()
    torch.set_flush_denormal(True)
    found = corpus.load(arguments.archive, arguments.reviews, arguments.hold_out)
    start = bundle.load(arguments.start)
    words = student.vocabulary(start, found)
    reading = Reading(words, start, found)
    said, vectors = _teacher_says(arguments.verdicts, found)
    given = starting_point.load(str(arguments.start)).laid_over(SETTINGS)
    settings = dataclasses.replace(given, start=str(arguments.start), text=student.TEXT, vocabulary_size=len(words))
    first = student.first_weights(start, words, vectors)
    for number, step in enumerate(_steps(found, reading, said, first, len(start.vocabulary), arguments.share)):
        result = {**_judged(step, settings, found, reading), "number": number, "share": arguments.share}
        print(f"Stored {results.write(arguments.results, f'steps-{number}', result)}.", flush=True)
    return 0


def _teacher_says(path: Path, found: Corpus) -> tuple[dict[str, float], NDArray[np.float32]]:
    """Return the teacher's probability of positive by text, and its word vectors."""
    texts = lessons.unjudged(found, Amounts())
    with np.load(path) as stored:
        logits, vectors = stored["logits"][:, 0], stored["words"].astype(np.float32)
    if len(logits) != len(texts):
        raise DataError(f"{path} has verdicts on {len(logits):,} texts, and there are {len(texts):,} to judge.")
    judged = np.isfinite(logits)
    probabilities = expit(logits.astype(np.float32))
    return {text: float(p) for text, p, ok in zip(texts, probabilities, judged, strict=True) if ok}, vectors


def _steps(
    found: Corpus, reading: Reading, said: dict[str, float], first: Weights, known: int, share: float
) -> Iterator[Step]:
    """Yield the rows: films, other kinds' labels, the teacher on reviews, on sentences, and its vectors."""
    dice = np.random.default_rng(_SEED)
    reviews = [one for kind in found.met.values() for one in kind.train]
    whole = {one.review for one in reviews}
    others = [text for text in said if text not in whole]
    reviews, others = _some(reviews, share, dice), _some(others, share, dice)
    films = _some(found.film_train, share, dice)
    of_films = student.of_reviews([RatedReview(one.review, one.label, None) for one in films], reading, {})
    labels = of_films.joined(student.of_reviews(reviews, reading, {}))
    softened = of_films.joined(student.of_reviews(reviews, reading, said))
    sentences = softened.extended(reading.ids(others), np.array([said[text] for text in others], np.float32))
    plain = {**first, "embedding.weight": first["embedding.weight"].copy()}
    plain["embedding.weight"][known:] = plain["embedding.weight"][UNKNOWN]
    yield Step("films", "the model of films, without its phrases", None, plain)
    yield Step("labels", "labelled reviews of other kinds", labels, plain)
    yield Step("teacher on reviews", "the teacher's probabilities count half, labels half", softened, plain)
    yield Step(
        "teacher on sentences", "single sentences and rewordings, with the teacher's probabilities", sentences, plain
    )
    yield Step("teacher's vectors", "vectors of new words start as projections of the teacher's", sentences, first)


def _some(items: Sequence[Item], share: float, dice: np.random.Generator) -> list[Item]:
    return [items[place] for place in np.sort(dice.permutation(len(items))[: round(share * len(items))])]


def _judged(step: Step, settings: TrainConfig, found: Corpus, reading: Reading) -> results.Result:
    """Train a row and return its balanced accuracies on films and on other kinds."""
    started = time.process_time()
    weights = step.first
    if step.learnt:
        weights, _ = fitted_to(settings, step.learnt, kinds_report.validation(found, reading), weights)
        weights["embedding.weight"][reading.alike] = weights["embedding.weight"][UNKNOWN]
    seconds = time.process_time() - started
    network = network_of(settings, weights)
    held_back = kinds_report.scored(network, reading, kinds_report.held_back(found))
    films = held_back.pop(kinds_report.FILMS)
    never_met = kinds_report.scored(network, reading, found.never_met)
    parts = {"films": {kinds_report.FILMS: films}, "met": held_back, "never_met": never_met}
    accuracy = {part: _balanced_accuracy(kinds) for part, kinds in parts.items()}
    texts = len(step.learnt.readings) if step.learnt else 0
    return {"name": step.name, "change": step.change, "texts": texts, "seconds": seconds, **accuracy}


def _balanced_accuracy(kinds: Mapping[str, Scored]) -> float | None:
    """Return the mean balanced accuracy over kinds; None if each of them has too few reviews of a label."""
    if not any(one.tells for one in kinds.values()):
        return None
    accuracy: float = kinds_report.card(kinds, Calibration())["balanced_accuracy"]
    return accuracy


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="the IMDb archive")
    parser.add_argument("--reviews", type=Path, required=True, help="folder of labelled tables, one per kind of goods")
    parser.add_argument("--hold-out", nargs="+", required=True, metavar="KIND", help="tables not to train on")
    parser.add_argument("--start", type=Path, required=True, help="the bundle of films")
    parser.add_argument("--verdicts", type=Path, required=True, help="what judge_reviews.py run wrote")
    parser.add_argument("--share", type=float, default=0.2, help="share of the training data to use (0.2)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of results (docs/results)")
    return parser


if __name__ == "__main__":
    run(main)
