"""A process with limits on memory and time."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from sentiment.system import bounded
from sentiment.system.storage import PROJECT
from tests.support.waiting import until

WAITING = """
import sys
from sentiment.system import bounded
bounded.run_bounded("tests.support.endless_reading", [], sys.stdout.buffer)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_reading_process_ends_with_a_server_that_is_killed():
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    with subprocess.Popen([sys.executable, "-c", WAITING], env=environment, stdout=subprocess.PIPE) as server:
        reading = psutil.Process(int(server.stdout.readline()))
        server.kill()
        until(lambda: not reading.is_running() or reading.status() == psutil.STATUS_ZOMBIE)


def test_only_the_thread_that_asks_waits(tmp_path):
    output = tmp_path / "output"
    with ThreadPoolExecutor(1) as beside, output.open("wb") as file:
        answer = beside.submit(bounded.run_bounded, "tests.support.endless_reading", [], file)
        reading = psutil.Process(int(until(output.read_text)))
        assert not answer.done()
        reading.kill()
        assert answer.result() == ("memory", "")
