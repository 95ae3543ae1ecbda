"""Jobs: launch one, list them all, inspect one, stop, resume and delete it.

A job is one process and its run directory, and the directory is the single source of truth: no state of a job is held
in memory, so a restart of the dashboard loses nothing. The script that does the work writes the record itself, with
`run_directory.recorded`. A job on SageMaker works the same way: its process is the local one that follows it.
The functions here raise JobError, with a sentence for the user, when they cannot do their work.
"""

import contextlib
import dataclasses
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sentiment.errors import BundleError, JobError
from sentiment.jobs import run_log, sagemaker_run, warm_start
from sentiment.jobs.run_directory import (
    ENDED,
    JobKind,
    JobState,
    Status,
    change_status,
    config,
    made_new,
    named_directory,
    read_config,
    read_status,
)
from sentiment.jobs.run_log import RunProgress
from sentiment.jobs.sagemaker_run import Place, SageMakerRun
from sentiment.model import bundle
from sentiment.system import capacity, locks, processes, storage
from sentiment.system.command import own_environment
from sentiment.training.loop import log_lines
from sentiment.training.loop.log_lines import EpochRow

# Training and pretraining share a folder, so that ids are unique among the jobs on the monitor.
FOLDERS: dict[JobKind, str] = {
    "train": "runs",
    "pretrain": "runs",
    "score": "scores",
    "estimate": "estimates",
    "transform": "transforms",
}
LOGS: dict[JobKind, str] = {kind: f"{kind}.log" for kind in FOLDERS}

LEARNING: tuple[JobKind, ...] = ("train", "pretrain")

MINIMUM_FREE_BYTES = 200_000_000
QUEUED_SECONDS = 60.0
LAUNCHING = ".launching"  # the lock for checking that a job is not running and launching it


