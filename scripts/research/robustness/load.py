"""Measure the dashboard and the container under load, while a table is scored and a model is trained.

    python -m scripts.research.robustness.load --write

Needs Chromium (`CHROMIUM` gives its command) and the packages of requirements-dev.txt.
"""

import argparse
import asyncio
import csv
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from scripts.research import results
from scripts.research.robustness import container_load, verdict_times
from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import JobKind
from sentiment.system.storage import PROJECT, SHIPPED_BUNDLE
from sentiment.training.classifier.short_sentences import sentences

_SERVER_SECONDS = 120
_ROWS = 1_500_000
_LABELLED_ROWS = 60_000


@contextmanager
def running(command: Sequence[str], folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command during the block, in its own process group; its output goes to a file in the folder."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)} | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_up(address: str) -> None:
    """Wait until an address responds; raise SystemExit if it does not."""
    end = time.monotonic() + _SERVER_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{address} does not answer.")


def dashboard(browsers: int, verdicts: int) -> str:
    """Return the table of verdict times, alone and with everything else running."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        os.environ["SENTIMENT_HOME"] = str(folder / "home")
        _write_table(folder / "table.csv", _ROWS)
        address = stack.enter_context(served(folder))
        rows = {
            "nothing, one browser": asyncio.run(verdict_times.measure(address, 1, verdicts)),
            f"nothing, {browsers} browsers": asyncio.run(verdict_times.measure(address, browsers, verdicts)),
        }
        jobs = [stack.enter_context(job) for job in (_scoring(folder), training(folder))]
        busy = f"a table scored and a model trained, {browsers} browsers"
        rows[busy] = asyncio.run(verdict_times.measure(address, browsers, verdicts))
        for job in jobs:
            if not registry.load(job.directory).is_active:
                raise SystemExit(f"{job.name} has ended too early: {job.last_lines()}")
    return verdict_times.table(rows)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Run the dashboard during the block and yield its address, once it responds."""
    port = free_port()
    flags = ["--server.port", str(port), "--server.headless", "true"]
    with running([sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *flags], folder):
        address = f"http://127.0.0.1:{port}"
        wait_until_up(f"{address}/_stcore/health")
        yield address


@contextmanager
def _job(kind: JobKind, arguments: Sequence[str], settings: Mapping[str, object]) -> Iterator[Job]:
    """Run a job during the block, started as the dashboard starts it."""
    job = registry.start(kind, arguments, settings, kind)
    try:
        yield job
    finally:
        if job.status.process:
            os.killpg(job.status.process.pid, signal.SIGKILL)


def _scoring(folder: Path) -> AbstractContextManager[Job]:
    table = str(folder / "table.csv")
    return _job("score", [table, "--model", str(SHIPPED_BUNDLE)], {"path": table})


def training(folder: Path) -> AbstractContextManager[Job]:
    """Train a model during the block, started as the dashboard starts it, with the folder for its data."""
    _write_table(folder / "labelled.csv", _LABELLED_ROWS)
    return _job("train", ["--data", str(folder / "labelled.csv")], {})


def container(requests: int) -> str:
    """Return the table of the container's responses, latency and memory growth."""
    port = free_port()
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "sentiment.serving", "serve"]
        settings = {"SM_MODEL_DIR": str(SHIPPED_BUNDLE), "SAGEMAKER_BIND_TO_PORT": str(port)}
        with running(command, Path(place), **settings) as process:
            wait_until_up(f"http://127.0.0.1:{port}/ping")
            return container_load.table(asyncio.run(container_load.measure(port, process.pid, requests)))


def _write_table(path: Path, rows: int) -> None:
    dice = random.Random(0)
    made = sentences(4_000, 0, [])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["review", "label"])
        for number in range(rows):
            texts = dice.sample(made, 5)
            writer.writerow([f"Visit {number}. " + " ".join(text for text, _ in texts), texts[0][1]])


def main() -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browsers", type=int, default=20)
    parser.add_argument("--verdicts", type=int, default=10, help="verdicts that each browser asks for")
    parser.add_argument("--requests", type=int, default=20_000, help="requests to the container")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {results.BENCHMARKS.name}")
    arguments = parser.parse_args()
    load = f"The load of this machine with {os.cpu_count()} cores was {os.getloadavg()[1]:.1f} before."
    made = "\n\n".join(
        [dashboard(arguments.browsers, arguments.verdicts), container(arguments.requests), load],
    )
    print(made)
    if arguments.write:
        results.write_tables(results.BENCHMARKS, {"load": made})
    return 0


if __name__ == "__main__":
    sys.exit(main())
