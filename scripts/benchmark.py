#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Measure the speeds that the README shows, in one run and as ratios, since machines differ and are shared.

Start-up (loading torch and the bundle) is left out of every figure.
"""

import argparse
import csv
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sentiment import datasets, text
from sentiment.command import run
from sentiment.config import Preset
from sentiment.errors import DataError
from sentiment.imdb_download import find_imdb
from sentiment.stop_words import STOP_WORDS
from sentiment.storage import SHIPPED_BUNDLE

# The slow ones are timed on fewer reviews; all figures are reviews a second.
_TUTORIAL_REVIEWS = 60
_REPEATS = 3
PRESETS: tuple[Preset, ...] = ("modern", "classic")


@dataclass(frozen=True)
class Line:
    """A row of the table: what was measured, on how many reviews, and reviews a second."""

    name: str
    reviews: int
    speed: float


def main() -> int:
    """Parse, measure, print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=find_imdb(), help="the IMDb archive or a labelled table")
    parser.add_argument("--model", type=Path, default=SHIPPED_BUNDLE, help="the bundle; the shipped one when not given")
    parser.add_argument("--reviews", type=int, default=5_000, help="reviews to measure on (5,000)")
    arguments = parser.parse_args()
    if arguments.data is None:
        raise DataError("The IMDb archive is not here; get it with scripts/get_imdb.py, or give --data PATH.")
    reviews = _sample(arguments.data, arguments.reviews)
    with tempfile.TemporaryDirectory() as folder:
        lines = [*_text_lines(reviews, Path(folder)), *_score_lines(reviews, arguments.model, Path(folder))]
    _print(lines)
    return 0


def _sample(path: Path, count: int) -> list[str]:
    dataset = datasets.load(path)
    examples = [*dataset.train, *dataset.test]
    random.Random(1).shuffle(examples)
    return [example.review for example in examples[:count]]


def _text_lines(reviews: list[str], folder: Path) -> Iterable[Line]:
    for preset in PRESETS:
        yield _measured(f"text, {preset}", reviews, _tokens_of(preset))
    tutorial = _tutorial_tokens(folder)
    yield _measured("text, tutorial code", reviews[:_TUTORIAL_REVIEWS], tutorial)


def _tokens_of(preset: Preset) -> Callable[[str], object]:
    tokens = text.tokenizer(preset).tokens
    return lambda review: tokens(text.clean(review))


def _tutorial_tokens(folder: Path) -> Callable[[str], list[str]]:
    """Return what the tutorials do to a review: they ask NLTK for the stop list once a word, and it reads the file."""
    import nltk.data
    from bs4 import BeautifulSoup
    from nltk.corpus.reader import WordListCorpusReader
    from nltk.stem.porter import PorterStemmer

    (folder / "english").write_text("\n".join(sorted(STOP_WORDS)) + "\n", encoding="utf-8")
    nltk.data.path.append(str(folder))  # NLTK reads only below its own folders
    corpus = WordListCorpusReader(str(folder), ["english"])
    stemmer = PorterStemmer()

    def tokens(review: str) -> list[str]:
        plain = BeautifulSoup(review, "html.parser").get_text()
        words = re.sub(r"[^a-zA-Z0-9]", " ", plain.lower()).split()
        return [stemmer.stem(word) for word in words if word not in corpus.words("english")]

    return tokens


def _score_lines(reviews: list[str], model: Path, folder: Path) -> Iterable[Line]:
    import torch

    from sentiment.predictor import Predictor
    from sentiment.scoring import score_table
    from sentiment.tables import ReadOptions, inspect

    predictor = Predictor.load(model, "cpu")
    table, output = folder / "reviews.csv", folder / "scored.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["review"], *([review] for review in reviews)])
    name = f"score a table, CSV to CSV, {torch.get_num_threads()} threads"
    predictor.score(reviews[:64])
    seconds = _best_seconds(lambda: score_table(inspect(table, ReadOptions()), predictor, output, restart=True))
    yield Line(name, len(reviews), len(reviews) / seconds)


def _measured(name: str, reviews: list[str], work: Callable[[str], object]) -> Line:
    """Time `work` on each review, on one core."""
    work(reviews[0])
    seconds = _best_seconds(lambda: [work(review) for review in reviews])
    return Line(name, len(reviews), len(reviews) / seconds)


def _best_seconds(work: Callable[[], object]) -> float:
    """Time the best of three passes: on a shared machine the others measure the neighbours."""
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _print(lines: list[Line]) -> None:
    reference = next(line.speed for line in lines if line.name == "text, tutorial code")
    print("| what | reviews | reviews/s | against the tutorial code |")
    print("|---|---:|---:|---:|")
    for line in lines:
        print(f"| {line.name} | {line.reviews:,} | {line.speed:,.0f} | {line.speed / reference:,.1f}× |")


if __name__ == "__main__":
    run(main)
