#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Measure the speeds in docs/benchmarks.md in one run and as ratios, since machines differ and are shared.

The last table shows which stages of scoring take the processor time, and how close that is to the processor's limit.
Start-up (loading libraries, the bundle and the other models, and training these) is excluded from every figure. The
other models need requirements-dev.txt.
"""

import argparse
import csv
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.research.comparators import COMPARATORS, Comparator
from scripts.research.results import BENCHMARKS, write_tables
from sentiment.data import datasets
from sentiment.data.datasets import Dataset
from sentiment.data.imdb_download import find_imdb
from sentiment.errors import DataError
from sentiment.system import capacity
from sentiment.system.command import run
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.text import tokenizer
from sentiment.text.cleaning import clean
from sentiment.text.tokenizer import Preset
from sentiment.training.loop.config import PRESETS

# The slow ones are timed on fewer reviews; all figures are in reviews per second.
_TUTORIAL_REVIEWS = 60
_LEXICON_REVIEWS = 600
_TRANSFORMER_REVIEWS = 32
_TRAINING_REVIEWS = 1_000
_REPEATS = 3
_TEXTS: tuple[Preset, ...] = ("modern", "classic")

Verdicts = Callable[[Sequence[str]], Iterable[object]]


@dataclass(frozen=True)
class Line:
    """A row of a table: what was measured, on how many reviews, and reviews per second."""

    name: str
    reviews: int
    speed: float


def main() -> int:
    """Parse the arguments, measure, and print the tables as Markdown or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=find_imdb(), help="the IMDb archive or a labelled table")
    parser.add_argument("--model", type=Path, default=SHIPPED_BUNDLE, help="the bundle; the shipped one when not given")
    parser.add_argument("--reviews", type=int, default=5_000, help="reviews to measure on (5,000)")
    parser.add_argument("--write", action="store_true", help="write the tables into the page instead")
    parser.add_argument("--page", type=Path, default=BENCHMARKS, help="the page (docs/benchmarks.md)")
    arguments = parser.parse_args()
    if arguments.data is None:
        raise DataError("The IMDb archive is not here; get it with scripts/get_imdb.py, or give --data PATH.")
    dataset = datasets.load(arguments.data)
    reviews = _sample(dataset, arguments.reviews)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = [
            _text_table(list(_text_lines(reviews, arguments.model, folder))),
            _score_table(list(_score_lines(reviews, arguments.model, dataset, folder))),
            _stage_table(arguments.model, reviews, folder),
            _training_sentence(dataset),
        ]
    if arguments.write:
        write_tables(arguments.page, {"speed": "\n\n".join(tables)})
    else:
        print("\n\n".join(tables))
    return 0


def _sample(dataset: Dataset, count: int) -> list[str]:
    examples = [*dataset.train, *dataset.test]
    random.Random(1).shuffle(examples)
    return [example.review for example in examples[:count]]


def _text_lines(reviews: list[str], model: Path, folder: Path) -> Iterable[Line]:
    """Time text processing alone, on one core, and compiled libraries on the same work."""
    from scripts.research.speed import compiled_text
    from scripts.research.tutorial import TutorialText
    from sentiment.model.predictor import Predictor

    table = _table(reviews, folder)
    for name, read in (("Python's reader", compiled_text.plain_rows), ("Arrow", compiled_text.arrow_rows)):
        yield _line(f"CSV to texts, {name}", reviews, partial(read, table), warm_up=partial(read, table))
    reader = Predictor.load(model, "cpu").reader
    yield _text_line("texts to ids, ours", reviews, compiled_text.plain_ids(reader))
    same = compiled_text.agreement(reviews, reader)
    name = f"texts to ids, Hugging Face tokenizers, {100 * same:.1f} % the same"
    yield _text_line(name, reviews, compiled_text.compiled_ids(reader.vocabulary))
    for preset in _TEXTS:
        yield _text_line(f"text, {preset}", reviews, _tokens_of(preset))
    yield _text_line("text, tutorial code", reviews[:_TUTORIAL_REVIEWS], TutorialText(folder).tokens)


def _text_line(name: str, reviews: list[str], work: Callable[[str], object]) -> Line:
    return _line(name, reviews, lambda: [work(review) for review in reviews], warm_up=lambda: work(reviews[0]))


def _tokens_of(preset: Preset) -> Callable[[str], Sequence[str]]:
    tokens = tokenizer.tokenizer(preset).tokens
    return lambda review: tokens(clean(review))


def _score_lines(reviews: list[str], model: Path, dataset: Dataset, folder: Path) -> Iterable[Line]:
    """Time complete runs from a CSV of reviews to a CSV with verdicts; ours is first, the tutorial's last."""
    import torch

    from scripts.research.transformer import DistilBertShape
    from scripts.research.tutorial import TutorialEndpoint, TutorialText

    threads = f"{torch.get_num_threads()} threads"
    yield from _our_lines(reviews, model, folder)
    for name in ("tf-idf", "fasttext"):
        yield _learnt_line(COMPARATORS[name], reviews, dataset, folder)
    for name in ("vader", "textblob"):
        comparator = COMPARATORS[name]
        yield _csv_line(f"{comparator.title}, 1 thread", reviews[:_LEXICON_REVIEWS], comparator.make().predict, folder)
    for precision in (torch.float32, torch.bfloat16) if _has_bf16() else (torch.float32,):
        name = f"DistilBERT's shape, random weights, {str(precision).removeprefix('torch.')}, {threads}"
        yield _csv_line(name, reviews[:_TRANSFORMER_REVIEWS], DistilBertShape(precision).predict, folder)
    endpoint = TutorialEndpoint(TutorialText(folder), reviews)
    name = f"tutorial code, random weights, {threads}"
    yield _csv_line(name, reviews[:_TUTORIAL_REVIEWS], lambda some: map(endpoint.verdict, some), folder)


