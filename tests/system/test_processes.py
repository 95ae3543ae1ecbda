"""A process is recognized whatever the clock shows, and is not confused with another."""

import dataclasses
import os
import subprocess
import sys

import psutil
import pytest

from sentiment.system import processes
from sentiment.system.processes import ProcessMark


@pytest.fixture
def process():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        yield started
        started.kill()


def test_a_process_is_alive_until_it_has_ended(process):
    mark = processes.mark(process.pid)
    assert processes.is_alive(mark)
    process.kill()
    process.wait()
    assert not processes.is_alive(mark)


@pytest.mark.parametrize("seconds", [5.0, -3600.0])
def test_a_clock_that_is_set_makes_no_process_look_dead(process, monkeypatch, seconds):
    mark = processes.mark(process.pid)
    assert mark.ticks is not None
    created = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda one: created(one) + seconds)
    assert processes.is_alive(mark)


def test_another_process_with_the_same_id_is_not_taken_for_it(process):
    mark = processes.mark(process.pid)
    assert not processes.is_alive(dataclasses.replace(mark, ticks=mark.ticks - 1))
    assert not processes.is_alive(ProcessMark(mark.pid, mark.started - 1000))


def test_a_record_from_before_ticks_were_kept_is_known_by_its_time(process):
    mark = processes.mark(process.pid)
    assert processes.is_alive(ProcessMark(mark.pid, mark.started + 1))


@pytest.mark.parametrize("pid", [-1, 0, pytest.param(-os.getpid(), id="negative id"), 2**31, 2**70])
def test_what_is_no_process_id_is_refused(pid):
    with pytest.raises(ValueError, match="no process id"):
        ProcessMark(pid, 0.0)
