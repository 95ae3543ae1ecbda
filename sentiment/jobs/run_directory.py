"""The files of a run directory, and how the script that works in it writes its record.

`config.json` stores the request, `status.json` the current state; both are written atomically. Several processes write
the status (the script, the dashboard), so each change is made under a lock.
"""

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Required

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from sentiment.errors import JobError, SentimentError
from sentiment.system import locks, processes, storage
from sentiment.system.command import StopRequest, stoppable
from sentiment.system.packages import recorded_versions
from sentiment.system.processes import ProcessMark

JobKind = Literal["train", "pretrain", "score", "estimate", "transform"]
JobState = Literal["queued", "running", "stopping", "done", "stopped", "failed"]
STATES: tuple[JobState, ...] = ("queued", "running", "stopping", "done", "stopped", "failed")
ENDED: frozenset[JobState] = frozenset({"done", "stopped", "failed"})

SCORED = "scored.parquet"


# Up to the year 2200; a number outside this range is not a valid time and cannot be displayed as one.
Time = Annotated[float, Field(ge=0, le=7_258_118_400)]


@dataclass(frozen=True)
class Status:
    """The state of a job according to its status file; times are in seconds since 1970.

    `started` and `log_offset` (bytes) are those of the latest launch, and `worked` is its duration in seconds by a
    monotonic clock; `reason` is a plain sentence if the job has failed.
    """

    state: JobState
    created: Time
    process: ProcessMark | None = None
    started: Time | None = None
    ended: Time | None = None
    worked: Annotated[float, Field(ge=0)] | None = None
    log_offset: Annotated[int, Field(ge=0)] = 0
    reason: str = ""

    def seconds_worked(self, last_sign: float, *, is_active: bool) -> float:
        """Return the seconds that the latest launch ran; if unknown, by wall clock up to its end or `last_sign`."""
        worked = processes.seconds_since_start(self.process) if is_active and self.process else self.worked
        by_clock = (self.ended or last_sign) - (self.started or self.created)
        return max(0.0, by_clock) if worked is None else worked


class _Config(TypedDict, total=False):
    """The required contents of `config.json`."""

    kind: Required[JobKind]
    name: str
    settings: Required[dict[str, Any]]
    command: Required[list[str]]


_STATUS, _CONFIG = TypeAdapter(Status), TypeAdapter(_Config)


class Recording:
    """The handle of a script whose run is being recorded.

    `outcome` is set by a script that only follows work elsewhere, once that has ended.
    """

    def __init__(self, directory: Path, request: StopRequest) -> None:
        self.directory = directory
        self.outcome: JobState | None = None
        self._request = request

    @property
    def stop_requested(self) -> bool:
        """Whether SIGTERM has arrived, and the work should end at the next opportunity."""
        return self._request.stop_requested

    def note(self, **facts: object) -> None:
        """Add facts that only the script knows, such as `data_digest`, to `config.json`."""
        storage.write_json(self.directory / "config.json", read_config(self.directory) | facts)


