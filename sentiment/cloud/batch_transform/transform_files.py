"""The files of a batch transform: a table's reviews as JSON Lines in parts, and the responses as predictions.

Only reviews leave this machine, each distinct one once and in row order; no other column does.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sentiment.cloud.hosting.invocation import request_line
from sentiment.errors import CloudError
from sentiment.prediction import Prediction, from_fields
from sentiment.tables.table import Table
from sentiment.text.repeats import text_digest

# Size of one request to the container. A line cannot be split, and no more lines fit than the container accepts.
PAYLOAD_MEGABYTES = 1
_LARGEST_PART = 16_000_000  # bytes
# A file is processed by one instance as a whole: with several files per instance, none has to wait long.
_PARTS_AN_INSTANCE = 4


@dataclass(frozen=True)
class Extent:
    """Amount of a table to send: the number of distinct reviews and the bytes of their lines."""

    reviews: int
    size: int

    def part_bytes(self, instances: int) -> int:
        """Return the size at which a part is full; the review that reaches it still belongs to the part."""
        parts = max(_PARTS_AN_INSTANCE * instances, -(-self.size // _LARGEST_PART))
        return max(1, -(-self.size // parts))


def extent(table: Table) -> Extent:
    """Read the whole table and return how much of it has to be sent.

    Raises:
        CloudError: there is nothing to score, or a review is too long.
    """
    reviews = size = 0
    for line in _lines(table):
        if len(line) > PAYLOAD_MEGABYTES * 2**20:
            raise CloudError(
                f"{table.path.name} has a review of {len(line):,} bytes, and a transform job accepts "
                f"{PAYLOAD_MEGABYTES} MB: shorten it, or score the table on this machine."
            )
        reviews, size = reviews + 1, size + len(line)
    if not reviews:
        raise CloudError(f"{table.path.name} has no review that can be read.")
    return Extent(reviews, size)


def parts(table: Table, part_bytes: int) -> Iterator[bytes]:
    """Yield the contents of the parts; the same table and size give the same parts."""
    part: list[bytes] = []
    size = 0
    for line in _lines(table):
        part.append(line)
        size += len(line)
        if size >= part_bytes:
            yield b"".join(part)
            part, size = [], 0
    if part:
        yield b"".join(part)


class Answers:
    """The `.out` files of a finished job as a scorer for `score_table`, which must ask in the order of the input."""

    def __init__(self, name: str, fingerprint: str, files: Sequence[Path], expected: int) -> None:
        """Count the predictions first. CloudError if there are not `expected` of them."""
        self.name, self.fingerprint = name, fingerprint
        found = sum(1 for path in files for _ in _answer_lines(path))
        if found != expected:
            raise CloudError(f"The transform job {name} answered {found:,} of {expected:,} reviews: start it again.")
        self._predictions = (_prediction(line, name) for path in files for line in _answer_lines(path))

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return the next predictions, one per review."""
        return list(islice(self._predictions, len(reviews)))


def _lines(table: Table) -> Iterator[bytes]:
    """Yield each distinct review as a line, in the order in which `score_table` asks for them."""
    seen: set[bytes] = set()
    for review in islice(table.reviews(), table.row_count):
        if review is None:
            continue
        digest = text_digest(review)
        if digest not in seen:
            seen.add(digest)
            yield request_line(review)


def _answer_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from filter(bytes.strip, file)


def _prediction(line: bytes, job: str) -> Prediction:
    try:
        return from_fields(json.loads(line))
    except ValueError as error:
        raise CloudError(
            f"The transform job {job} returned something that is not a prediction: start it again."
        ) from error
