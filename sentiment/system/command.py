"""The exit of every command: an exit code, and for errors that are not bugs, one plain sentence."""

import argparse
import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sentiment.errors import NO_MEMORY, DeclinedError, SentimentError, StorageError, lacks_memory
from sentiment.system import packages

BAD_INPUT = 2
INTERRUPTED = 130  # as shells report SIGINT
TERMINATED = 143  # as shells report SIGTERM


def run(main: Callable[[], int]) -> NoReturn:
    """Exit with the code that `main` returns; with 2 and a sentence on standard error if it fails.

    `SentimentError` and `OSError` (a full disk, a read-only folder) are reported by their own messages, too little
    memory by a sentence; other exceptions are bugs and keep their traceback. A standard error that nobody reads, or
    that was closed, ends no work.
    """
    _open_standard_streams()
    with _messages_discarded_if_unread():
        _run(main)


def _run(main: Callable[[], int]) -> NoReturn:
    try:
        with packages.explained():
            code = main()
        sys.exit(code)
    except SentimentError as error:
        _leave(str(error), BAD_INPUT)
    except BrokenPipeError:
        # The reader of our output, such as `head`, has closed it; discard what Python still flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _leave(str(StorageError.of(error)), BAD_INPUT)
    except (MemoryError, RuntimeError, ImportError) as error:
        if not lacks_memory(error):
            raise
        _leave(NO_MEMORY, BAD_INPUT)
    except KeyboardInterrupt as interruption:
        _leave(str(interruption) or "Interrupted.", INTERRUPTED)


@contextlib.contextmanager
def resumable(checkpoint: Path) -> Iterator[None]:
    """Let an interruption (Ctrl-C) in the block state whether the same command resumes from the folder `checkpoint`."""
    try:
        yield
    except KeyboardInterrupt as interruption:
        if checkpoint.is_dir() and any(checkpoint.iterdir()):
            kept = f"Run the same command again to resume from {checkpoint}."
        else:
            kept = "There is no checkpoint yet; the same command starts from the beginning."
        raise KeyboardInterrupt(f"Interrupted. {kept}") from interruption


def _open_standard_streams() -> None:
    """Connect closed standard streams to nothing, so that no file opened later is taken for one of them."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # opened as the lowest free number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(descriptor, mode, closefd=False))


@contextlib.contextmanager
def _messages_discarded_if_unread() -> Iterator[None]:
    """Use a standard error in the block that never fails."""
    before = sys.stderr
    sys.stderr = messages = _Messages(before.buffer, before.encoding, "backslashreplace", write_through=True)
    try:
        yield
    finally:
        sys.stderr = before
        messages.detach()


class _Messages(io.TextIOWrapper):
    """A stream that discards text from the moment when it cannot be written."""

    def write(self, text: str) -> int:
        """Write the text, or discard it; return its length."""
        try:
            return super().write(text)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            return len(text)


class StopRequest:
    """Whether SIGTERM has arrived."""

    def __init__(self) -> None:
        self.stop_requested = False

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.stop_requested = True
        signal.signal(number, signal.SIG_DFL)  # a second SIGTERM ends the process at once


@contextlib.contextmanager
def stoppable() -> Iterator[StopRequest]:
    """Let the block end at its next opportunity after SIGTERM. Use it in the main thread only."""
    request = StopRequest()
    before = signal.signal(signal.SIGTERM, request._receive)
    try:
        yield request
    finally:
        signal.signal(signal.SIGTERM, before)


def run_to_end(command: Sequence[str], stop: StopRequest) -> int:
    """Run a command and return its exit code; when a stop is requested, forward it and wait for the command to end."""
    with subprocess.Popen(command, env=own_environment()) as process:
        passed_on = False
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=1)
            if stop.stop_requested and not passed_on:
                process.terminate()
                passed_on = True


def of_module(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module with this Python.

    Modules are not looked for in the working directory (`-P`): it may be a folder of downloads, with Python files that
    would be run in place of the standard library's.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def own_environment() -> dict[str, str]:
    """Return this process's environment, extended so that Python finds this package even if it is not installed."""
    # Not the target of a symbolic link: that folder may contain other libraries.
    folder = Path(__file__).absolute().parents[2]
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def confirm(question: str, yes: bool) -> None:
    """Ask for confirmation on the terminal, unless `yes` was given.

    Raises:
        DeclinedError: the answer is not yes, or there is no terminal.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise DeclinedError(f"{question} Nobody is at the terminal to answer: pass --yes.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise DeclinedError("Nothing was done.")


def positive(value: str) -> int:
    """Parse a command-line value as an integer above 0, for argparse."""
    if not value.isdecimal() or int(value) == 0:
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number above 0")
    return int(value)


def _leave(sentence: str, code: int) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)