def _our_lines(reviews: list[str], model: Path, folder: Path) -> Iterable[Line]:
    from scripts.research.speed.parallel_rate import measure

    table = _table(reviews, folder)
    for workers in sorted({1, capacity.cores()}, reverse=True):
        measured = measure(model, table, folder / "scored.csv", workers)
        memory = f", {measured.worker_bytes / 1e6:.0f} MB each" if measured.worker_bytes else ""
        noun = "process" if workers == 1 else "processes"
        name = f"score a table, {workers} {noun}, {measured.busy:.2f} cores at work{memory}"
        yield Line(name, len(reviews), measured.rows_per_second)


def _learnt_line(comparator: Comparator, reviews: list[str], dataset: Dataset, folder: Path) -> Line:
    """Time a comparator trained on the training part, and evaluate it on the test part if there is one."""
    classifier = comparator.make(**comparator.settings)
    classifier.fit([one.review for one in dataset.train], [one.label for one in dataset.train])
    name = f"{comparator.title}, 1 thread"
    if dataset.test:
        verdicts = classifier.predict([one.review for one in dataset.test])
        right = sum(int(verdict) == one.label for verdict, one in zip(verdicts, dataset.test, strict=True))
        name += f", accuracy {right / len(dataset.test):.3f}"
    return _csv_line(name, reviews, classifier.predict, folder)


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
    """Return the best of three passes: on a shared machine, the others include the load of other programs."""
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _text_table(lines: list[Line]) -> str:
    """Return the table of text processing; its last line is the tutorial code."""
    rows = [f"| {_line_cells(line, lines[-1])} |" for line in lines]
    return "\n".join(["| what | reviews | reviews/s | against the tutorial code |", "|---|---:|---:|---:|", *rows])


def _score_table(lines: list[Line]) -> str:
    """Return the table of complete runs; its first line is ours, its last the tutorial code."""
    header = "| CSV to CSV, start-up left out | reviews | reviews/s | against the tutorial code | ours against it |"
    rows = [f"| {_line_cells(line, lines[-1])} | {lines[0].speed / line.speed:,.1f}× |" for line in lines]
    return "\n".join([header, "|---|---:|---:|---:|---:|", *rows])


def _stage_table(model: Path, reviews: list[str], folder: Path) -> str:
    """Return the time of each of our stages, and how close the recurrence is to the processor's limit."""
    from scripts.research.stages import RECURRENCE, measure

    measured = measure(model, _table(reviews, folder), folder / "staged.csv")
    whole = sum(measured.seconds.values())
    rows = [
        f"| {stage} | {1e3 * seconds / len(reviews):.2f} | {100 * seconds / whole:.0f} % |"
        for stage, seconds in sorted(measured.seconds.items(), key=lambda item: -item[1])
    ]
    return "\n".join(
        [
            "| scoring a table in one process, processor time | ms a review | share |",
            "|---|---:|---:|",
            *rows,
            f"| together | {1e3 * whole / len(reviews):.2f} | |",
            "",
            f"The recurrence alone would allow {len(reviews) / measured.seconds[RECURRENCE]:,.0f} reviews a second and "
            f"core; {100 * measured.seconds[RECURRENCE] / whole:.0f} % of that is reached.",
            f"The {RECURRENCE} does {measured.recurrence_rate / 1e9:.0f} billion operations a second and core, padding "
            f"included: {100 * measured.recurrence_rate / measured.matrix_rate:.0f} % of the "
            f"{measured.matrix_rate / 1e9:.0f} billion",
            f"that products of large matrices reach there. {_bf16_sentence(model)}{_machine()}",
        ]
    )


def _bf16_sentence(model: Path) -> str:
    if not _has_bf16():
        return ""
    from scripts.research.stages import bf16_gain

    return f"In bf16 it would be {bf16_gain(model):.2f} times as fast. "


def _has_bf16() -> bool:
    """Whether this CPU has bf16 instructions; without them it is emulated and takes minutes per batch."""
    import torch

    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def _training_sentence(dataset: Dataset) -> str:
    """Return a sentence about the training speed on the best device here, relative to the device's limit."""
    from scripts.research.training_rate import measure

    config = PRESETS["modern"]
    tokens_of = _tokens_of(config.text)
    sample = random.Random(1).sample(dataset.train, min(_TRAINING_REVIEWS, len(dataset.train)))
    tokens = statistics.fmean(min(config.maximum_length, len(tokens_of(one.review))) for one in sample)
    measured = measure(dataset.train, tokens, config)
    return (
        f"Training at default settings learns from {measured.reviews:,.0f} reviews a second with {measured.device}, or "
        f"{measured.rate / 1e9:,.1f} billion operations\na second without padding: "
        f"{100 * measured.rate / measured.peak:.1f} % of the {measured.peak / 1e9:,.0f} billion that products of large "
        "matrices reach."
    )


def _machine() -> str:
    """Return a sentence about the machine that was measured and its load from other programs."""
    import torch

    threads, instructions = torch.get_num_threads(), torch.backends.cpu.get_cpu_capability()
    return f"Measured with {threads} threads and {instructions}; the load of the machine was {os.getloadavg()[0]:.1f}."


def _line_cells(line: Line, reference: Line) -> str:
    digits = 0 if line.speed >= 20 else 1
    return f"{line.name} | {line.reviews:,} | {line.speed:,.{digits}f} | {line.speed / reference.speed:,.1f}×"


if __name__ == "__main__":
    run(main)
