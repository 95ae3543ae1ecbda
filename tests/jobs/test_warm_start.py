"""Score jobs from a process that has loaded everything: they equal other jobs, but start sooner."""

import io
import signal

import psutil
import pytest

from sentiment.jobs import registry, warm_start
from sentiment.jobs.warm_start import WarmStart
from sentiment.model.predictor import Predictor
from sentiment.scoring.score import score_table
from sentiment.system import capacity
from sentiment.tables.table import inspect_table
from tests.support.miniature import reviews
from tests.support.scored_tables import write_csv
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))


@pytest.fixture
def warm(tiny_bundle, monkeypatch):
    warm = WarmStart(tiny_bundle)
    monkeypatch.setattr(warm_start, "_started", [warm])
    until(lambda: warm.is_ready)
    yield warm
    warm.close()


@pytest.fixture
def source(tmp_path):
    return write_csv(tmp_path / "in.csv", ["review"], [(text,) for text, _, _ in reviews(1_200, seed=3)])


def start(source, output, bundle):
    arguments = [str(source), "--output", str(output), "--model", str(bundle), "--workers", "2"]
    return registry.start("score", arguments, {}, "table")


def ended(job):
    until(lambda: not registry.load(job.directory).is_active)
    return registry.load(job.directory)


def test_a_job_is_recorded_and_writes_what_one_process_writes(warm, source, tmp_path, tiny_bundle):
    job = start(source, tmp_path / "warm.csv", tiny_bundle)
    assert psutil.Process(job.status.process.pid).ppid() == warm._process.pid
    job = ended(job)
    assert job.state == "done", job.last_lines()
    assert any(line.startswith("rows=1200 of=1200 ") for line in job.last_lines())
    score_table(inspect_table(source), Predictor.load(tiny_bundle, "cpu"), tmp_path / "cold.csv")
    assert (tmp_path / "warm.csv").read_bytes() == (tmp_path / "cold.csv").read_bytes()
    until(lambda: not psutil.Process(warm._process.pid).children())


def test_a_job_that_fails_says_why(warm, tmp_path, tiny_bundle):
    job = ended(start(tmp_path / "none.csv", tmp_path / "out.csv", tiny_bundle))
    assert (job.state, "There is no file" in job.reason) == ("failed", True)


def test_a_job_outlives_the_warm_process_and_can_be_stopped(warm, tmp_path, tiny_bundle):
    texts = [(text,) for text, _, _ in reviews(60_000, seed=4)]
    job = start(write_csv(tmp_path / "in.csv", ["review"], texts), tmp_path / "out.csv", tiny_bundle)
    until(lambda: registry.load(job.directory).last_lines())
    warm.close()
    now = registry.load(job.directory)
    assert now.is_active
    processes = psutil.Process(now.status.process.pid).children(recursive=True)
    assert psutil.Process(now.status.process.pid).nice() == capacity.JOB_NICENESS
    now.stop()
    assert ended(now).state == "stopped"
    assert not [process for process in processes if process.is_running()]


def test_a_process_that_is_gone_starts_nothing(warm):
    warm._process.send_signal(signal.SIGKILL)
    warm._process.wait()
    assert warm.launch(["python", "-m", "sentiment", "score"], io.BytesIO()) is None