@contextlib.contextmanager
def recorded(directory: Path, kind: JobKind, settings: Mapping[str, Any]) -> Iterator[Recording]:
    """Record the status of the run in `directory` (created if missing) during the block.

    The status is running with this process's mark at entry. At exit it is done, stopped (after SIGTERM, which sets
    `stop_requested` so that the block ends early, or after Ctrl-C), or failed with the reason. Exceptions propagate to
    the caller. `settings` and the command line are written to `config.json` unless a launcher has done so. Use it in
    the main thread only.

    Raises:
        JobError: another process works on this run.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        storage.remove_interrupted(directory / "config.json")
        with _recorded(directory, kind, settings) as recording:
            yield recording


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the run's lock for the block, or until this process ends if that is earlier."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locks.held(directory / ".running", wait=False))
        except BlockingIOError as error:
            raise JobError(f"Another process works on {directory}: wait for it to end, or stop it.") from error
        yield


@contextlib.contextmanager
def _recorded(directory: Path, kind: JobKind, settings: Mapping[str, Any]) -> Iterator[Recording]:
    if not (directory / "config.json").exists():
        storage.write_json(
            directory / "config.json", config(kind, directory.name, settings, [sys.executable, *sys.argv])
        )
    with stoppable() as request:
        change_status(directory, _running)
        recording = Recording(directory, request)
        try:
            yield recording
        except BaseException as error:
            _end(directory, *_end_by(error, request.stop_requested))
            raise
        _end(directory, recording.outcome or ("stopped" if request.stop_requested else "done"))


def recorded_or_stoppable(
    directory: Path | None, kind: JobKind, settings: Mapping[str, Any]
) -> contextlib.AbstractContextManager[Recording | StopRequest]:
    """Return `recorded` if there is a run directory; otherwise a context that only reports a request to stop."""
    return recorded(directory, kind, settings) if directory else stoppable()


def _end_by(error: BaseException, stop_requested: bool) -> tuple[JobState, str]:
    """Return the end state of a run that raised an exception, and the reason."""
    if isinstance(error, KeyboardInterrupt) or (stop_requested and isinstance(error, SystemExit)):
        return "stopped", ""
    if isinstance(error, SystemExit):
        return ("failed", f"Ended with exit code {error.code}.") if error.code else ("done", "")
    return "failed", _sentence(error)


def check_new(directory: Path) -> None:
    """Check that a new run can use this directory.

    Raises:
        JobError: something exists there already.
    """
    if (directory / "config.json").exists():
        raise JobError(
            f"{directory} holds a run already: leave out --data to follow that one, or name another directory."
        )
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise JobError(f"{directory} is not an empty directory: name a new one with --run.")


def made_new(directory: Path) -> Path:
    """Create the directory of a new run and return it.

    Raises:
        JobError: as from `check_new`.
    """
    check_new(directory)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def named_directory(folder: Path, name: str) -> Path:
    """Return a new directory named after `name`, the day and the minute.

    Raises:
        JobError: there are too many of that name.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "job"
    base = f"{slug}-{time.strftime('%m%d-%H%M')}"
    for number in range(1, 1000):
        directory = folder / (base if number == 1 else f"{base}-{number}")
        try:
            directory.mkdir()
        except FileExistsError:
            continue
        return directory
    raise JobError(f"There are too many jobs called {base}: choose another name.")


@contextlib.contextmanager
def found_or_started(folder: Path, wanted: str) -> Iterator[None]:
    """Lock the search for the run called `wanted` in a folder and its start, so that it is started only once."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    with locks.held(folder / f".{digest}.starting", wait=True):
        yield


def config(kind: JobKind, name: str, settings: Mapping[str, Any], command: list[str]) -> dict[str, Any]:
    """Return the contents of `config.json`: kind, name, settings, command line (a list), versions."""
    return {
        "kind": kind,
        "name": name,
        "settings": dict(settings),
        "command": command,
        "versions": recorded_versions(),
    }


def read_config(directory: Path) -> dict[str, Any]:
    """Return the directory's `config.json`.

    Raises:
        JobError: it is missing or not what `config` returns.
    """
    found = _read_json(directory / "config.json")
    try:
        _CONFIG.validate_json(json.dumps(found), strict=True)
    except ValidationError as error:
        raise JobError(
            f"{directory / 'config.json'} is not the record of a job: delete the directory or leave it."
        ) from error
    return found


def read_status(directory: Path) -> Status:
    """Return the directory's status.

    Raises:
        JobError: it is missing or damaged.
    """
    found = _read_json(directory / "status.json")
    try:
        return _STATUS.validate_json(json.dumps(found), strict=True)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))[:100]
        raise JobError(
            f"{directory / 'status.json'} is damaged: its {place or 'content'} is not that of a status."
        ) from error


def change_status(directory: Path, change: Callable[[Status], Status]) -> Status:
    """Replace the status by `change` of it, under the lock; a missing or damaged one is replaced by a new one first."""
    with _locked(directory):
        storage.remove_interrupted(directory / "status.json")
        try:
            before = read_status(directory)
        except JobError:
            before = Status("queued", created=time.time())
        after = change(before)
        storage.write_json(directory / "status.json", dataclasses.asdict(after))
    return after


def _running(before: Status) -> Status:
    return dataclasses.replace(
        before,
        state="running",
        process=processes.mark(os.getpid()),
        started=time.time(),
        ended=None,
        worked=None,
        reason="",
    )


def _end(directory: Path, state: JobState, reason: str = "") -> None:
    own = processes.mark(os.getpid())
    worked = processes.seconds_since_start(own) if own else None
    change_status(
        directory,
        lambda before: dataclasses.replace(before, state=state, ended=time.time(), worked=worked, reason=reason),
    )


def _sentence(error: BaseException) -> str:
    if isinstance(error, SentimentError):
        return str(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full: free some space, then resume."
    if isinstance(error, MemoryError):
        return "There is not enough memory: try a smaller batch or a smaller network."
    return f"{type(error).__name__}: {error}"


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():  # reading a pipe would wait for its writer
        raise JobError(f"{path} is missing.")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise JobError(f"{path} cannot be read as JSON.") from error
    if not isinstance(found, dict):
        raise JobError(f"{path} does not hold a JSON object.")
    return found


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
