"""The cores and memory that a process may use, by the limits of the system and of a container.

Long-running work has a low priority, so that a page stays responsive meanwhile.
"""

import contextlib
import os
from pathlib import Path

import psutil

# A process at this nice value gets a quarter of a core that another one uses fully, or all of an idle one (sched(7)).
JOB_NICENESS = 5
_CONTROL_GROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """Return how many cores this process may use, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _limit("cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        allowed = min(allowed, int(quota) // int(period))
    return max(1, allowed)


def free_memory() -> int:
    """Return how many bytes this process can still allocate without taking memory from other processes."""
    free = int(psutil.virtual_memory().available)
    limit, used = _limit("memory.max"), _limit("memory.current")
    return max(0, min(free, int(limit) - int(used))) if limit.isdigit() and used.isdigit() else free


def lower_priority(pid: int, niceness: int = JOB_NICENESS) -> None:
    """Lower the priority of a process that has just started: threads that it has already may not be affected.

    Its children inherit it, except, on Linux with autogroups (sched(7)), those in sessions of their own: there the nice
    value applies only within a session, and a new session begins at 0. `pass_on_priority` is for those. It has no
    effect on systems without nice values.
    """
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))


def pass_on_priority(pid: int) -> None:
    """Give a child that leads a session of its own the priority of this process, if that is lowered."""
    with contextlib.suppress(AttributeError, OSError):
        if (niceness := os.getpriority(os.PRIO_PROCESS, 0)) > 0:
            lower_priority(pid, niceness)


def _limit(name: str) -> str:
    """Return a limit of the control group of a Linux container; "" if there is none."""
    try:
        return (_CONTROL_GROUP / name).read_text().strip()
    except OSError:
        return ""
