"""The files of a batch transform: a table's reviews as JSON Lines in parts, and the answers to them as predictions.

Only reviews leave this machine, each distinct one once, in the order of the rows; no other column does.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sentiment.cloud.hosting.invocation import request_line
from sentiment.errors import CloudError
from sentiment.prediction import Prediction, from_fields
from sentiment.tables.table import Table, text_digest

# A request to a container holds as many lines as fit into this, and a line cannot be divided. No more lines fit than
# a container takes.
PAYLOAD_MEGABYTES = 1
_LARGEST_PART = 16_000_000  # bytes
# A file goes to one instance as a whole: with several for each, none waits long for the others.
_PARTS_AN_INSTANCE = 4


@dataclass(frozen=True)
class Extent:
    """How much of a table there is to send: distinct reviews and the bytes of their lines."""

    reviews: int
    size: int

    def part_bytes(self, instances: int) -> int:
        """How large a part gets, before the review that fills it."""
        parts = max(_PARTS_AN_INSTANCE * instances, -(-self.size // _LARGEST_PART))
        return max(1, -(-self.size // parts))


def extent(table: Table) -> Extent:
    """Read a table through and say how much of it there is to send.

    Raises:
        CloudError: it has nothing to score, or a review that is too long.
    """
    reviews = size = 0
    for line in _lines(table):
        if len(line) > PAYLOAD_MEGABYTES * 2**20:
            raise CloudError(
                f"{table.path.name} has a review of {len(line):,} bytes, and a transform job takes "
                f"{PAYLOAD_MEGABYTES} MB: shorten it, or score the table on this machine."
            )
        reviews, size = reviews + 1, size + len(line)
    if not reviews:
        raise CloudError(f"{table.path.name} has no review that can be read.")
    return Extent(reviews, size)


def parts(table: Table, part_bytes: int) -> Iterator[bytes]:
    """Give the contents of the parts; the same table and size give the same parts."""
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
    """The `.out` files of a finished job as a scorer, for `score_table`: it is asked in the order in which was sent."""

    def __init__(self, name: str, fingerprint: str, files: Sequence[Path], expected: int) -> None:
        """CloudError when the files have not `expected` answers."""
        self.name, self.fingerprint = name, fingerprint
        found = sum(1 for path in files for _ in _answer_lines(path))
        if found != expected:
            raise CloudError(f"The transform job {name} answered {found:,} of {expected:,} reviews: start it again.")
        self._predictions = (_prediction(line, name) for path in files for line in _answer_lines(path))

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return the next predictions, one a review."""
        return list(islice(self._predictions, len(reviews)))


def _lines(table: Table) -> Iterator[bytes]:
    """Each distinct review as a line, in the order in which `score_table` asks for them."""
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
        raise CloudError(f"The transform job {job} has an answer that is no prediction: start it again.") from error
