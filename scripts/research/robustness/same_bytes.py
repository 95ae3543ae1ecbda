"""Score one table many times, in one to four processes and with kills, and compare the results byte by byte.

    python -m scripts.research.robustness.same_bytes --data aclImdb_v1.tar.gz --write

Half of the runs are killed once, at a random moment of scoring, and started again.
"""

import argparse
import csv
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scripts.research import results
from sentiment.data import datasets
from sentiment.data.imdb_download import find_imdb
from sentiment.errors import DataError
from sentiment.system.command import run
from sentiment.system.storage import PROJECT
from sentiment.wording import counted

_MOST_WORKERS = 4
_ENVIRONMENT = os.environ | {"PYTHONPATH": str(PROJECT)}


@dataclass(frozen=True)
class Run:
    """One result: the number of workers, the number of kills, and the digest of the scored table."""

    workers: int
    kills: int
    digest: str


def measure(table: Path, folder: Path, runs: int, kills: int, seed: int = 0) -> list[Run]:
    """Score the table `runs` times, with one to four workers in turn; `kills` of the runs are killed."""
    dice = random.Random(seed)
    seconds = _undisturbed(table, folder)
    killed = set(dice.sample(range(runs), kills))
    return [_one(table, folder, 1 + number % _MOST_WORKERS, number in killed, seconds, dice) for number in range(runs)]


def _undisturbed(table: Path, folder: Path) -> float:
    """Return the seconds that scoring the table takes, including start-up."""
    started = time.monotonic()
    _ended(begun(table, folder / "first.csv", 2))
    return time.monotonic() - started


def _one(table: Path, folder: Path, workers: int, is_killed: bool, seconds: float, dice: random.Random) -> Run:
    output = folder / "scored.csv"
    output.unlink(missing_ok=True)
    kills = 0
    while is_killed and not kills:
        process = begun(table, output, workers)
        try:
            process.wait(timeout=dice.uniform(0.2, 1) * seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills = 1
        else:  # it finished before the kill
            output.unlink()
    _ended(begun(table, output, workers))
    return Run(workers, kills, hashlib.sha256(output.read_bytes()).hexdigest())


def begun(table: Path, output: Path, workers: int) -> subprocess.Popen[bytes]:
    """Start the command `score` in a process group of its own."""
    command = [sys.executable, "-m", "sentiment", "score", str(table), "--output", str(output)]
    return subprocess.Popen(
        [*command, "--workers", str(workers)],
        env=_ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.wait():
        raise DataError(f"The scoring ended with exit code {process.returncode}.")


def sentence(runs: list[Run], rows: int) -> str:
    """Return the result as a sentence."""
    alike = Counter(one.digest for one in runs).most_common(1)[0][1]
    workers = sorted({one.workers for one in runs})
    return (
        f"{rows:,} reviews, scored {len(runs)} times in {workers[0]} to {workers[-1]} processes, with "
        f"{counted(sum(one.kills for one in runs), 'kill')}: {alike} of {len(runs)} results have the same bytes."
    )


def main() -> int:
    """Measure and print; the exit code is 1 if the results differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=find_imdb(), help="the IMDb archive or a labelled table")
    parser.add_argument("--reviews", type=int, default=6_000, help="reviews to score (6,000)")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--write", action="store_true", help=f"put the sentence into {results.BENCHMARKS.name}")
    arguments = parser.parse_args()
    if arguments.data is None:
        raise DataError("The IMDb archive is not here; get it with scripts/get_imdb.py, or give --data PATH.")
    reviews = [one.review for one in datasets.load(arguments.data).train]
    reviews = random.Random(1).sample(reviews, min(arguments.reviews, len(reviews)))
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "reviews.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["review"], *([review] for review in reviews)])
        runs = measure(table, Path(name), arguments.runs, arguments.kills)
    outcome = sentence(runs, len(reviews))
    if arguments.write:
        results.write_tables(results.BENCHMARKS, {"same-bytes": outcome})
    print(outcome)
    return int(len({one.digest for one in runs}) > 1)


if __name__ == "__main__":
    run(main)
