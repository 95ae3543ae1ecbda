"""How batch transform assigns files to instances, splits them into requests and assembles the responses."""

from collections.abc import Iterator, Sequence


class LineTooLongError(Exception):
    """A single line exceeds the size limit of a request."""


def share_out(keys: Sequence[str], instances: int) -> list[list[str]]:
    """Return the keys for each instance; a file is never split between instances."""
    return [list(keys[number::instances]) for number in range(instances)]


def requests_of(content: bytes, split: str, strategy: str, maximum_bytes: int) -> Iterator[bytes]:
    """Yield the request bodies for a file.

    `split` is None (the whole file) or Line. `strategy` is MultiRecord (as many lines as fit into `maximum_bytes`) or
    SingleRecord.

    Raises:
        LineTooLongError: a line, or a whole file, does not fit.
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
    """Return the output file; with Line, a newline follows every response, whether or not it already ends in one."""
    return b"".join(answer + b"\n" if assemble_with == "Line" else answer for answer in answers)
