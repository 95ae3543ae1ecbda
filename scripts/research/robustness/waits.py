"""Measure how long a person waits: for a small table on the command line and in the dashboard, and for one review.

    python -m scripts.research.robustness.waits --write

Needs Chromium (`CHROMIUM` gives its command) and the packages of requirements-dev.txt.
"""

import argparse
import csv
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from scripts.research import results
from scripts.research.robustness import load
from scripts.research.robustness.same_bytes import begun
from sentiment.errors import DataError
from sentiment.jobs import registry
from sentiment.model.predictor import Predictor
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.training.classifier.short_sentences import sentences

_COMMAND_ROWS, _DASHBOARD_ROWS = 50, 3_000
_SENTENCES = 5
_MILLISECONDS = 120_000
_PAUSE = 0.05  # seconds between two reviews: a person who asks is not a loop
_METRICS = 4  # of the result page of a table without labels


@dataclass(frozen=True)
class Wait:
    """Seconds that were waited for the same thing, several times."""

    name: str
    seconds: Sequence[float]

    def line(self) -> str:
        """Return a row of the table, in milliseconds where it is short."""
        ordered = sorted(self.seconds)
        median, late = statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
        return f"| {self.name} | {len(ordered):,} | {_duration(ordered[0])} | {_duration(median)} | {_duration(late)} |"


def _duration(seconds: float) -> str:
    return f"{1_000 * seconds:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def command(folder: Path, times: int) -> Wait:
    """Time the command `score` on a small table, start-up included."""
    table = _table(folder / "small.csv", _COMMAND_ROWS, seed=0)
    return Wait(
        f"`score`, {_COMMAND_ROWS} rows, start-up included", [_command(table, folder / "out.csv") for _ in range(times)]
    )


def _command(table: Path, output: Path) -> float:
    started = time.perf_counter()
    process = begun(table, output, 2)
    if process.wait():
        raise DataError(f"Scoring ended with exit code {process.returncode}.")
    return time.perf_counter() - started


def one_review(folder: Path, times: int) -> list[Wait]:
    """Time one review in a process that has the model, alone and while a model is trained on all cores."""
    predictor = Predictor.load(SHIPPED_BUNDLE, "cpu")
    texts = _texts(times, seed=1)
    waits = [Wait("one review, nothing else running", _latencies(predictor, texts))]
    with load.training(folder) as job:
        while not any("train_bce" in line for line in job.last_lines()):
            time.sleep(1)
        waits.append(Wait("one review while a model is trained on all cores", _latencies(predictor, texts)))
        if not registry.load(job.directory).is_active:
            raise DataError(f"Training ended too early: {job.last_lines()}")
    return waits


def _latencies(predictor: Predictor, texts: Sequence[str]) -> list[float]:
    predictor.score(texts[:20])
    seconds = []
    for text in texts:
        time.sleep(_PAUSE)
        started = time.perf_counter()
        predictor.score([text])
        seconds.append(time.perf_counter() - started)
    return seconds


def dashboard(address: str, folder: Path, times: int) -> Wait:
    """Time a table in Chromium, from the click until its result page is drawn; each table is a new one."""
    chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(reduced_motion="reduce")
        page.set_default_timeout(_MILLISECONDS)
        page.goto(address)
        expect(page.get_by_role("heading", name="Score a review", level=1)).to_be_visible(timeout=_MILLISECONDS)
        seconds = [
            _in_browser(page, address, _table(folder / f"hotels-{number}.csv", _DASHBOARD_ROWS, seed=2 + number))
            for number in range(times)
        ]
        browser.close()
    return Wait(f"dashboard, {_DASHBOARD_ROWS:,} rows, from the click to the result page", seconds)


def _in_browser(page: Page, address: str, table: Path) -> float:
    page.goto(f"{address}/table")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(table)
    button = page.get_by_role("button", name=f"Score {_DASHBOARD_ROWS:,} rows")
    button.wait_for()
    time.sleep(2)  # a person reads what is on the page, and its server rests meanwhile
    started = time.perf_counter()
    button.click()
    page.wait_for_url(re.compile("/result"))
    expect(page.get_by_test_id("stMetric")).to_have_count(_METRICS, timeout=_MILLISECONDS)
    return time.perf_counter() - started


def _texts(count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    made = sentences(4_000, 0, [])
    return [f"Visit {n}. " + " ".join(text for text, _ in dice.sample(made, _SENTENCES)) for n in range(count)]


def _table(path: Path, rows: int, seed: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "review"], *enumerate(_texts(rows, seed))])
    return path


def main() -> int:
    """Measure, print the table or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="runs of the command and tables in the dashboard (5)")
    parser.add_argument("--reviews", type=int, default=500, help="reviews, each alone (500)")
    parser.add_argument("--write", action="store_true", help=f"put the table into {results.BENCHMARKS.name}")
    arguments = parser.parse_args()
    busy = f"The load of this machine with {os.cpu_count()} cores was {os.getloadavg()[0]:.1f} before."
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        os.environ["SENTIMENT_HOME"] = str(folder / "home")
        waits = [command(folder, arguments.times)]
        address = stack.enter_context(load.served(folder))
        waits.append(dashboard(address, folder, arguments.times))
        waits += one_review(folder, arguments.reviews)
    head = ["| waiting for | times | shortest | median | 99th percentile |", "|---|---:|---:|---:|---:|"]
    made = "\n".join([*head, *(wait.line() for wait in waits), "", busy])
    print(made)
    if arguments.write:
        results.write_tables(results.BENCHMARKS, {"waits": made})
    return 0


if __name__ == "__main__":
    sys.exit(main())
