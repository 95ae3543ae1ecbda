"""Whether a process recorded earlier is still the same process, and how to end it.

A process id alone is not sufficient, since ids are reused: a process is identified by its id and its start time. On
systems that count that time from the boot, setting the clock does not change it.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

# Without ticks, the start is derived from the boot time, which moves by up to a second when the clock is adjusted.
START_TOLERANCE_SECONDS = 2.0
_LARGEST_ID = 2**31 - 1
# The index among the fields after the command's name in /proc/<pid>/stat (proc(5)), the 22nd of all.
_START_FIELD = 19
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


@dataclass(frozen=True)
class ProcessMark:
    """The identity of a process: its id and its start time.

    `started` is in seconds since 1970; `ticks` are the system's clock ticks from boot to the start of the process, None
    on systems that do not provide them (on macOS, where `started` does not change).
    """

    pid: int
    started: float
    ticks: int | None = None

    def __post_init__(self) -> None:
        """Reject an invalid process id: the system interprets 0 and negative ids as whole groups of processes.

        Raises:
            ValueError: it is not a process id.
        """
        if not 0 < self.pid <= _LARGEST_ID:
            raise ValueError(f"{self.pid} is no process id")


def mark(pid: int) -> ProcessMark | None:
    """Return the mark of the process that has this id now; None if there is none."""
    try:
        return ProcessMark(pid, psutil.Process(pid).create_time(), _start_ticks(pid))
    except psutil.NoSuchProcess:
        return None


def is_alive(marked: ProcessMark) -> bool:
    """Return whether that very process is still running; one that has ended but was not waited for is dead."""
    _reap(marked.pid)
    try:
        process = psutil.Process(marked.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        ticks = _start_ticks(marked.pid)
        if marked.ticks is not None and ticks is not None:
            return ticks == marked.ticks
        return bool(abs(process.create_time() - marked.started) <= START_TOLERANCE_SECONDS)
    except psutil.NoSuchProcess:
        return False


def seconds_since_start(marked: ProcessMark) -> float | None:
    """Return the age of the process, independent of clock changes; None on systems that do not provide it."""
    if marked.ticks is None or not hasattr(time, "CLOCK_BOOTTIME"):
        return None
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - marked.ticks / os.sysconf("SC_CLK_TCK"))


def _start_ticks(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command's name is in parentheses and may itself contain spaces and parentheses.
    return int(fields.rpartition(")")[2].split()[_START_FIELD])


def ask_to_end(marked: ProcessMark) -> None:
    """Send SIGTERM to that very process or, if it leads a group, to its group; no effect if it has ended."""
    if not is_alive(marked):
        return
    with contextlib.suppress(ProcessLookupError):
        # A process started from a terminal belongs to the terminal's group, which must not be ended.
        if os.getpgid(marked.pid) == marked.pid:
            os.killpg(marked.pid, signal.SIGTERM)
        else:
            os.kill(marked.pid, signal.SIGTERM)


def _reap(pid: int) -> None:
    """Collect the exit status of an ended child process, so that it does not remain a zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def end_with_parent() -> None:
    """Make Linux kill this process when its parent ends in any way; no effect on other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
