"""Tasks that are sent to workers in groups: each gets its own answer, and only a fatal one fails."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import Future

import pytest

from sentiment.errors import NO_MEMORY, WorkerError
from sentiment.system.worker_host import serve
from sentiment.system.worker_pool import MOST_DEATHS, WorkerPool

# Would load for ten minutes, and prints that it has begun.
SLOW_HOST = """
import socket
import sys
import time
from sentiment.system.worker_host import serve
def prepare():
    print("begun", flush=True)
    time.sleep(600)
serve(socket.socket(fileno=int(sys.argv[1])), prepare)
"""
WORDS = [f"word {number}" for number in range(40)]


@pytest.fixture
def pool():
    made = WorkerPool("tests.support.fragile_host", [], 2)
    yield made
    made.close()


def test_every_task_gets_its_own_answer(pool):
    answers = [pool.submit(word) for word in WORDS]
    assert [answer.result() for answer in answers] == [word.upper() for word in WORDS]


def test_a_task_that_kills_its_worker_fails_alone(pool):
    answers = [pool.submit(word) for word in [*WORDS[:30], "die", *WORDS[30:]]]
    with pytest.raises(WorkerError, match=f"{MOST_DEATHS} worker processes have died"):
        answers.pop(30).result()
    assert [answer.result() for answer in answers] == [word.upper() for word in WORDS]


def test_tasks_of_a_closed_pool_fail(pool):
    answers: list[Future[str]] = [pool.submit(word) for word in WORDS]
    pool.close()
    assert all(isinstance(answer.exception(timeout=300), WorkerError | None) for answer in answers)


def test_workers_are_started_in_a_folder_with_any_files(tmp_path, monkeypatch):
    for name in ("types", "json", "socket", "logging"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    with contextlib.closing(WorkerPool("tests.support.fragile_host", [], 1)) as pool:
        assert pool.submit("word").result() == "WORD"


def test_too_little_memory_for_a_host_is_a_sentence():
    def prepare():
        raise MemoryError

    ours, theirs = socket.socketpair()
    with ours, theirs:
        serve(theirs, prepare)
        assert json.loads(ours.recv(4096)) == ["WorkerError", NO_MEMORY]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a host first loads to its end")
def test_a_host_that_is_loading_ends_with_the_process_that_started_it():
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-c", SLOW_HOST, str(theirs.fileno())]
        host = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.PIPE, text=True)
    with host:
        assert host.stdout
        assert host.stdout.readline() == "begun\n"
        ours.close()
        assert host.wait(timeout=300) == -signal.SIGIO
