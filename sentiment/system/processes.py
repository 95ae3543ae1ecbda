"""Whether a process that was written down earlier is still that process, and how to end it.

A process id alone proves nothing, since ids are used again: a process is known by its id and the
time it started.
"""

import contextlib
import ctypes
import os
import signal
import sys
from dataclasses import dataclass

import psutil

# psutil derives the start from the boot time, which moves by up to a second when the clock is set.
START_TOLERANCE_SECONDS = 2.0
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


@dataclass(frozen=True)
class ProcessMark:
    """A process, as it can be found again: its id and when it started (seconds since 1970)."""

    pid: int
    started: float


def mark(pid: int) -> ProcessMark | None:
    """The mark of the process that has this id now; None when there is none."""
    try:
        return ProcessMark(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def is_alive(marked: ProcessMark) -> bool:
    """Whether that very process still runs; one that has ended but was not waited for is dead."""
    _reap(marked.pid)
    try:
        process = psutil.Process(marked.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return bool(abs(process.create_time() - marked.started) <= START_TOLERANCE_SECONDS)
    except psutil.NoSuchProcess:
        return False


def ask_to_end(marked: ProcessMark) -> None:
    """Send SIGTERM to that very process and, when it leads a group, to its group; nothing when it is gone."""
    if not is_alive(marked):
        return
    with contextlib.suppress(ProcessLookupError):
        # A process started from a terminal shares the terminal's group, which is not ours to end.
        if os.getpgid(marked.pid) == marked.pid:
            os.killpg(marked.pid, signal.SIGTERM)
        else:
            os.kill(marked.pid, signal.SIGTERM)


def _reap(pid: int) -> None:
    """Take the exit status of a child of ours that has ended, so that it does not stay as a zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def end_with_parent() -> None:
    """Have Linux kill this process when the one that started it ends in any way; elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
