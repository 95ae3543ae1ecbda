"""Finished work on disk: predictions of a table in numbered part files, each either complete and verified or absent."""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.prediction import SENTIMENTS, Prediction, flag_bits, flags_of
from sentiment.system.storage import named

UNSCORED = SENTIMENTS.index("unscored")
DUPLICATE = flag_bits(["duplicate"])

# One prediction in 34 bytes; NaN represents None, and `flags` has one bit for each flag.
RECORD = np.dtype(
    [
        ("sentiment", "u1"),
        ("probability", "<f8"),
        ("rating", "<f8"),
        ("tokens_read", "<u4"),
        ("tokens_total", "<u4"),
        ("unknown_share", "<f8"),
        ("flags", "u1"),
    ]
)
Records = NDArray[np.void]
_BLOCK = 4_096


def encoded(predictions: Iterable[Prediction]) -> Records:
    """Return the predictions as an array of RECORD."""
    return np.array([_numbers(prediction) for prediction in predictions], dtype=RECORD)


def decoded(records: Records) -> Iterator[Prediction]:
    """Return the predictions of an array of RECORD."""
    for start in range(0, len(records), _BLOCK):
        for numbers in records[start : start + _BLOCK].tolist():
            yield _prediction(*numbers)


class PartFiles:
    """The part files of one task, in a directory of their own.

    `key` identifies the task. A part is valid only if it was written completely under the same key; anything else in
    its place is treated as work still to do.
    """

    def __init__(self, directory: Path, key: str) -> None:
        self._directory = directory
        self._key = key.encode()

    def read(self, number: int, rows: int) -> Records | None:
        """Return the records of part `number`, or None if there is no valid part of that many rows."""
        try:
            content = self._path(number).read_bytes()
        except OSError:
            return None
        checksum, payload = content[:32], content[32:]
        if len(payload) != rows * RECORD.itemsize or checksum != self._checksum(number, payload):
            return None
        return np.frombuffer(payload, dtype=RECORD)

    def write(self, number: int, records: Records) -> None:
        """Store the records of part `number`."""
        path, payload = self._path(number), records.tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        with named(path):
            path.write_bytes(self._checksum(number, payload) + payload)

    def remove(self) -> None:
        """Remove all parts, even incomplete ones and those of other tasks, and the directory if it is then empty."""
        for path in self._directory.glob("part-*.bin"):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._directory.rmdir()

    def _path(self, number: int) -> Path:
        return self._directory / f"part-{number:06d}.bin"

    def _checksum(self, number: int, payload: bytes) -> bytes:
        return hashlib.sha256(b"%s %d " % (self._key, number) + payload).digest()


def _numbers(prediction: Prediction) -> tuple[Any, ...]:
    p = prediction
    return (
        SENTIMENTS.index(p.sentiment),
        np.nan if p.probability is None else p.probability,
        np.nan if p.rating is None else p.rating,
        p.tokens_read,
        p.tokens_total,
        p.unknown_share,
        flag_bits(p.flags),
    )


def _prediction(
    sentiment: int, probability: float, rating: float, read: int, total: int, unknown_share: float, flags: int
) -> Prediction:
    return Prediction(
        SENTIMENTS[sentiment],
        None if probability != probability else probability,  # only NaN differs from itself
        None if rating != rating else rating,
        read,
        total,
        unknown_share,
        flags_of(flags),
    )
