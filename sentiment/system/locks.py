"""Locks between processes that the system releases when their holder ends, however it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sentiment.errors import StorageError
from sentiment.system import storage


@contextlib.contextmanager
def held(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock in the file `path` (made when missing, removed at the end) while the block works.

    Example:
        >>> with held(Path("reviews.lock"), wait=False):
        ...     pass

    Raises:
        BlockingIOError: another process or block holds it, and this one is not to wait.
    """
    handle = _locked(path, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield
    finally:
        # While it is held: whoever waits for it then finds that its file is no longer the one at `path`.
        path.unlink(missing_ok=True)
        os.close(handle)


@contextlib.contextmanager
def output_held(output: Path) -> Iterator[None]:
    """Hold the file or folder that a run writes, for the block or for the life of this process if that is shorter.

    What killed runs left half-written beside it is removed first.

    Raises:
        StorageError: another run holds it.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(output.parent / f".{output.name}.lock", wait=False))
        except BlockingIOError as error:
            raise StorageError(
                f"Another run writes {output}: wait for it to end, or choose another name for the output."
            ) from error
        storage.remove_interrupted(output)
        yield


def _locked(path: Path, operation: int) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, operation)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