@dataclass(frozen=True)
class Job:
    """A snapshot of a job when it was loaded; the effect of its methods shows in the next `load`.

    `state` is from the status file, corrected if the process has died; `reason` is a sentence on why a job
    has failed.
    """

    directory: Path
    config: Mapping[str, Any]
    status: Status
    state: JobState
    reason: str

    @property
    def id(self) -> str:
        """The run directory's name."""
        return self.directory.name

    @property
    def name(self) -> str:
        """The name that the user gave it."""
        return str(self.config.get("name", self.id))

    @property
    def kind(self) -> JobKind:
        """Its kind: train, pretrain, score, transform (score on SageMaker), or estimate a training time."""
        kind: JobKind = self.config["kind"]
        return kind

    @property
    def settings(self) -> dict[str, Any]:
        """A copy of its settings as passed to `start`: the starting point of a clone."""
        return dict(self.config["settings"])

    @property
    def is_active(self) -> bool:
        """Whether its process is running or about to."""
        return self.state not in ENDED

    @property
    def sagemaker(self) -> SageMakerRun | None:
        """Its run on SageMaker with its latest state; None for a job on this machine."""
        return sagemaker_run.run_of(self.config, self.directory)

    @property
    def is_orphaned(self) -> bool:
        """Whether it runs on SageMaker while the process that followed it has died without writing an end state."""
        return not self.is_active and self.status.state not in ENDED and bool(self.sagemaker and self.sagemaker.lives)

    @property
    def can_resume(self) -> bool:
        """Whether launching its command again continues it: False once it has ended on SageMaker."""
        run = self.sagemaker
        return self.state in ("stopped", "failed") and not (run and run.standing.has_ended)

    @property
    def age(self) -> float:
        """Seconds since it was created."""
        return max(0.0, time.time() - self.status.created)

    @property
    def elapsed(self) -> float:
        """Seconds that the latest launch has run, up to now or to its end."""
        last_sign = time.time() if self.is_active or not self.log.is_file() else self.log.stat().st_mtime
        return self.status.seconds_worked(last_sign, is_active=self.is_active)

    @property
    def log(self) -> Path:
        """The file with everything it printed, over all launches."""
        return self.directory / LOGS[self.kind]

    @property
    def bundle(self) -> Path | None:
        """The trained model's directory; None if there is none yet."""
        return self._learnt if self.kind == "train" else None

    @property
    def pretrained(self) -> Path | None:
        """The pretrained network's directory, which training can start from; None if there is none yet."""
        return self._learnt if self.kind == "pretrain" else None

    @property
    def _learnt(self) -> Path | None:
        model = self.directory / "model"
        return model if (model / "config.json").is_file() else None

    @property
    def rows(self) -> Sequence[EpochRow]:
        """Every training row it logged, epochs and steps, in order; from `history.jsonl` if there is no log."""
        return run_log.read_rows(self.log if self.log.is_file() else self.directory / "history.jsonl")

    @property
    def history(self) -> list[EpochRow]:
        """Its epoch rows by ascending epoch."""
        return log_lines.epoch_rows(self.rows)

    @property
    def accuracy(self) -> float | None:
        """The accuracy, 0 to 1, of its finished model, or the validation accuracy of the best epoch so far."""
        if self.bundle is not None:
            with contextlib.suppress(BundleError):
                return bundle.describe(self.bundle).accuracy
        best = log_lines.best_epoch(self.rows)
        return best["validation_accuracy"] if best else None

    @property
    def progress(self) -> RunProgress | None:
        """The progress of a training job; None before its first log line."""
        latest = run_log.read_rows(self.log, self.status.log_offset)
        epochs = self.settings.get("epochs")
        return run_log.progress(self.rows, latest, epochs if isinstance(epochs, int) else 0, self.elapsed)

    @property
    def command(self) -> str:
        """The shell command that repeats it, into a directory with the name of the job."""
        return shlex.join(_repeated(self.config["command"], self.kind, "" if self.sagemaker else self.name))

    def last_lines(self, count: int = 20) -> list[str]:
        """The last lines of its log, at most `count`."""
        return run_log.last_lines(self.log, count)

    def stop(self) -> None:
        """Ask it to end and keep its results: SIGTERM to its process group; no effect when it has ended."""
        status = change_status(self.directory, _stopping)
        if status.state == "stopping" and status.process is not None:
            processes.ask_to_end(status.process)

    def resume(self) -> "Job":
        """Launch its command again: the script continues from its checkpoint. JobError while it is running."""
        with locks.held(self.directory / LAUNCHING, wait=True):
            if load(self.directory).is_active:
                raise JobError(f"{self.name} is still working: stop it before you resume it.")
            return _launch(self.directory, self.kind, self.config["command"])

    def follow_again(self) -> "Job":
        """Launch it again if it `is_orphaned`; of several concurrent calls, one does it."""
        with locks.held(self.directory / LAUNCHING, wait=True):
            now = load(self.directory)
            return _launch(now.directory, now.kind, now.config["command"]) if now.is_orphaned else now

    def delete(self) -> None:
        """Remove its directory with all contents, including the trained model. JobError while it is running."""
        if load(self.directory).is_active:
            raise JobError(f"{self.name} is still working: stop it before you delete it.")
        if self.sagemaker and self.sagemaker.lives:
            raise JobError(f"{self.name} may still run on SageMaker, where it costs money: resume it, then stop it.")
        shutil.rmtree(self.directory, ignore_errors=True)


def start(
    kind: JobKind,
    arguments: Sequence[str],
    settings: Mapping[str, Any],
    name: str,
    place: Place | None = None,
    directory: Path | None = None,
    *,
    _script: Path | None = None,
) -> Job:
    """Launch `sentiment <kind>` with `arguments` and `--run DIRECTORY` as a process of its own.

    With a `place`, `sentiment cloud train` is launched, which trains there; a transform is a step of that command too.
    The process runs in the project's folder, so paths in `arguments` must be absolute. `settings` are stored for
    clones. The run gets a new directory in the folder of its kind, or `directory`, an absolute path. Raises JobError
    when that exists already, the disk is nearly full, or the launch fails.
    """
    is_step = bool(place) or kind == "transform"
    program = [str(_script)] if _script else ["-m", "sentiment", "cloud" if is_step else kind]
    folder = directory.parent if directory else storage.home() / FOLDERS[kind]
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < MINIMUM_FREE_BYTES:
        raise JobError(f"The disk that holds {folder} is nearly full: free some space, then start again.")
    directory = made_new(directory) if directory else named_directory(folder, name)
    step = [kind] if is_step else []
    command = [sys.executable, *program, *step, *arguments, "--run", str(directory)]
    described = config(kind, directory.name, settings, command)
    if place:
        described["sagemaker"] = dataclasses.asdict(place)
    storage.write_json(directory / "config.json", described)
    return _launch(directory, kind, command)


