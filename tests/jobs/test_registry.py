"""Jobs as real processes: small scripts that print training lines and record their run."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sentiment.errors import JobError
from sentiment.jobs import registry, scoring_request
from sentiment.jobs.run_directory import change_status, read_config, read_status, recorded
from sentiment.system import capacity, processes, storage
from sentiment.system.processes import ProcessMark
from tests.support.waiting import until

PREAMBLE = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(storage.PROJECT)!r})
from sentiment.errors import DataError
from sentiment.jobs.run_directory import recorded
directory = Path(sys.argv[sys.argv.index("--run") + 1])

def epoch(number, bce=0.5, accuracy=0.8):
    print(f"epoch={{number}} train_bce=0.4 train_accuracy=0.85 validation_bce={{bce}} "
          f"validation_accuracy={{accuracy}} seconds=10.0")

def wait_for(condition):
    while not condition():
        time.sleep(0.01)
"""

QUICK = 'with recorded(directory, "train", {}) as run:\n    run.note(data_digest="abc")\n    epoch(1)\n'
PATIENT = """
with recorded(directory, "train", {}) as run:
    print("step=5 of=10 train_bce=0.6")
    epoch(1)
    print("step=5 of=10 train_bce=0.5")
    (directory / "model").mkdir(exist_ok=True)
    wait_for(lambda: run.stop_requested or (directory / "go").exists())
    epoch(2, 0.4, 0.9)
    (directory / "model" / "config.json").write_text("{}")
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    for job in registry.all_jobs():
        if job.is_active and job.status.process:
            os.kill(job.status.process.pid, signal.SIGKILL)


@pytest.fixture
def start(tmp_path):
    def start(body, name="tiny", **settings):
        script = tmp_path / f"{name}.py"
        script.write_text(PREAMBLE + body)
        return registry.start("train", ["--data", "reviews here.csv"], settings, name, _script=script)

    return start


def ended(job):
    until(lambda: not registry.load(job.directory).is_active)
    return registry.load(job.directory)


def at_work(job):
    until(lambda: len(registry.load(job.directory).rows) >= 3)
    return registry.load(job.directory)


def test_a_job_that_ends_well_is_done_and_its_directory_says_so(start):
    job = ended(start(QUICK, epochs=1, dropout=0.2))
    assert (job.state, job.reason) == ("done", "")
    assert job.settings == {"epochs": 1, "dropout": 0.2}
    assert job.accuracy == 0.8
    assert [row["epoch"] for row in job.history] == [1]
    assert job.progress.share == 1.0
    config = read_config(job.directory)
    assert config["data_digest"] == "abc"
    assert config["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert job.status.created <= job.status.started <= job.status.ended


def test_start_returns_before_the_script_has_begun_and_the_job_is_listed(start):
    job = start(PATIENT)
    assert job.state in ("queued", "running")
    assert [found.id for found in registry.all_jobs()] == [job.id]
    assert registry.find("train", job.id).directory == job.directory


def test_a_job_lets_pages_and_other_programs_go_first(start):
    job = start(PATIENT)
    assert os.getpriority(os.PRIO_PROCESS, job.status.process.pid) == capacity.JOB_NICENESS
    group = Path(f"/proc/{job.status.process.pid}/autogroup")
    if group.is_file():
        assert group.read_text().endswith(f"nice {capacity.JOB_NICENESS}\n")


def test_a_plain_refusal_is_the_reason(start):
    job = ended(start('with recorded(directory, "train", {}):\n    raise DataError("Only one class in column x.")\n'))
    assert (job.state, job.reason) == ("failed", "Only one class in column x.")
    until(lambda: any("Traceback" in line for line in job.last_lines()))


def test_any_other_exception_fails_with_its_type(start):
    job = ended(start('with recorded(directory, "train", {}):\n    1 / 0\n'))
    assert (job.state, job.reason) == ("failed", "ZeroDivisionError: division by zero")


def test_a_script_that_ends_before_its_record_begins_is_failed_with_its_last_lines(start):
    job = ended(start('print("usage: no such flag --lerning-rate")\nsys.exit(2)\n'))
    assert job.state == "failed"
    assert "no such flag --lerning-rate" in job.reason


def test_a_killed_process_is_shown_as_failed_with_its_last_lines(start):
    job = at_work(start('print("reading the data")\n' + PATIENT))
    os.kill(job.status.process.pid, signal.SIGKILL)
    job = ended(job)
    assert job.state == "failed"
    assert "died" in job.reason
    assert "reading the data" in job.reason
    assert "epoch=" not in job.reason
    assert json.loads((job.directory / "status.json").read_text())["state"] == "running"


def test_a_zombie_child_counts_as_dead():
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    mark = processes.mark(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.is_alive(mark)
    child.wait()


def test_a_reused_process_id_is_not_the_job(start):
    job = at_work(start(PATIENT))
    real = job.status.process

    def pretend(status):
        return dataclasses.replace(status, process=ProcessMark(os.getpid(), real.started - 1000))

    change_status(job.directory, pretend)
    changed = registry.load(job.directory)
    assert changed.state == "failed"
    changed.stop()  # must not end this test process
    os.kill(real.pid, signal.SIGKILL)


def test_stop_lets_the_script_keep_what_it_has(start):
    job = at_work(start(PATIENT, epochs=2))
    assert job.bundle is None
    job.stop()
    assert registry.load(job.directory).state in ("stopping", "stopped")
    job = ended(job)
    assert job.state == "stopped"
    assert job.bundle == job.directory / "model"
    assert job.accuracy == 0.9


def test_stop_of_a_script_that_does_not_listen_is_stopped_not_failed(start):
    job = at_work(start(PATIENT.replace("run.stop_requested or", "")))
    job.stop()
    until(lambda: registry.load(job.directory).state == "stopping")
    os.kill(job.status.process.pid, signal.SIGKILL)
    assert ended(job).state == "stopped"


def test_stop_after_the_end_changes_nothing(start):
    job = ended(start(QUICK))
    job.stop()
    assert registry.load(job.directory).state == "done"


def test_resume_runs_the_same_command_on_and_keeps_the_log(start):
    job = at_work(start(PATIENT, epochs=4))
    job.stop()
    stopped = ended(job)
    assert [row["epoch"] for row in stopped.history] == [1, 2]
    resumed = stopped.resume()
    assert resumed.is_active
    until(lambda: len(registry.load(job.directory).rows) >= 7)
    (job.directory / "go").touch()
    job = ended(job)
    assert job.state == "done"
    assert [row["epoch"] for row in job.history] == [1, 2]
    assert len(job.rows) == 8
    assert job.status.created == stopped.status.created
    assert job.status.started > stopped.status.ended


def test_resume_and_delete_are_refused_while_it_works(start):
    job = at_work(start(PATIENT))
    with pytest.raises(JobError, match="still working"):
        job.resume()
    with pytest.raises(JobError, match="still working"):
        job.delete()
    assert job.directory.exists()


def test_delete_removes_the_directory(start):
    job = ended(start(QUICK))
    job.delete()
    assert registry.all_jobs() == []
    with pytest.raises(JobError, match="no job called"):
        registry.find("train", job.id)


def test_a_job_outlives_the_process_that_launched_it(tmp_path, home):
    script = tmp_path / "patient.py"
    script.write_text(PREAMBLE + PATIENT)
    launcher = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
sys.path.insert(0, {str(storage.PROJECT)!r})
from sentiment.jobs import registry, scoring_request
print(registry.start("train", [], {{}}, "orphan", _script=Path({str(script)!r})).directory)
"""
    done = subprocess.run([sys.executable, "-c", launcher], capture_output=True, text=True, check=True)
    job = at_work(registry.load(Path(done.stdout.strip())))
    assert job.state == "running"
    (job.directory / "go").touch()
    assert ended(job).state == "done"


