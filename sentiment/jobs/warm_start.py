"""Score jobs that start immediately, from a process that has loaded everything in advance (`warm_host`).

`begin` starts that process; until it is ready, or if there is none, jobs start like all others.
"""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from sentiment.system import capacity, storage
from sentiment.system.command import own_environment
from sentiment.system.worker_host import LONGEST_REQUEST, READY


class WarmStart:
    """Starts jobs from a warm process, which ends with this one."""

    def __init__(self, directory: Path) -> None:
        self._lock = threading.Lock()
        self._is_ready = False
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sentiment.jobs.warm_host", str(theirs.fileno()), str(directory)],
                pass_fds=[theirs.fileno()],
                cwd=storage.PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        capacity.lower_priority(self._process.pid)

    @property
    def is_ready(self) -> bool:
        """Whether a job would start immediately."""
        with self._lock:
            return self._ready()

    def launch(self, command: Sequence[str], log: BinaryIO) -> int | None:
        """Start a job's command line with its output going to `log`; return its process id, or None on failure."""
        request = json.dumps([command, _environment()]).encode()
        with self._lock, contextlib.suppress(OSError, ValueError):
            if command[1] == "-m" and len(request) < LONGEST_REQUEST and self._ready():
                socket.send_fds(self._control, [request], [log.fileno()])
                return int(self._control.recv(32))
        return None

    def close(self) -> None:
        """End the warm process; running jobs continue."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    def _ready(self) -> bool:
        if not self._is_ready and select.select([self._control], [], [], 0)[0]:
            self._is_ready = self._control.recv(len(READY)) == READY
        return self._is_ready and self._process.poll() is None


_started: list[WarmStart] = []


def begin(directory: Path) -> None:
    """Start the warm process with a bundle, once per process; no effect on platforms without fork."""
    if not _started and hasattr(os, "fork"):
        _started.append(WarmStart(directory))


def launch(command: Sequence[str], log: BinaryIO) -> int | None:
    """Start a job from the warm process; None if there is none or it is not ready."""
    return _started[0].launch(command, log) if _started else None


def _environment() -> dict[str, str]:
    return own_environment() | {"PYTHONUNBUFFERED": "1"}