def load(directory: Path) -> Job:
    """Return the job of a run directory, in its current state; JobError when it is no run directory."""
    described = read_config(directory)
    problem = ""
    try:
        sagemaker_run.run_of(described, directory)
    except JobError as error:
        problem = str(error)
        described = {name: value for name, value in described.items() if name != "sagemaker"}
    try:
        status, state = _observed(directory)
    except JobError as error:
        created = directory.stat().st_mtime
        return Job(directory, described, Status("failed", created=created), "failed", str(error))
    job = Job(directory, described, status, state, status.reason or problem)
    if state == "failed" and not job.reason:
        return dataclasses.replace(job, reason=_last_words(job))
    return job


def find(kind: JobKind, identifier: str) -> Job:
    """Return the job with that id in the folder of that kind; JobError when there is none."""
    if identifier not in _names(storage.home() / FOLDERS[kind]):
        raise JobError(f"There is no job called {identifier}: it may have been deleted.")
    return load(storage.home() / FOLDERS[kind] / identifier)


def all_jobs(*kinds: JobKind) -> list[Job]:
    """Return every job of these kinds (by default, of those that train), newest first."""
    kinds = kinds or LEARNING
    jobs = []
    for folder in {storage.home() / FOLDERS[kind] for kind in kinds}:
        for name in _names(folder):
            try:
                jobs.append(load(folder / name))
            except (JobError, OSError):
                continue
    return sorted((job for job in jobs if job.kind in kinds), key=lambda job: job.status.created, reverse=True)


def _names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []


def _launch(directory: Path, kind: JobKind, command: Sequence[str]) -> Job:
    log = directory / LOGS[kind]
    with log.open("ab") as output:
        offset = output.tell()
        change_status(directory, lambda old: Status("queued", old.created, started=time.time(), log_offset=offset))
        try:
            process_id = (warm_start.launch(command, output) if kind == "score" else None) or _process(command, output)
        except OSError as error:
            reason = f"The job could not be launched: {error.strerror}."
            change_status(directory, lambda before: dataclasses.replace(before, state="failed", reason=reason))
            raise JobError(reason) from error
    capacity.lower_priority(process_id)
    mark = processes.mark(process_id)
    change_status(directory, lambda now: dataclasses.replace(now, process=mark) if now.state == "queued" else now)
    return load(directory)


def _process(command: Sequence[str], output: BinaryIO) -> int:
    """Start a process that outlives this one; return its id."""
    return subprocess.Popen(
        command,
        cwd=storage.PROJECT,
        env=own_environment() | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ).pid


def _stopping(before: Status) -> Status:
    return before if before.state in ENDED else dataclasses.replace(before, state="stopping")


def _observed(directory: Path) -> tuple[Status, JobState]:
    """Return the status, and the actual state if the process has died without writing its end."""
    status = read_status(directory)
    if status.state in ENDED or _has_process(status):
        return status, status.state
    # It may have ended normally between reading the status and checking the process.
    status = read_status(directory)
    if status.state in ENDED:
        return status, status.state
    return status, "stopped" if status.state == "stopping" else "failed"


def _has_process(status: Status) -> bool:
    if status.process is None:
        return status.state == "queued" and abs(time.time() - (status.started or status.created)) < QUEUED_SECONDS
    return processes.is_alive(status.process)


def _last_words(job: Job) -> str:
    lines = [line for line in job.last_lines(50) if log_lines.parse_line(line) is None][-5:]
    return "The process died. " + ("Its last lines: " + " / ".join(lines) if lines else "It had printed nothing.")


def _repeated(command: Sequence[str], kind: JobKind, output: str) -> list[str]:
    """Return `command` without its run directory; training on this machine then needs an output directory instead."""
    words = list(command)
    if "--run" in words:
        position = words.index("--run")
        del words[position : position + 2]
    return [*words, "--output", output] if output and kind in LEARNING and "--output" not in words else words
