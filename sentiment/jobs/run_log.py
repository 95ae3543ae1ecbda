"""Reading a job's log: its training rows, its last lines, and its progress."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sentiment.training.loop import log_lines
from sentiment.training.loop.log_lines import EpochRow

TAIL_BYTES = 65_536


@dataclass(frozen=True)
class RunProgress:
    """The progress of a training job: `share` done, 0 to 1; `seconds_left` is None before the pace is known.

    The time left is for all epochs: training that stops early takes less.
    """

    share: float
    epoch: int
    epochs: int
    step: int
    steps: int
    seconds_left: float | None


def progress(rows: Sequence[EpochRow], latest: Sequence[EpochRow], epochs: int, elapsed: float) -> RunProgress | None:
    """Return how much of `epochs` epochs `rows` cover; None before the first row.

    `latest` are the rows of the latest launch, which has run for `elapsed` seconds.
    """
    if not rows or not epochs:
        return None
    history = log_lines.epoch_rows(rows)
    done = int(history[-1]["epoch"]) if history else 0
    step = latest[-1] if latest and "step" in latest[-1] else {"step": 0, "of": 0}
    within = step["step"] / step["of"] if step["of"] else 0.0
    share = min(1.0, (done + within) / epochs)
    pace = history[-1]["seconds"] if history else _first_pace(rows, latest, elapsed)
    left = None if pace is None else (1 - share) * epochs * pace
    return RunProgress(share, min(done + 1, epochs), epochs, int(step["step"]), int(step["of"]), left)


def _first_pace(rows: Sequence[EpochRow], latest: Sequence[EpochRow], elapsed: float) -> float | None:
    """Return the seconds per epoch during the first one, from the part of it that this launch has done itself."""
    if not latest:
        return None
    earlier = rows[: len(rows) - len(latest)]
    begun = earlier[-1]["step"] if earlier else 0
    steps = latest[-1]["step"] - begun
    return elapsed / steps * latest[-1]["of"] if steps > 0 else None


def read_rows(path: Path, offset: int = 0) -> Sequence[EpochRow]:
    """Return the training rows of a log from byte `offset` on, or of a `.jsonl` file; none if it is missing."""
    if not path.is_file():
        return ()
    seen = path.stat()
    return _rows(path, offset, seen.st_size, seen.st_mtime_ns)


def last_lines(path: Path, count: int) -> list[str]:
    """Return the last non-empty lines, at most `count`; none if the file is missing."""
    if not path.is_file():
        return []
    with path.open("rb") as log:
        size = log.seek(0, os.SEEK_END)
        log.seek(max(0, size - TAIL_BYTES))
        text = log.read().decode("utf-8", errors="replace")
    return [line for line in text.splitlines() if line.strip()][-count:]


@lru_cache(maxsize=128)
def _rows(path: Path, offset: int, size: int, changed: int) -> Sequence[EpochRow]:
    """Return the rows in the file; `size` and `changed` (ns) are part of the cache key, so a grown file is reread."""
    with path.open("rb") as source:
        source.seek(offset)
        lines = source.read().decode("utf-8", errors="replace").split("\n")[:-1]  # the last may be half-written
    if path.suffix == ".jsonl":
        return tuple(row for line in lines if (row := _json_row(line)) is not None)
    return tuple(log_lines.parse_lines(lines))


def _json_row(line: str) -> EpochRow | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_row = isinstance(row, dict) and "epoch" in row and all(isinstance(value, int | float) for value in row.values())
    return row if is_row else None
