"""A pool of processes for tasks, forked when needed and replaced when they die; results are futures.

Each worker has a thread in this process: it sends a group of tasks, waits for the answers, and sends the tasks to
another worker if this one dies meanwhile. Groups are large while many tasks wait, since that is efficient, and shrink
to single tasks at the end, so that all workers finish at the same time (guided self-scheduling, Polychronopoulos and
Kuck 1987).
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from sentiment import errors
from sentiment.errors import WorkerError
from sentiment.system import capacity
from sentiment.system.command import of_module, own_environment
from sentiment.system.worker_host import READY

# A task during which that many workers have died is not retried.
MOST_DEATHS = 3
# The most tasks in a group: enough for full batches, few enough for a worker's memory.
_LARGEST_GROUP = 48
_LONGEST_ANSWER = 1 << 16
# Seconds after which a thread that computes lets another one run; Python's default is 5 ms.
_SWITCH_INTERVAL = 0.001


class _Task(NamedTuple):
    content: object
    answer: Future[Any]


def _fail(group: Sequence[_Task], sentence: str) -> None:
    for task in group:
        task.answer.set_exception(WorkerError(sentence))


class WorkerPool:
    """Up to `workers` processes that run tasks, forked from a host (`worker_host`) started by `python -m module`.

    The host is started immediately and loads in the background. Its first argument is the file descriptor of its
    control socket, followed by `arguments`. If a host is running already, `control` is our end of that socket.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], workers: int, control: socket.socket | None = None
    ) -> None:
        self._host = _Host(module, arguments, control)
        # A worker is idle until its thread, which needs the interpreter several times for a moment, has served it.
        sys.setswitchinterval(min(_SWITCH_INTERVAL, sys.getswitchinterval()))
        self.workers = workers
        self._threads = ThreadPoolExecutor(workers, "worker")
        self._waiting: deque[_Task] = deque()
        self._own = threading.local()
        self._channels: set[_Channel] = set()
        self._closed = False

    def submit(self, task: object) -> Future[Any]:
        """Send a task to the next free worker, perhaps together with others.

        The future raises a `SentimentError` if the host could not be prepared, `WorkerError` if three workers died
        during the task, and `RuntimeError` with the worker's traceback if the work itself failed.
        """
        answer: Future[Any] = Future()
        self._waiting.append(_Task(task, answer))
        self._threads.submit(self._answer_some)
        return answer

    def close(self) -> None:
        """End all processes and abandon their tasks."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        while group := self._next_group():
            _fail(group, "The work was stopped.")
        for channel in list(self._channels):
            channel.break_off()
        self._host.close()

    def _answer_some(self) -> None:
        """Answer the next group of tasks; if the worker dies, each one by itself, so that only the fatal one fails."""
        group = self._next_group()
        if len(group) > 1 and self._is_answered(group):
            return
        for task in group:
            if not any(self._is_answered([task]) for _ in range(MOST_DEATHS)):
                _fail([task], f"{MOST_DEATHS} worker processes have died on it, perhaps because memory ran out.")

    def _next_group(self) -> list["_Task"]:
        """Take this worker's share of the waiting tasks; none if other threads have taken them all."""
        count = max(1, min(_LARGEST_GROUP, len(self._waiting) // self.workers))
        group: list[_Task] = []
        with contextlib.suppress(IndexError):
            while len(group) < count:
                group.append(self._waiting.popleft())
        return group

    def _is_answered(self, group: Sequence["_Task"]) -> bool:
        """Have this thread's worker answer the tasks, or fail them; return False if the worker died."""
        try:
            succeeded, value = self._channel().ask([task.content for task in group])
        except (EOFError, OSError):
            self._drop_channel()
            if self._closed:
                _fail(group, "The work was stopped.")
            return self._closed
        except Exception as error:  # raised where the answers are awaited
            for task in group:
                task.answer.set_exception(error)
            return True
        for number, task in enumerate(group):
            if succeeded:
                task.answer.set_result(value[number])
            else:
                task.answer.set_exception(RuntimeError(f"A worker process has failed:\n{value}"))
        return True

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

    def ask(self, tasks: Sequence[object]) -> tuple[bool, Any]:
        """Send tasks and wait for the answers; raises EOFError or OSError if the worker dies."""
        self._connection.send(tasks)
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
        self._command = of_module(module)
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
