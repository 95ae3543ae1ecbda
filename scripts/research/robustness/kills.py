"""Kill everything that writes at random moments, rerun it, and compare the result with that of an undisturbed run.

    python -m scripts.research.robustness.kills --kills 50 --write

Half of the kills come at a random second of the work, half just before a random change to its folder. A killed run is
started again and continues from what it finds. A finished run is compared; the next one then starts from scratch or,
every second time, overwrites the result.
"""

import argparse
import functools
import hashlib
import http.server
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from scripts.research import results
from scripts.research.robustness import armed
from scripts.research.robustness.writers import Writer, archive, writers
from sentiment.system.storage import PROJECT

_ENVIRONMENT = os.environ | {"PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"}


@dataclass
class Toll:
    """The outcome for a writer that was killed: `faults` are sentences, one per wrong result."""

    kills: int = 0
    ended: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class _Folder:
    """The folder in which a writer works, run after run."""

    def __init__(self, writer: Writer, path: Path) -> None:
        self.path = path
        self._writer = writer
        path.mkdir()
        writer.prepare(path)
        self._at_start = self._names()

    def run(self, event: int = 0, seconds: float | None = None) -> int:
        """Run the writer, killed before a given change or after some seconds; return its exit code."""
        module, *arguments = self._writer.command(self.path)
        command = [sys.executable, "-m", armed.__name__, str(self.path), str(event), module, *arguments]
        with subprocess.Popen(
            command, env=_ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                _, said = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                _, said = process.communicate()
        if process.returncode not in (0, -signal.SIGKILL):
            print(said.decode("utf-8", "replace")[-2000:], file=sys.stderr)
        return process.returncode

    def found(self) -> str | None:
        return self._writer.found(self.path)

    def hidden(self) -> set[str]:
        """Return the names of half-written files."""
        return {name for name in self._names() - self._at_start if name.endswith((".partial", ".old"))}

    def _names(self) -> set[str]:
        return {path.name for path in self.path.rglob("*")}


def toll(name: str, writer: Writer, kills: int, seed: int = 0) -> Toll:
    """Kill the writer this many times."""
    dice = random.Random(f"{seed} {name}")
    taken = Toll()
    with tempfile.TemporaryDirectory() as place:
        whole = _Folder(writer, Path(place) / "whole")
        started = time.monotonic()
        if whole.run():
            raise SystemExit(f"{name} does not work undisturbed.")
        taken.seconds = time.monotonic() - started
        expected, changes = whole.found(), int((whole.path / armed.COUNT).read_text())
        number = 0
        while taken.kills < kills:
            number += 1
            folder = _Folder(writer, Path(place) / str(number))
            # A run that overwrites an existing result must never leave none.
            for again in range(dice.randint(1, 2)):
                _to_the_end(folder, writer, taken, kills, expected, changes, dice, was_there=bool(again))
    return taken


def _to_the_end(
    folder: _Folder,
    writer: Writer,
    taken: Toll,
    kills: int,
    expected: str | None,
    changes: int,
    dice: random.Random,
    *,
    was_there: bool,
) -> None:
    """Rerun the writer until it finishes, killing it while kills are left, and check what each run leaves."""
    before: str | None = None
    while True:
        by_change = dice.random() < 0.5
        left = taken.kills < kills
        event = dice.randint(1, changes) if left and by_change else 0
        seconds = dice.uniform(0, taken.seconds) if left and not by_change else None
        code = folder.run(event, seconds)
        try:
            found = folder.found()
        except Exception as error:  # of any type: unreadable results are what this looks for
            taken.faults.append(f"half-written: {error}")
            return
        taken.kills += code == -signal.SIGKILL
        if code not in (0, -signal.SIGKILL):
            taken.faults.append(f"ended with exit code {code}")
            return
        if fault := _fault(found, expected, before, writer, ended=code == 0, was_there=was_there):
            taken.faults.append(fault)
            return
        before = found
        if code == 0:
            taken.ended += 1
            if hidden := folder.hidden():
                taken.faults.append(f"leaves {', '.join(sorted(hidden))}")
            return


def _fault(
    found: str | None, expected: str | None, before: str | None, writer: Writer, *, ended: bool, was_there: bool
) -> str:
    """Return what is wrong with the files that a writer has left, in a few words; "" if nothing is."""
    if ended or (was_there and not writer.grows):
        return "" if found == expected else "another result" if found else "the result that was there is gone"
    if writer.grows:
        whole, part = (expected or "").splitlines(), (found or "").splitlines()
        kept = len(part) >= len((before or "").splitlines())
        return "" if kept and part == whole[: len(part)] else "rows are lost, or not whole"
    return "" if found in (None, expected) else "a part of the result under its name"


def table(tolls: Iterable[results.Result]) -> str:
    """Return the figures as a Markdown table with one row per writer."""
    rows = [
        f"| {each['writer']} | {each['seconds']:.1f} | {each['kills']} | {each['ended']} | {len(each['faults'])} |"
        for each in tolls
    ]
    head = [
        "| writer | undisturbed, s | kills | runs that came to their end, all compared | faults |",
        "|---|---:|---:|---:|---:|",
    ]
    return "\n".join([*head, *rows])


@contextmanager
def served(content: bytes) -> Iterator[str]:
    """Serve the bytes on this machine during the block; yield their URL."""
    with tempfile.TemporaryDirectory() as place:
        Path(place, "archive.tar.gz").write_bytes(content)
        handler = functools.partial(_Quiet, directory=place)
        with _Server(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{server.server_address[1]}/archive.tar.gz"
            server.shutdown()


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, address: object) -> None:
        """Print nothing: clients are killed."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""


def main() -> int:
    """Kill each writer and print the figures; the exit code is 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="kills of each writer")
    parser.add_argument("--writers", nargs="*", help="which (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"put the figures into {results.BENCHMARKS.name}")
    arguments = parser.parse_args()
    faults = 0
    content = archive()
    with served(content) as url:
        for name, writer in writers(url, hashlib.md5(content).hexdigest()).items():
            if arguments.writers and name not in arguments.writers:
                continue
            taken = {"writer": name} | asdict(toll(name, writer, arguments.kills, arguments.seed))
            print(table([taken]).splitlines()[-1], *taken["faults"], sep="\n  ", flush=True)
            faults += len(taken["faults"])
            if arguments.write:
                results.write(results.FOLDER, f"kills-{name}", taken)
                results.write_tables(results.BENCHMARKS, {"kills": table(results.read(results.FOLDER, "kills"))})
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
