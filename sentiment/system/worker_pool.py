"""Tasks for processes of their own, which are forked when needed and replaced when they die; answers as futures.

A thread of this process stands for each worker: it hands over a task, waits for the answer, and hands the task to
another worker when this one dies meanwhile.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from sentiment import errors
from sentiment.errors import WorkerError
from sentiment.system import capacity
from sentiment.system.command import own_environment
from sentiment.system.worker_host import READY

# A task during which so many workers have died is not given to another.
MOST_DEATHS = 3
_LONGEST_ANSWER = 1 << 16


class WorkerPool:
    """Up to `workers` processes at work on tasks, forked from a host (`worker_host`) that `python -m module` runs.

    The host is started at once and loads while the caller goes on. Its first argument is the descriptor of its control
    socket, the others are `arguments`. Where a host is there already, `control` is our end of that socket.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], workers: int, control: socket.socket | None = None
    ) -> None:
        self._host = _Host(module, arguments, control)
        self._threads = ThreadPoolExecutor(workers, "worker")
        self._own = threading.local()
        self._channels: set[_Channel] = set()
        self._closed = False

    def submit(self, task: object) -> Future[Any]:
        """Hand a task to the next free worker.

        The future raises what the host could not be prepared for (a `SentimentError`), `WorkerError` when three workers
        have died at the task, and `RuntimeError` with the worker's traceback when the work itself has failed.
        """
        return self._threads.submit(self._answer, task)

    def close(self) -> None:
        """End all processes and give up what they are at."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for channel in list(self._channels):
            channel.break_off()
        self._host.close()

    def _answer(self, task: object) -> Any:
        for _ in range(MOST_DEATHS):
            try:
                succeeded, value = self._channel().ask(task)
            except (EOFError, OSError):
                self._drop_channel()
                if self._closed:
                    raise WorkerError("The work was broken off.") from None
                continue
            if not succeeded:
                raise RuntimeError(f"A worker process has failed:\n{value}")
            return value
        raise WorkerError(f"{MOST_DEATHS} worker processes have died at it, perhaps for want of memory.")

    def _channel(self) -> "_Channel":
        """Return this thread's way to its worker, which is forked where there is none."""
        if getattr(self._own, "channel", None) is None:
            self._own.channel = self._host.fork()
            self._channels.add(self._own.channel)
        channel: _Channel = self._own.channel
        return channel

    def _drop_channel(self) -> None:
        channel, self._own.channel = getattr(self._own, "channel", None), None
        if channel is not None:
            self._channels.discard(channel)
            channel.close()


class _Channel:
    """The way to one worker."""

    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._connection = Connection(os.dup(ours.fileno()))

    def ask(self, task: object) -> tuple[bool, Any]:
        """Hand over a task and wait for what comes back; EOFError or OSError when the worker dies."""
        self._connection.send(task)
        succeeded, value = self._connection.recv()
        return succeeded, value

    def break_off(self) -> None:
        """Let the worker, and the thread that waits for it, see the end of the way."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()
        self._connection.close()


class _Host:
    """The process that workers are forked from; it is started again when it has died."""

    def __init__(self, module: str, arguments: Sequence[str], control: socket.socket | None) -> None:
        self._command = [sys.executable, "-m", module]
        self._arguments = arguments
        self._lock = threading.Lock()
        self._is_ready = False
        self._process: subprocess.Popen[bytes] | None = None  # None for a host that was there already
        if control is None:
            self._start()
        else:
            self._control = control

    def fork(self) -> _Channel:
        """Have a worker forked, once the host is ready.

        Raises:
            SentimentError: the host cannot be prepared, in its own words.
            WorkerError: it dies before it is ready.
            OSError: it has died since; another is started, for the next call.
        """
        with self._lock:
            self._wait_until_ready()
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    socket.send_fds(self._control, [b"fork"], [theirs.fileno()])
                except OSError:
                    self._end()
                    self._start()
                    raise
            return _Channel(ours)

    def close(self) -> None:
        """End the host; on Linux its workers end with it, elsewhere once their sockets close."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)  # who waits for it to be ready waits no longer
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control.close()

    def _start(self) -> None:
        self._is_ready = False
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*self._command, str(theirs.fileno()), *self._arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # what ends this process's group, such as Ctrl-C, is for this process to decide
                env=own_environment(),
            )
        capacity.pass_on_priority(self._process.pid)

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        answer = self._control.recv(_LONGEST_ANSWER)
        if answer != READY:
            if not answer:
                raise WorkerError("The process that scores has died while it was loading; its messages say why.")
            kind, sentence = json.loads(answer)
            raise getattr(errors, kind, WorkerError)(sentence)
        self._is_ready = True
