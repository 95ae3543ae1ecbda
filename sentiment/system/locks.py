"""Locks between processes that the system releases when their holder ends in any way."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sentiment.errors import StorageError
from sentiment.system import storage


@contextlib.contextmanager
def held(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock in the file `path` (created if missing, removed at the end) during the block.

    Example:
        >>> with held(Path("reviews.lock"), wait=False):
        ...     pass

    Raises:
        BlockingIOError: another process or block holds it, and `wait` is False.
    """
    handle = _locked(path, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield
    finally:
        # While it is held: a process waiting for it then detects that its file is no longer the one at `path`.
        path.unlink(missing_ok=True)
        os.close(handle)


@contextlib.contextmanager
def output_held(output: Path) -> Iterator[None]:
    """Lock the file or folder that a run writes, for the block, or until this process ends if that is earlier.

    Incomplete files that killed runs left next to it are removed first.

    Raises:
        StorageError: another run holds the lock.
    """
    with contextlib.ExitStack() as stack:
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(output.parent / f".{output.name}.lock", wait=False))
        except BlockingIOError as error:
            raise StorageError(
                f"Another run writes {output}: wait for it to end, or choose another name for the output."
            ) from error
        except OSError as error:
            error.filename = str(output)  # the name that the user gave, not that of the lock file
            raise
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
