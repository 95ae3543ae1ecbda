"""Measure the total memory of several processes that score a large table.

    python -m scripts.research.robustness.table_memory --data aclImdb_v1.tar.gz --rows 1000000 --write

All reviews differ: one in ten is a complete film review, the others are the beginning of one, as long as reviews of
goods. Memory is the proportional set size, which counts shared pages once.
"""

import argparse
import csv
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import psutil

from scripts.research import results
from scripts.research.robustness.same_bytes import begun
from sentiment.data import datasets
from sentiment.data.imdb_download import find_imdb
from sentiment.errors import DataError
from sentiment.system.command import run

_SECONDS_BETWEEN = 1.0
_WHOLE_ONE_IN, _BEGINNING = 10, 200  # rows, characters


@dataclass(frozen=True)
class Peak:
    """The peak memory in bytes: of all processes, of the one that reads and writes, and of each additional worker."""

    together: int
    parent: int
    worker: int
    seconds: float


def measure(table: Path, output: Path, workers: int) -> Peak:
    """Score the table and record the memory of all processes once a second."""
    started = time.monotonic()
    process = begun(table, output, workers)
    looks = []
    while process.poll() is None:
        looks.append(_look(process))
        time.sleep(_SECONDS_BETWEEN)
    if process.returncode:
        raise DataError(f"Scoring ended with exit code {process.returncode}.")
    together, parent, worker = (max(values) for values in zip(*looks, strict=True))
    return Peak(together, parent, worker, time.monotonic() - started)


def _look(process: "subprocess.Popen[bytes]") -> tuple[int, int, int]:
    """Return the memory of all processes, that of the first one, and the largest worker's unshared memory."""
    together = parent = worker = 0
    try:
        first = psutil.Process(process.pid)
        for each in [first, *first.children(recursive=True)]:
            memory = each.memory_full_info()
            together += memory.pss
            if each.pid == first.pid:
                parent = memory.pss
            elif each.ppid() != first.pid:
                worker = max(worker, memory.uss)
    except psutil.NoSuchProcess:  # it has just ended
        pass
    return together, parent, worker


def _reviews(texts: Sequence[str], rows: int) -> Iterator[str]:
    """Yield distinct reviews: each ends with the number of its row."""
    for row, text in enumerate(islice(cycle(texts), rows)):
        yield f"{text if row % _WHOLE_ONE_IN == 0 else text[:_BEGINNING]} {row}"


def _write_table(path: Path, reviews: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "review"])
        writer.writerows([row, review] for row, review in enumerate(reviews))


def sentence(rows: int, workers: int, peak: Peak) -> str:
    """Return the result as a sentence."""
    return (
        f"{rows:,} different reviews, scored from CSV to CSV in {workers} processes: {peak.together / 1e6:,.0f} MB of "
        f"memory at most in all processes together, {peak.parent / 1e6:,.0f} MB of them in the process that reads and "
        f"writes. A further worker adds at most {peak.worker / 1e6:,.0f} MB."
    )


def main() -> int:
    """Measure and print, or write the sentence into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=find_imdb(), help="the IMDb archive or a labelled table")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table (1,000,000)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"put the sentence into {results.BENCHMARKS.name}")
    arguments = parser.parse_args()
    if arguments.data is None:
        raise DataError("The IMDb archive is not here; get it with scripts/get_imdb.py, or give --data PATH.")
    texts = [one.review for one in datasets.load(arguments.data).train]
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "reviews.csv"
        _write_table(table, _reviews(texts, arguments.rows))
        peak = measure(table, Path(folder) / "scored.csv", arguments.workers)
    outcome = sentence(arguments.rows, arguments.workers, peak)
    if arguments.write:
        results.write_tables(results.BENCHMARKS, {"table-memory": outcome})
    print(outcome, f"({peak.seconds:.0f} s)")
    return 0


if __name__ == "__main__":
    run(main)
