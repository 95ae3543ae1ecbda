"""Run a part of the program in a separate process with limits on memory and time.

Untrusted files are opened there: a file that demands hundreds of gigabytes, or crashes its reader, ends only that
process.
"""

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Literal

import psutil

from sentiment.errors import ConfigError, SentimentError, StorageError
from sentiment.system.command import of_module
from sentiment.system.processes import end_with_parent
from sentiment.system.storage import PROJECT

MEMORY_VARIABLE = "SENTIMENT_READING_MEMORY_MB"
SECONDS_VARIABLE = "SENTIMENT_READING_SECONDS"
OUT_OF_MEMORY = 3
_MOST_MEGABYTES = 4096
_DEFAULT_SECONDS = 300

Outcome = Literal["done", "refused", "failed", "memory", "time"]


def memory_limit() -> int:
    """Return the bytes that a file may take: SENTIMENT_READING_MEMORY_MB, or a quarter of the RAM, at most 4 GB."""
    return _setting(MEMORY_VARIABLE, min(_MOST_MEGABYTES, psutil.virtual_memory().total // 2**22)) * 2**20


def seconds_limit() -> int:
    """Return the seconds that the process may take: SENTIMENT_READING_SECONDS, or five minutes."""
    return _setting(SECONDS_VARIABLE, _DEFAULT_SECONDS)


def run_bounded(module: str, arguments: Sequence[str], output: IO[bytes]) -> tuple[Outcome, str]:
    """Run `python -m module` with `arguments`, its standard output redirected to `output`.

    Returns the outcome and the text of standard error. "refused" is exit code 2, with a sentence for the user. The
    module does its work by `exit_code`.
    """
    environment = os.environ | {
        "PYTHONPATH": str(PROJECT),
        "OMP_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }
    try:
        done = subprocess.run(
            of_module(module, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=seconds_limit(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "time", ""
    outcomes: dict[int, Outcome] = {0: "done", 1: "failed", 2: "refused"}
    said = done.stderr.decode("utf-8", "replace").strip()
    # Libraries abort, or the system kills the process, when there is no memory left.
    return outcomes.get(done.returncode, "memory"), said


@contextlib.contextmanager
def memory_limited() -> Iterator[None]:
    """Limit this process to `memory_limit` more bytes of memory than it uses now, on systems that support it."""
    try:
        import resource
    except ImportError:  # Windows
        yield
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + memory_limit(), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))


def exit_code(work: Callable[[], None]) -> int:
    """Do the work of `run_bounded` in this process, within the memory limit, and return the exit code for it.

    An error meant for the user is written to standard error. The work ends with the process that waits for it.
    """
    end_with_parent()
    try:
        with memory_limited():
            work()
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        error.filename = error.filename or "The folder for temporary files"
        print(StorageError.of(error), file=sys.stderr)
        _forget_output()
        return 2
    except SentimentError as error:
        print(error, file=sys.stderr)
        return 2
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _forget_output() -> None:
    """Discard output that could not be written: Python would retry, and fail, when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _setting(variable: str, default: int) -> int:
    value = os.environ.get(variable, "").strip()
    if not value:
        return default
    if not value.isdecimal() or not int(value):
        raise ConfigError(f'{variable} is "{value}"; it must be a whole number above 0.')
    return int(value)
