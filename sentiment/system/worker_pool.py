"""A pool of processes for tasks, forked when needed and replaced when they die; results are futures.

Each worker has a thread in this process: it sends a task, waits for the answer, and sends the task to another worker if
this one dies meanwhile.
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

# A task during which that many workers have died is not retried.
MOST_DEATHS = 3
_LONGEST_ANSWER = 1 << 16


class WorkerPool:
    """Up to `workers` processes that run tasks, forked from a host (`worker_host`) started by `python -m module`.

    The host is started immediately and loads in the background. Its first argument is the file descriptor of its
    control socket, followed by `arguments`. If a host is running already, `control` is our end of that socket.
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
        """Send a task to the next free worker.

        The future raises a `SentimentError` if the host could not be prepared, `WorkerError` if three workers died
        during the task, and `RuntimeError` with the worker's traceback if the work itself failed.
        """
        return self._threads.submit(self._answer, task)

    def close(self) -> None:
        """End all processes and abandon their tasks."""
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
        """Return this thread's channel to its worker, which is forked if there is none."""
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
    """The channel to one worker."""

    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._connection = Connection(os.dup(ours.fileno()))

    def ask(self, task: object) -> tuple[bool, Any]:
        """Send a task and wait for the answer; raises EOFError or OSError if the worker dies."""
        self._connection.send(task)
        succeeded, value = self._connection.recv()
        return succeeded, value

    def break_off(self) -> None:
        """Close the channel, for the worker and for the thread that waits for it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()
        self._connection.close()


class _Host:
    """The process that workers are forked from; it is restarted if it has died."""

    def __init__(self, module: str, arguments: Sequence[str], control: socket.socket | None) -> None:
        self._command = [sys.executable, "-m", module]
        self._arguments = arguments
        self._lock = threading.Lock()
        self._is_ready = False
        self._process: subprocess.Popen[bytes] | None = None  # None for a host that was running already
        if control is None:
            self._start()
        else:
            self._control = control

    def fork(self) -> _Channel:
        """Fork a worker, once the host is ready.

        Raises:
            SentimentError: the host cannot be prepared; the message is its own.
            WorkerError: it died before it was ready.
            OSError: it has died since; another one is started for the next call.
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
            self._control.shutdown(socket.SHUT_RDWR)  # threads that wait for it to be ready wake up
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
                start_new_session=True,  # signals to this process's group, such as Ctrl-C, are handled here
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
