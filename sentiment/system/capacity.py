"""What this process may use of the machine: cores and memory, as the system and a container's limits have it."""

import os
from pathlib import Path

import psutil

_CONTROL_GROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """Return how many cores this process may keep busy, 1 at least."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _limit("cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        allowed = min(allowed, int(quota) // int(period))
    return max(1, allowed)


def free_memory() -> int:
    """Return how many bytes this process may still take without any other having to give some up."""
    free = int(psutil.virtual_memory().available)
    limit, used = _limit("memory.max"), _limit("memory.current")
    return max(0, min(free, int(limit) - int(used))) if limit.isdigit() and used.isdigit() else free


def _limit(name: str) -> str:
    """Return what the control group of a Linux container says; "" where there is none."""
    try:
        return (_CONTROL_GROUP / name).read_text().strip()
    except OSError:
        return ""
