"""The process that forks workers: it has loaded once what all of them need, and their memory is shared with it.

A host that loads libraries and a model once makes the sixteenth worker as cheap as the second. It has one thread, so
that forking is safe. Everything ends with the process that started it, however that ends: the host when the other end
of its socket closes, a worker when its own does, or at once with the host where the system can do that (Linux).
"""

import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from sentiment.errors import SentimentError
from sentiment.system.processes import end_with_parent

READY = b'"ready"'
LONGEST_REQUEST = 1 << 16  # bytes

Work = Callable[[Any], Any]


def serve(control: socket.socket, prepare: Callable[[], Work]) -> None:
    """Prepare, say so or why not, then fork a worker for each socket that comes over `control` until that closes."""
    try:
        work = prepare()
    except SentimentError as error:
        control.sendall(json.dumps([type(error).__name__, str(error)]).encode())
        return
    control.sendall(READY)
    # The collector would write into pages that workers share.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a worker that has died leaves no zombie
    while tasks := _received(control):
        if os.fork() == 0:
            control.close()
            _work(tasks, work)
        os.close(tasks)


def _received(control: socket.socket) -> int:
    """Return the next socket's descriptor, 0 when the other end is gone."""
    try:
        _, descriptors, _, _ = socket.recv_fds(control, LONGEST_REQUEST, 1)
    except OSError:
        return 0
    return descriptors[0] if descriptors else 0


def _work(tasks: int, work: Work) -> NoReturn:
    """Answer one task after the other: with (True, its result), or (False, the traceback) of what was raised."""
    end_with_parent()
    connection = Connection(tasks)
    try:
        while True:
            task = connection.recv()
            try:
                answer = True, work(task)
            except Exception:
                answer = False, traceback.format_exc()
            connection.send(answer)
    except (EOFError, OSError):
        pass  # nobody waits for an answer any more
    finally:
        sys.stderr.flush()
        os._exit(0)
