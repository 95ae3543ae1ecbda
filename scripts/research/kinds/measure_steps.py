#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Measure what each step from films to reviews of anything gives: rows of the ladder in docs/model.md.

Each row goes on from the model of films for one pass and changes one thing against the row before; the network is
judged alone, without phrases. A share of the material is enough to tell the steps apart.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Iterator, Sequence
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
    """A row: its name, what it changes, what it learns (None: nothing), and the weights that it begins with."""

    name: str
    change: str
    learnt: Examples | None
    first: Weights


def main() -> int:
    """Parse, then train and judge a row after the other."""
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
    """Give the rows: films, other kinds' labels, the teacher on reviews, on sentences, and its vectors."""
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
    yield Step("labels", "other kinds' labels", labels, plain)
    yield Step("teacher on reviews", "beside each label what the teacher says", softened, plain)
    yield Step("teacher on sentences", "single sentences and rewordings as the teacher judges them", sentences, plain)
    yield Step("teacher's vectors", "new words begin with the teacher's vectors", sentences, first)


def _some(items: Sequence[Item], share: float, dice: np.random.Generator) -> list[Item]:
    return [items[place] for place in np.sort(dice.permutation(len(items))[: round(share * len(items))])]


def _judged(step: Step, settings: TrainConfig, found: Corpus, reading: Reading) -> results.Result:
    """Train a row and return how it reads films and other kinds."""
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
    accuracy = {
        name: kinds_report.card(kinds, Calibration())["balanced_accuracy"]
        for name, kinds in (("films", {"films": films}), ("met", held_back), ("never_met", never_met))
    }
    texts = len(step.learnt.readings) if step.learnt else 0
    return {"name": step.name, "change": step.change, "texts": texts, "seconds": seconds, **accuracy}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="the IMDb archive")
    parser.add_argument("--reviews", type=Path, required=True, help="folder of labelled tables, one per kind of goods")
    parser.add_argument("--hold-out", nargs="+", required=True, metavar="KIND", help="tables not to learn from")
    parser.add_argument("--start", type=Path, required=True, help="the bundle of films")
    parser.add_argument("--verdicts", type=Path, required=True, help="what judge_reviews.py run wrote")
    parser.add_argument("--share", type=float, default=0.1, help="share of the material that is learnt (0.1)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of results (docs/results)")
    return parser


if __name__ == "__main__":
    run(main)
