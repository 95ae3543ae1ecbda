"""Jobs: launch one, find them all again, look at one, stop, resume and delete it.

A job is one process and its run directory, and the directory is the only truth: nothing about a
job is kept in memory, so a restart of the dashboard loses nothing. The script that does the work
keeps the record itself, with `run_directory.recorded`. A job on SageMaker is the same: its process
is the one that follows it there.
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

# Training and pretraining share a folder, so that no two jobs on the monitor have one id.
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
LAUNCHING = ".launching"  # the lock under which one at a time looks whether a job works, and launches it


@dataclass(frozen=True)
class Job:
    """A job as it stood when it was loaded; what it does to the job shows in the next `load`.

    `state` is what the status file says, corrected by a look at the process; `reason` says in a
    sentence why a job has failed.
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
        """What the user called it."""
        return str(self.config.get("name", self.id))

    @property
    def kind(self) -> JobKind:
        """What it does: train, pretrain, score, transform (score on SageMaker), or estimate the time of a training."""
        kind: JobKind = self.config["kind"]
        return kind

    @property
    def settings(self) -> dict[str, Any]:
        """A copy of what it was asked to do, as `start` was given it: the base of a clone."""
        return dict(self.config["settings"])

    @property
    def is_active(self) -> bool:
        """Whether it has a process that works, or is about to."""
        return self.state not in ENDED

    @property
    def sagemaker(self) -> SageMakerRun | None:
        """Where on SageMaker it runs and how it stands there; None for a job of this machine."""
        return sagemaker_run.run_of(self.config, self.directory)

    @property
    def is_forsaken(self) -> bool:
        """Whether it runs on SageMaker, while the process that followed it has died without a word."""
        return not self.is_active and self.status.state not in ENDED and bool(self.sagemaker and self.sagemaker.lives)

    @property
    def can_resume(self) -> bool:
        """Whether launching its command again goes on with it: not when it has come to its end on SageMaker."""
        run = self.sagemaker
        return self.state in ("stopped", "failed") and not (run and run.standing.has_ended)

    @property
    def age(self) -> float:
        """Seconds since it was created."""
        return max(0.0, time.time() - self.status.created)

    @property
    def elapsed(self) -> float:
        """Seconds that the latest launch has worked, up to now or to its end."""
        last_sign = time.time() if self.is_active or not self.log.is_file() else self.log.stat().st_mtime
        return self.status.seconds_worked(last_sign, is_active=self.is_active)

    @property
    def log(self) -> Path:
        """The file that holds everything it printed, over all launches."""
        return self.directory / LOGS[self.kind]

    @property
    def bundle(self) -> Path | None:
        """The trained model's directory, or None while there is none."""
        return self._learnt if self.kind == "train" else None

    @property
    def pretrained(self) -> Path | None:
        """The pretrained network's directory, which training can start from, or None while there is none."""
        return self._learnt if self.kind == "pretrain" else None

    @property
    def _learnt(self) -> Path | None:
        model = self.directory / "model"
        return model if (model / "config.json").is_file() else None

    @property
    def rows(self) -> Sequence[EpochRow]:
        """Every training line it printed, epochs and steps, in order; from `history.jsonl` when there is no log."""
        return run_log.read_rows(self.log if self.log.is_file() else self.directory / "history.jsonl")

    @property
    def history(self) -> list[EpochRow]:
        """Its epoch rows by rising epoch."""
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
        """How far a training job is; None before its first line."""
        latest = run_log.read_rows(self.log, self.status.log_offset)
        epochs = self.settings.get("epochs")
        return run_log.progress(self.rows, latest, epochs if isinstance(epochs, int) else 0, self.elapsed)

    @property
    def command(self) -> str:
        """The shell command that repeats it, into a directory named like the job."""
        return shlex.join(_repeated(self.config["command"], self.kind, "" if self.sagemaker else self.name))

    def last_lines(self, count: int = 20) -> list[str]:
        """The last lines of its log, at most `count`."""
        return run_log.last_lines(self.log, count)

    def stop(self) -> None:
        """Ask it to end and keep what it has: SIGTERM to its process group; nothing when it has ended."""
        status = change_status(self.directory, _stopping)
        if status.state == "stopping" and status.process is not None:
            processes.ask_to_end(status.process)

    def resume(self) -> "Job":
        """Launch its command again: the script continues from its checkpoint. JobError while it works."""
        with locks.held(self.directory / LAUNCHING, wait=True):
            if load(self.directory).is_active:
                raise JobError(f"{self.name} is still working: stop it before you resume it.")
            return _launch(self.directory, self.kind, self.config["command"])

    def follow_again(self) -> "Job":
        """Launch it again when it `is_forsaken`; of several that ask at once, one does it."""
        with locks.held(self.directory / LAUNCHING, wait=True):
            now = load(self.directory)
            return _launch(now.directory, now.kind, now.config["command"]) if now.is_forsaken else now

    def delete(self) -> None:
        """Remove its directory with everything in it, the trained model too. JobError while it works."""
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

    With a `place`, it is `sentiment cloud train` that is launched, which trains there; a transform is a step of that
    command too. The process works in the project's folder, so paths in `arguments` are to be absolute. `settings` is
    kept for clones. The run gets a new directory in our folder, or `directory`, an absolute path. JobError when
    something is there already, the disk is nearly full or the launch fails.
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
    """The job whose run directory this is, as it stands now; JobError when it is no run directory."""
    described = read_config(directory)
    problem = ""
    try:
        sagemaker_run.run_of(described, directory)
    except JobError as error:
        problem = str(error)
        described = {name: value for name, value in described.items() if name != "sagemaker"}
    try:
        status, state = _looked_at(directory)
    except JobError as error:
        created = directory.stat().st_mtime
        return Job(directory, described, Status("failed", created=created), "failed", str(error))
    job = Job(directory, described, status, state, status.reason or problem)
    if state == "failed" and not job.reason:
        return dataclasses.replace(job, reason=_last_words(job))
    return job


def find(kind: JobKind, identifier: str) -> Job:
    """The job with that id in the folder of that kind; JobError when there is none."""
    if identifier not in _names(storage.home() / FOLDERS[kind]):
        raise JobError(f"There is no job called {identifier}: it may have been deleted.")
    return load(storage.home() / FOLDERS[kind] / identifier)


def all_jobs(*kinds: JobKind) -> list[Job]:
    """Every job of these kinds (of those that learn when none is named), newest first."""
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


def _looked_at(directory: Path) -> tuple[Status, JobState]:
    """The status, and the state it amounts to when the process has died without writing its end."""
    status = read_status(directory)
    if status.state in ENDED or _has_process(status):
        return status, status.state
    # It may have ended properly between the two looks.
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
    """`command` without its run directory; what learns on this machine then needs an output directory instead."""
    words = list(command)
    if "--run" in words:
        position = words.index("--run")
        del words[position : position + 2]
    return [*words, "--output", output] if output and kind in LEARNING and "--output" not in words else words
