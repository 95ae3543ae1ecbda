"""How batch transform treats files: which instance reads which, how one is split into requests and put together."""

from collections.abc import Iterator, Sequence


class LineTooLongError(Exception):
    """A line alone is more than a request may hold."""


def share_out(keys: Sequence[str], instances: int) -> list[list[str]]:
    """The keys that each instance reads: a file is never divided between instances."""
    return [list(keys[number::instances]) for number in range(instances)]


def requests_of(content: bytes, split: str, strategy: str, maximum_bytes: int) -> Iterator[bytes]:
    """The bodies that a file is sent as.

    `split` is None (the file as it is) or Line, `strategy` MultiRecord (as many lines as fit into `maximum_bytes`) or
    SingleRecord. LineTooLongError for a line, or a whole file, that doesn't fit.
    """
    records = content.splitlines(keepends=True) if split == "Line" else [content]
    batch = b""
    for record in records:
        if len(record) > maximum_bytes:
            raise LineTooLongError(f"A record has {len(record)} bytes; MaxPayloadInMB allows {maximum_bytes}.")
        if batch and (strategy == "SingleRecord" or len(batch) + len(record) > maximum_bytes):
            yield batch
            batch = b""
        batch += record
    if batch:
        yield batch


def assembled(answers: Sequence[bytes], assemble_with: str) -> bytes:
    """The output file; with Line, a line end follows every answer, whether it has one or not."""
    return b"".join(answer + b"\n" if assemble_with == "Line" else answer for answer in answers)
