"""The process that forks workers: it loads what all of them need once, and shares its memory with them.

A host that loads libraries and a model once makes the sixteenth worker as cheap as the second. It has a single thread,
so that forking is safe. Everything ends with the process that started it, in whatever way that ends: the host when the
other end closes its socket, a worker when its own socket closes, or together with the host on Linux.
"""

import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from sentiment.errors import NO_MEMORY, SentimentError, WorkerError, lacks_memory
from sentiment.system.processes import end_with_parent

READY = b'"ready"'
LONGEST_REQUEST = 1 << 16  # bytes

# Answers a group of tasks, in order.
Work = Callable[[list[Any]], list[Any]]


def serve(control: socket.socket, prepare: Callable[[], Work]) -> None:
    """Prepare, report success or the failure, then fork a worker for each socket received over `control`."""
    try:
        with _ending_with(control):
            work = prepare()
        control.sendall(READY)
    except SentimentError as error:
        control.sendall(json.dumps([type(error).__name__, str(error)]).encode())
        return
    except BrokenPipeError:  # nobody waits any more
        return
    except (MemoryError, RuntimeError, ImportError) as error:
        if not lacks_memory(error):
            raise
        control.sendall(json.dumps([WorkerError.__name__, NO_MEMORY]).encode())
        return
    # The garbage collector would write to memory pages that workers share.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that a dead worker leaves no zombie
    while channel := _received(control):
        if os.fork() == 0:
            control.close()
            _work(channel, work)
        os.close(channel)


@contextmanager
def _ending_with(control: socket.socket) -> Iterator[None]:
    """Let this process end if the other end closes its socket during the block, which takes seconds.

    Linux then sends SIGIO, which ends a process that does not handle it; elsewhere the process ends after the block.
    """
    import fcntl  # which Windows lacks, where no host runs

    flags = fcntl.fcntl(control, fcntl.F_GETFL)
    fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(control, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        yield
    finally:
        fcntl.fcntl(control, fcntl.F_SETFL, flags)


def _received(control: socket.socket) -> int:
    """Return the file descriptor of the next socket; 0 when the other end has closed."""
    try:
        _, descriptors, _, _ = socket.recv_fds(control, LONGEST_REQUEST, 1)
    except OSError:
        return 0
    return descriptors[0] if descriptors else 0


def _work(channel: int, work: Work) -> NoReturn:
    """Answer each group of tasks with (True, results), or with (False, traceback) if an exception was raised."""
    end_with_parent()
    connection = Connection(channel)
    try:
        while True:
            tasks = connection.recv()
            try:
                answer: tuple[bool, list[Any] | str] = True, work(tasks)
            except Exception:
                answer = False, traceback.format_exc()
            connection.send(answer)
    except (EOFError, OSError):
        pass  # the caller no longer waits for an answer
    finally:
        sys.stderr.flush()
        os._exit(0)