def test_progress_counts_epochs_and_the_step_within(start):
    job = at_work(start(PATIENT, epochs=4))
    progress = job.progress
    assert progress.share == pytest.approx(1.5 / 4)
    assert (progress.epoch, progress.epochs, progress.step, progress.steps) == (2, 4, 5, 10)
    assert progress.seconds_left == pytest.approx(2.5 * 10.0)


def test_foreign_and_half_written_directories_do_not_break_the_list(start, home):
    job = ended(start(QUICK))
    runs = home / "runs"
    (runs / "empty").mkdir()
    (runs / "a file").write_text("x")
    (runs / "foreign").mkdir()
    (runs / "foreign" / "config.json").write_text('{"model_type": "lstm"}')
    (runs / "torn").mkdir()
    (runs / "torn" / "config.json").write_text('{"kind": "tr')
    damaged = runs / "damaged"
    damaged.mkdir()
    (damaged / "config.json").write_bytes((job.directory / "config.json").read_bytes())
    (damaged / "status.json").write_text('{"state": "runn')
    found = {listed.id: listed for listed in registry.all_jobs()}
    assert set(found) == {job.id, "damaged"}
    assert found["damaged"].state == "failed"
    assert "status.json" in found["damaged"].reason
    found["damaged"].delete()
    assert not damaged.exists()


