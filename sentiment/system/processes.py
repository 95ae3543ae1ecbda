"""Whether a process that was written down earlier is still that process, and how to end it.

A process id alone proves nothing, since ids are used again: a process is known by its id and the
time it started. Where the system counts that time from its own start, setting the clock does not move it.
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
# Of the fields after the command's name in /proc/<pid>/stat (proc(5)): the 22nd of all.
_START_FIELD = 19
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


@dataclass(frozen=True)
class ProcessMark:
    """A process, as it can be found again: its id and when it started.

    `started` is in seconds since 1970; `ticks` are the system's clock ticks from its own start to that of the process,
    None where it does not tell (on macOS, whose `started` does not move).
    """

    pid: int
    started: float
    ticks: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no process id: the system takes 0 and negative ones for whole groups of processes.

        Raises:
            ValueError: it is none.
        """
        if not 0 < self.pid <= _LARGEST_ID:
            raise ValueError(f"{self.pid} is no process id")


def mark(pid: int) -> ProcessMark | None:
    """The mark of the process that has this id now; None when there is none."""
    try:
        return ProcessMark(pid, psutil.Process(pid).create_time(), _start_ticks(pid))
    except psutil.NoSuchProcess:
        return None


def is_alive(marked: ProcessMark) -> bool:
    """Whether that very process still runs; one that has ended but was not waited for is dead."""
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
    """How long ago the process started, whatever the clock was set to since; None where the system does not tell."""
    if marked.ticks is None or not hasattr(time, "CLOCK_BOOTTIME"):
        return None
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - marked.ticks / os.sysconf("SC_CLK_TCK"))


def _start_ticks(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command's name is in brackets and may hold spaces and brackets itself.
    return int(fields.rpartition(")")[2].split()[_START_FIELD])


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
