#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Measure the speeds that the README shows, in one run and as ratios, since machines differ and are shared.

Start-up (loading libraries, the bundle and the other models, and training these) is left out of every figure.
The other models need requirements-dev.txt.
"""

import argparse
import csv
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.evidence.comparators import COMPARATORS
from sentiment import datasets, text
from sentiment.command import run
from sentiment.config import Preset
from sentiment.datasets import Dataset
from sentiment.errors import DataError
from sentiment.imdb_download import find_imdb
from sentiment.storage import SHIPPED_BUNDLE

# The slow ones are timed on fewer reviews; all figures are reviews a second.
_TUTORIAL_REVIEWS = 60
_LEXICON_REVIEWS = 600
_TRANSFORMER_REVIEWS = 32
_REPEATS = 3
PRESETS: tuple[Preset, ...] = ("modern", "classic")

Verdicts = Callable[[Sequence[str]], Iterable[object]]


@dataclass(frozen=True)
class Line:
    """A row of a table: what was measured, on how many reviews, and reviews a second."""

    name: str
    reviews: int
    speed: float


def main() -> int:
    """Parse, measure, print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=find_imdb(), help="the IMDb archive or a labelled table")
    parser.add_argument("--model", type=Path, default=SHIPPED_BUNDLE, help="the bundle; the shipped one when not given")
    parser.add_argument("--reviews", type=int, default=5_000, help="reviews to measure on (5,000)")
    arguments = parser.parse_args()
    if arguments.data is None:
        raise DataError("The IMDb archive is not here; get it with scripts/get_imdb.py, or give --data PATH.")
    dataset = datasets.load(arguments.data)
    reviews = _sample(dataset, arguments.reviews)
    with tempfile.TemporaryDirectory() as folder:
        text_lines = list(_text_lines(reviews, Path(folder)))
        score_lines = list(_score_lines(reviews, arguments.model, dataset, Path(folder)))
    _print(text_lines, score_lines)
    return 0


def _sample(dataset: Dataset, count: int) -> list[str]:
    examples = [*dataset.train, *dataset.test]
    random.Random(1).shuffle(examples)
    return [example.review for example in examples[:count]]


def _text_lines(reviews: list[str], folder: Path) -> Iterable[Line]:
    """Time the text part alone, on one core."""
    from scripts.evidence.tutorial import TutorialText

    for preset in PRESETS:
        yield _text_line(f"text, {preset}", reviews, _tokens_of(preset))
    yield _text_line("text, tutorial code", reviews[:_TUTORIAL_REVIEWS], TutorialText(folder).tokens)


def _text_line(name: str, reviews: list[str], work: Callable[[str], object]) -> Line:
    return _line(name, reviews, lambda: [work(review) for review in reviews], warm_up=lambda: work(reviews[0]))


def _tokens_of(preset: Preset) -> Callable[[str], object]:
    tokens = text.tokenizer(preset).tokens
    return lambda review: tokens(text.clean(review))


def _score_lines(reviews: list[str], model: Path, dataset: Dataset, folder: Path) -> Iterable[Line]:
    """Time whole ways from a CSV of reviews to a CSV with verdicts; ours comes first, the tutorial's last."""
    import torch

    from scripts.evidence.transformer import DistilBertShape
    from scripts.evidence.tutorial import TutorialEndpoint, TutorialText

    threads = f"{torch.get_num_threads()} threads"
    yield _our_line(f"score a table, {threads}", reviews, model, folder)
    tf_idf = COMPARATORS["tf-idf"].make(**COMPARATORS["tf-idf"].settings)
    tf_idf.fit([one.review for one in dataset.train], [one.label for one in dataset.train])
    yield _csv_line("TF-IDF + logistic regression, 1 thread", reviews, tf_idf.predict, folder)
    for name in ("vader", "textblob"):
        comparator = COMPARATORS[name]
        yield _csv_line(f"{comparator.title}, 1 thread", reviews[:_LEXICON_REVIEWS], comparator.make().predict, folder)
    # Without instructions for it, bf16 is emulated and takes minutes a batch.
    has_bf16 = torch.cpu.get_capabilities().get("avx512_bf16", False)
    for precision in (torch.float32, torch.bfloat16) if has_bf16 else (torch.float32,):
        name = f"DistilBERT's shape, random weights, {str(precision).removeprefix('torch.')}, {threads}"
        yield _csv_line(name, reviews[:_TRANSFORMER_REVIEWS], DistilBertShape(precision).predict, folder)
    endpoint = TutorialEndpoint(TutorialText(folder), reviews)
    name = f"tutorial code, random weights, {threads}"
    yield _csv_line(name, reviews[:_TUTORIAL_REVIEWS], lambda some: map(endpoint.verdict, some), folder)


def _our_line(name: str, reviews: list[str], model: Path, folder: Path) -> Line:
    from sentiment.predictor import Predictor
    from sentiment.scoring import score_table
    from sentiment.tables import ReadOptions, inspect

    predictor = Predictor.load(model, "cpu")
    table, output = _table(reviews, folder), folder / "scored.csv"
    return _line(
        name,
        reviews,
        lambda: score_table(inspect(table, ReadOptions()), predictor, output, restart=True),
        warm_up=lambda: predictor.score(reviews[:64]),
    )


def _csv_line(name: str, reviews: list[str], verdicts: Verdicts, folder: Path) -> Line:
    table, output = _table(reviews, folder), folder / "verdicts.csv"
    return _line(
        name, reviews, lambda: _through_csv(table, output, verdicts), warm_up=lambda: list(verdicts(reviews[:2]))
    )


def _table(reviews: list[str], folder: Path) -> Path:
    path = folder / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["review"], *([review] for review in reviews)])
    return path


def _through_csv(table: Path, output: Path, verdicts: Verdicts) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        reviews = [row["review"] for row in csv.DictReader(file)]
    with output.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["review", "sentiment"], *zip(reviews, verdicts(reviews), strict=True)])


def _line(name: str, reviews: list[str], work: Callable[[], object], warm_up: Callable[[], object]) -> Line:
    warm_up()
    return Line(name, len(reviews), len(reviews) / _best_seconds(work))


def _best_seconds(work: Callable[[], object]) -> float:
    """Time the best of three passes: on a shared machine the others measure the neighbours."""
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _print(text_lines: list[Line], score_lines: list[Line]) -> None:
    """Print a table of each; the last line of each is the tutorial code, the first of the second is ours."""
    print("| what | reviews | reviews/s | against the tutorial code |")
    print("|---|---:|---:|---:|")
    for line in text_lines:
        print(f"| {_told(line, text_lines[-1])} |")
    print("\n| CSV to CSV, start-up left out | reviews | reviews/s | against the tutorial code | ours against it |")
    print("|---|---:|---:|---:|---:|")
    for line in score_lines:
        print(f"| {_told(line, score_lines[-1])} | {score_lines[0].speed / line.speed:,.1f}× |")


def _told(line: Line, reference: Line) -> str:
    digits = 0 if line.speed >= 20 else 1
    return f"{line.name} | {line.reviews:,} | {line.speed:,.{digits}f} | {line.speed / reference.speed:,.1f}×"


if __name__ == "__main__":
    run(main)