def test_two_jobs_of_one_name_get_two_directories(start):
    first, second = start(QUICK, "My Run: 1"), start(QUICK, "My Run: 1")
    assert first.directory != second.directory
    assert first.id.startswith("my-run-1-")
    assert {job.id for job in registry.all_jobs()} == {first.id, second.id}


def test_the_command_repeats_the_job_elsewhere(start, tmp_path):
    job = ended(start(QUICK))
    assert job.command.startswith(f"{sys.executable} {tmp_path}/tiny.py --data 'reviews here.csv'")
    assert "--run" not in job.command
    assert job.command.endswith(f"--output {job.id}")


def test_a_script_that_cannot_be_launched_is_a_plain_error(start, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(JobError, match="could not be launched"):
        start(QUICK)
    assert [job.state for job in registry.all_jobs()] == ["failed"]


def test_a_full_disk_is_refused_before_anything_is_made(start, monkeypatch, home):
    monkeypatch.setattr(registry, "MINIMUM_FREE_BYTES", 1 << 62)
    with pytest.raises(JobError, match="nearly full"):
        start(QUICK)
    assert registry.all_jobs() == []


def test_a_script_run_by_hand_keeps_the_same_record(tmp_path):
    with recorded(tmp_path / "byhand", "train", {"epochs": 3}) as run:
        assert read_status(tmp_path / "byhand").state == "running"
        assert registry.load(tmp_path / "byhand").state == "running"
        run.note(data_digest="d")
    job = registry.load(tmp_path / "byhand")
    assert (job.state, job.settings, job.config["data_digest"]) == ("done", {"epochs": 3}, "d")


def test_without_a_log_the_history_file_gives_the_rows(tmp_path):
    row = {"epoch": 1, "train_bce": 0.5, "train_accuracy": 0.7, "validation_bce": 0.4, "validation_accuracy": 0.8}
    with recorded(tmp_path / "byhand", "train", {"epochs": 3}):
        (tmp_path / "byhand" / "history.jsonl").write_text(json.dumps(row | {"seconds": 1.0}) + "\n")
    assert registry.load(tmp_path / "byhand").accuracy == 0.8


def test_sigterm_is_handled_as_before_once_the_record_is_closed(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    with recorded(tmp_path / "byhand", "train", {}) as run:
        os.kill(os.getpid(), signal.SIGTERM)
        until(lambda: run.stop_requested)
    assert signal.getsignal(signal.SIGTERM) == before
    assert registry.load(tmp_path / "byhand").state == "stopped"


@pytest.mark.parametrize(("code", "state"), [(0, "done"), (3, "failed")])
def test_a_script_that_exits_ends_as_its_code_says(tmp_path, code, state):
    with pytest.raises(SystemExit), recorded(tmp_path / "byhand", "train", {}):
        sys.exit(code)
    assert registry.load(tmp_path / "byhand").state == state


def test_a_script_that_exits_when_asked_to_stop_is_stopped(tmp_path):
    def stopped():
        os.kill(os.getpid(), signal.SIGTERM)
        sys.exit(143)

    with pytest.raises(SystemExit), recorded(tmp_path / "byhand", "train", {}):
        stopped()
    assert registry.load(tmp_path / "byhand").state == "stopped"


def test_control_c_is_stopped(tmp_path):
    with pytest.raises(KeyboardInterrupt), recorded(tmp_path / "byhand", "train", {}):
        raise KeyboardInterrupt
    assert registry.load(tmp_path / "byhand").state == "stopped"


def test_pretraining_is_listed_with_training_and_what_it_learnt_is_no_bundle(tmp_path, start):
    script = tmp_path / "words.py"
    script.write_text(PREAMBLE + PATIENT.replace('"train"', '"pretrain"'))
    pretraining = registry.start("pretrain", ["--data", "reviews.csv"], {"epochs": 2}, "tiny", _script=script)
    training = ended(start(QUICK))
    assert pretraining.id != training.id, "one folder, so one list of names"
    assert registry.load(pretraining.directory).pretrained is None
    (pretraining.directory / "go").touch()
    pretraining = ended(pretraining)
    assert pretraining.log.name == "pretrain.log"
    assert (pretraining.pretrained, pretraining.bundle) == (pretraining.directory / "model", None)
    assert training.pretrained is None
    assert [job.id for job in registry.all_jobs()] == [training.id, pretraining.id]
    assert [job.id for job in registry.all_jobs("train")] == [training.id]
    assert [job.id for job in registry.all_jobs("pretrain")] == [pretraining.id]
    assert pretraining.command.endswith(f"--data reviews.csv --output {pretraining.name}")


ODD_VALUES = [None, True, "text", -1, 2**70, 1e400, float("nan"), [], {}, [[]], {"a": 1}]


def odd_records():
    """Damaged or foreign contents of a run directory: each field of each file with another value."""
    config = {"kind": "train", "name": "odd", "settings": {"epochs": 2}, "command": ["false"]}
    status = {"state": "running", "created": 1.0, "process": {"pid": 1, "started": 1.0}, "started": 1.0, "ended": None}
    place = {"region": "us-east-1", "role": "r", "base_name": "b"}
    for name in config:
        yield from ((config | {name: value}, status, {}) for value in ODD_VALUES)
    for name in status:
        yield from ((config, status | {name: value}, {}) for value in ODD_VALUES)
    for name in ("pid", "started", "ticks", "surplus"):
        yield from ((config, status | {"process": status["process"] | {name: value}}, {}) for value in ODD_VALUES)
    for value in ODD_VALUES:
        yield config | {"sagemaker": value}, status, {}
        yield config | {"sagemaker": place | {"hourly": value, "spot": value}}, status, {}
        yield config | {"sagemaker": place}, status, {"launched": value, "status": value}
        yield config | {"settings": {"epochs": value, "path": value, "key": value}}, status, {}
        yield config | {"kind": "score", "settings": {"epochs": value, "path": value, "key": value}}, status, {}


def test_odd_directories_break_no_list_and_no_other_job(home, start):
    other = start(QUICK)
    until(lambda: registry.load(other.directory).state == "done")
    for number, (config, status, standing) in enumerate(odd_records()):
        directory = home / ("scores" if config["kind"] == "score" else "runs") / f"odd-{number}"
        (directory / "model").mkdir(parents=True)
        files = {"config.json": config, "status.json": status, "sagemaker.json": standing, "model/config.json": {}}
        for name, values in files.items():
            (directory / name).write_text(json.dumps(values))
        (directory / "history.jsonl").write_text(json.dumps({"epoch": "one"}) + "\n" + "[" * 9_999 + "\n")
    deep = home / "runs" / "deep"
    deep.mkdir()
    for name in ("config.json", "status.json"):
        (deep / name).write_text("[" * 100_000)
    jobs = [*registry.all_jobs(), *registry.all_jobs("score", "estimate", "transform")]
    assert other.id in [job.id for job in jobs]
    for job in jobs:
        shown = (job.name, job.state, job.reason, job.accuracy, job.progress, job.elapsed, job.age, job.sagemaker)
        assert str(shown)
        assert job.command
        assert job.rows is not None
    assert scoring_request.recent() == []


def resumed(job):
    try:
        job.resume()
    except JobError:
        return "refused"
    return "resumed"


def test_of_many_that_resume_at_once_one_does(start):
    job = start(PATIENT)
    at_work(job)
    job.stop()
    assert ended(job).state == "stopped"
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: resumed(job), range(8)))
    assert outcomes.count("resumed") == 1


