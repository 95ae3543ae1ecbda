"""The process that starts score jobs immediately: it has loaded torch and a bundle, and forks for each job.

Its arguments are a socket's file descriptor and a bundle's directory. A request is a job's command line and environment
variables, with the file descriptor of its log. The answer is the job's process id; the job is as independent of this
process as one that was started from a shell.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from sentiment.model.predictor import Predictor
from sentiment.model.workers import hosts
from sentiment.model.workers.preparation import answers_of, prepared
from sentiment.system import worker_host

# The modules that a job imports, by name, since this layer must not import them.
_COMMANDS = ("sentiment.commands.main", "sentiment.commands.scoring_run", "sentiment.scoring.parquet_writer")


def main() -> None:
    """Load everything, then start a job for each request until the other end closes the socket."""
    with socket.socket(fileno=int(sys.argv[1])) as control:
        predictor = prepared(Path(sys.argv[2]))
        for name in _COMMANDS:
            importlib.import_module(name)
        control.sendall(worker_host.READY)
        gc.freeze()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that a job that has ended leaves no zombie
        while True:
            try:
                request, descriptors, _, _ = socket.recv_fds(control, worker_host.LONGEST_REQUEST, 1)
            except ConnectionError:  # the other end was killed
                return
            if not request:
                return
            (log,) = descriptors
            command, environment = json.loads(request)
            control.sendall(b"%d\n" % _started(control, command, environment, log, predictor))
            os.close(log)


def _started(
    control: socket.socket, command: Sequence[str], environment: Mapping[str, str], log: int, predictor: Predictor
) -> int:
    """Fork a job, and the host of its workers next to it; return the job's process id."""
    ours, theirs = socket.socketpair()
    job = os.fork()
    if job == 0:
        control.close()
        theirs.close()
        hosts.adopt(predictor.fingerprint, ours)
        _run(command, environment, log)
    if os.fork() == 0:
        control.close()
        ours.close()
        os.close(log)
        worker_host.serve(theirs, lambda: answers_of(predictor))
        os._exit(0)
    ours.close()
    theirs.close()
    return job


def _run(command: Sequence[str], environment: Mapping[str, str], log: int) -> NoReturn:
    """Act as the process that this command line (`python -m MODULE …`) would have started."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    _, _, module, *arguments = command
    sys.argv = [module, *arguments]
    code: object = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main()
