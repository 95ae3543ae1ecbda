"""Write and read the lines that training prints: one per epoch, and progress in between.

An epoch is `epoch=3 train_bce=0.2134 train_accuracy=0.9150 validation_bce=0.2521 validation_accuracy=0.9004
seconds=41.2`, progress is `step=120 of=350 train_bce=0.4312`. Every learning curve is read from these lines, wherever
the training runs.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

EpochRow = dict[str, float]

EPOCH_FIELDS = ("epoch", "train_bce", "train_accuracy", "validation_bce", "validation_accuracy", "seconds")
STEP_FIELDS = ("step", "of", "train_bce")
COUNTS = frozenset({"epoch", "step", "of"})

_LINE = re.compile(r"^(?:epoch|step)=\S+(?: [a-z_]+=\S+)+$")


def format_epoch(row: Mapping[str, float]) -> str:
    """Return the line of an epoch row that has all of `EPOCH_FIELDS`."""
    return " ".join(f"{name}={_written(name, row[name])}" for name in EPOCH_FIELDS)


def format_step(step: int, of: int, train_bce: float) -> str:
    """Return the progress line: `step` of `of` steps of this epoch are done, with the mean training BCE so far."""
    return f"step={step} of={of} train_bce={train_bce:.4f}"


def printer(directory: Path | None) -> Callable[[EpochRow], None]:
    """Return a function that prints each row as its line and appends epochs to `history.jsonl` in a run directory."""

    def report(row: EpochRow) -> None:
        if "epoch" not in row:
            print(format_step(int(row["step"]), int(row["of"]), row["train_bce"]), flush=True)
            return
        print(format_epoch(row), flush=True)
        if directory:
            with (directory / "history.jsonl").open("a", encoding="utf-8") as history:
                history.write(json.dumps(row) + "\n")

    return report


def parse_line(line: str) -> EpochRow | None:
    """Return the epoch row or step row that `line` holds, or None if it is any other line."""
    line = line.strip()
    if not _LINE.match(line):
        return None
    pairs = [pair.split("=", 1) for pair in line.split(" ")]
    try:
        row = {name: _number(name, value) for name, value in pairs}
    except ValueError:
        return None
    return row if _is_whole(row) else None


def parse_lines(lines: Iterable[str]) -> list[EpochRow]:
    """Return every epoch row and step row among `lines`, in order."""
    return [row for line in lines if (row := parse_line(line)) is not None]


def epoch_rows(rows: Iterable[EpochRow]) -> list[EpochRow]:
    """Return the epoch rows in order; of an epoch that was repeated after a resume, only the last row counts."""
    latest = {int(row["epoch"]): row for row in rows if "epoch" in row}
    return [latest[epoch] for epoch in sorted(latest)]


def best_epoch(rows: Iterable[EpochRow]) -> EpochRow | None:
    """Return the epoch row with the lowest validation BCE (the earliest in a tie), or None if none is finite."""
    finite = [row for row in epoch_rows(rows) if row["validation_bce"] < float("inf")]
    return min(finite, key=lambda row: row["validation_bce"], default=None)


def step_points(rows: Iterable[EpochRow]) -> list[tuple[float, float]]:
    """Return the training BCE between epochs as (epoch, BCE), where epoch 2.5 is the middle of the third epoch.

    Steps that were repeated after a resume count once, the last time.
    """
    points: list[tuple[float, float]] = []
    done = 0.0
    for row in rows:
        if "epoch" in row:
            done = row["epoch"]
        elif row["of"]:
            position = done + row["step"] / row["of"]
            while points and points[-1][0] >= position:
                points.pop()
            points.append((position, row["train_bce"]))
    return points


def _is_whole(row: EpochRow) -> bool:
    needed = EPOCH_FIELDS if "epoch" in row else STEP_FIELDS
    return all(name in row for name in needed)


def _written(name: str, value: float) -> str:
    if name in COUNTS:
        return str(int(value))
    return f"{value:.1f}" if name == "seconds" else f"{value:.4f}"


def _number(name: str, value: str) -> float:
    return int(value) if name in COUNTS else float(value)