def test_a_run_is_worked_on_by_one_process(start):
    job = start(PATIENT)
    at_work(job)
    before = read_status(job.directory)
    with pytest.raises(JobError, match="Another process works on"), recorded(job.directory, "train", {}):
        pass
    assert read_status(job.directory) == before
    os.kill(before.process.pid, signal.SIGKILL)
    ended(job)
    with recorded(job.directory, "train", {}):
        pass
    assert registry.load(job.directory).state == "done"


@pytest.mark.parametrize("step", [-40 * 86_400.0, -120.0, 120.0, 40 * 86_400.0])
def test_a_clock_that_is_set_ends_no_job_and_moves_no_duration(start, monkeypatch, step):
    job = at_work(start(PATIENT))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + step)
    now = registry.load(job.directory)
    assert now.is_active
    assert 0 < now.elapsed < 100
    (job.directory / "go").touch()
    job = ended(job)
    assert (job.state, 0 < job.elapsed < 100) == ("done", True)


def test_a_job_that_never_got_a_process_has_failed_whatever_the_clock_says(start, monkeypatch):
    job = ended(start(QUICK))
    change_status(job.directory, lambda old: dataclasses.replace(old, state="queued", process=None, ended=None))
    real = time.time
    for step, state in ((0.0, "queued"), (-7200.0, "failed"), (7200.0, "failed")):
        monkeypatch.setattr(time, "time", lambda step=step: real() + step)
        assert registry.load(job.directory).state == state
