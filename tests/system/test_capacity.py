"""Long-running work yields to other processes, in all the processes that it starts."""

import subprocess
import sys

from sentiment.system import storage

SCORING = """
import os, sys
from pathlib import Path
import psutil
from sentiment.model.workers.parallel import ParallelPredictor
from sentiment.system import capacity

capacity.lower_priority(os.getpid(), 3)
with ParallelPredictor(Path(sys.argv[1]), 1) as predictor:
    predictor.score(["A fine place."])
    for process in psutil.Process().children(recursive=True):
        group = Path(f"/proc/{process.pid}/autogroup")
        print(process.nice(), group.read_text().split()[-1] if group.is_file() else 3)
"""


def test_workers_have_the_low_priority_of_what_starts_them(tiny_bundle):
    command = [sys.executable, "-c", SCORING, str(tiny_bundle)]
    lines = subprocess.run(command, cwd=storage.PROJECT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) >= 2  # the host and its worker
    assert set(lines) == {"3 3"}
