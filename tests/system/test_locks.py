"""A lock has one holder at a time and is released when its holder ends in any way."""

import subprocess
import sys
import threading

import pytest

from sentiment.system import locks
from sentiment.system.storage import PROJECT

HOLDER = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
from pathlib import Path
from sentiment.system import locks
with locks.held(Path(sys.argv[1]), wait=False):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


def test_a_second_holder_is_refused_and_nothing_is_left_at_the_end(path):
    with locks.held(path, wait=False), pytest.raises(BlockingIOError), locks.held(path, wait=False):
        pass
    assert not path.exists()
    with locks.held(path, wait=False):
        pass


def test_whoever_waits_gets_it_after_the_other(path):
    order = []

    def later():
        with locks.held(path, wait=True):
            order.append("later")

    with locks.held(path, wait=False):
        waiting = [threading.Thread(target=later) for _ in range(3)]
        for thread in waiting:
            thread.start()
        order.append("first")
    for thread in waiting:
        thread.join(30)
    assert order == ["first", "later", "later", "later"]


def test_a_killed_holder_releases_it(path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError), locks.held(path, wait=False):
            pass
        holder.kill()
    with locks.held(path, wait=False):
        pass
