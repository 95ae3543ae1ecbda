"""The local process of a SageMaker job: it launches the job, or finds it again, and follows it.

It copies the job's output to the run directory's log and its state to the run's record, so that the run looks like a
local one. The job does not depend on it: if the process ends early, a new one resumes following.
"""

import contextlib
import dataclasses
import fcntl
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO, TypeVar

from sentiment.cloud.aws import polling, prices
from sentiment.cloud.aws.account import Account, connect
from sentiment.cloud.training import training_jobs
from sentiment.cloud.training.training_jobs import Say
from sentiment.cloud.training.training_log import TrainingLog
from sentiment.errors import CloudError, JobError, SentimentError
from sentiment.jobs import sagemaker_run, training_request
from sentiment.jobs.run_directory import Recording, change_status, read_config, recorded
from sentiment.jobs.sagemaker_run import SageMakerRun, Standing
from sentiment.jobs.training_request import TrainingRequest

LOG = "train.log"
POLL_SECONDS = polling.poll_seconds()
_LONGEST_PAUSE_SECONDS = 60.0
_STOP_LOOK_SECONDS = 0.1
Answer = TypeVar("Answer")


def follow(directory: Path, poll_seconds: float = POLL_SECONDS) -> None:
    """Follow the job of a run directory to its end, launching it first if necessary.

    On SIGTERM, SageMaker is asked to stop the job, which is then followed to its end. Must run in the main thread.

    Raises:
        JobError: another process already follows the job, or the directory is not the record of a SageMaker job.
        CloudError: AWS refuses a request, or the job has failed; the message says why.
    """
    described = read_config(directory)
    run = sagemaker_run.run_of(described, directory)
    if run is None:
        raise JobError(f"{directory} is not the record of a job on SageMaker.")
    with _alone(directory), (directory / LOG).open("a", encoding="utf-8") as log:
        request = training_request.from_settings(described["settings"])
        with recorded(directory, "train", request.settings()) as work:
            _Follower(work, run, _Printer(log), poll_seconds).go_on(request)


class _Printer:
    """Writes lines to the run's log, and also to standard output if that is a different file."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._echo = not os.path.sameopenfile(log.fileno(), 1)

    def __call__(self, line: str) -> None:
        print(line, file=self._log, flush=True)
        if self._echo:
            print(line, flush=True)


class _Follower:
    """Follows one job; `run` is the job's last recorded state."""

    def __init__(self, work: Recording, run: SageMakerRun, say: Say, poll_seconds: float) -> None:
        self._work = work
        self._place, self._standing = run.place, run.standing
        self._say = say
        self._poll_seconds = poll_seconds
        self._stop_sent = self._clock_set = False
        self._repeated = _lines_after(work.directory / LOG, run.standing.log_bytes)

    def go_on(self, request: TrainingRequest) -> None:
        account = self._patiently(lambda: connect(self._place.profile, self._place.region))
        if not self._standing.job_name and not self._begin(account, request):
            return
        log = TrainingLog(account, self._standing)
        while not self._standing.has_ended:
            self._look(account)
            self._copy(log)
            if not self._standing.has_ended:
                self._pause(self._poll_seconds)
        log.complete = False
        while not log.complete:
            self._pause(self._poll_seconds)
            self._copy(log)
        self._patiently(lambda: training_jobs.delete_data(account, self._place))
        self._conclude()

    def _begin(self, account: Account, request: TrainingRequest) -> bool:
        """Find the job that an earlier follower launched, or launch it; return False if asked to stop before that."""
        name = self._patiently(lambda: training_jobs.find(account, self._place)) if self._standing.launched else None
        if name is None:
            if self._work.stop_requested:
                return False
            self._keep(dataclasses.replace(self._standing, launched=time.time()))
            try:
                name = training_jobs.launch(account, self._place, request, self._work.directory.name, self._say)
            except SentimentError:  # raised by AWS or by reading the data
                self._keep(dataclasses.replace(self._standing, launched=None))
                raise
        self._keep(dataclasses.replace(self._standing, job_name=name, log_bytes=self._log_bytes()))
        self._say(f"SageMaker: {name}.")
        return True

    def _look(self, account: Account) -> None:
        """Update the job's state, after forwarding a request to stop."""
        if self._work.stop_requested and not self._stop_sent:
            self._patiently(lambda: training_jobs.stop(account, self._standing.job_name))
            self._stop_sent = True
        before = self._standing
        now = self._patiently(lambda: training_jobs.look(account, before))
        self._keep(now)
        if now.phase_in_words != before.phase_in_words:
            self._say(f"SageMaker: {now.phase_in_words}.")
        if now.started is not None and not self._clock_set:
            self._set_clock(now.started)

    def _set_clock(self, started: float) -> None:
        """Make the run's time that of the training, not that of this process."""
        change_status(self._work.directory, lambda status: dataclasses.replace(status, started=started, log_offset=0))
        self._clock_set = True

    def _copy(self, log: TrainingLog) -> None:
        for line in self._patiently(log.read):
            if self._repeated[line]:  # already logged by a follower that was killed before it recorded its position
                self._repeated[line] -= 1
            else:
                self._say(line)
        self._keep(dataclasses.replace(log.position(self._standing), log_bytes=self._log_bytes()))

    def _log_bytes(self) -> int:
        return (self._work.directory / LOG).stat().st_size

    def _conclude(self) -> None:
        run = SageMakerRun(self._place, self._standing)
        if self._standing.billed_seconds is not None:
            self._say(
                f"Billed: {self._standing.billed_seconds:,} seconds on {run.place.machines}, {prices.amount(run.cost)}."
            )
        if self._standing.status == "Failed":
            raise CloudError(f"The job failed on SageMaker: {self._standing.failure or 'it gave no reason'}")
        self._work.outcome = "stopped" if self._standing.status == "Stopped" else "done"

    def _keep(self, standing: Standing) -> None:
        if standing != self._standing:
            self._standing = standing
            sagemaker_run.write_standing(self._work.directory, standing)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """Retry until the call succeeds: connections come back, and throttling ends."""
        pause = self._poll_seconds
        while True:
            try:
                return ask()
            except CloudError as error:
                if not error.passing or self._may_leave:
                    raise CloudError(f"{error}{self._consolation()}", error.code, error.refusal) from error
                self._say(f"{error} Trying again in {pause:.0f} s.")
            self._pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    @property
    def _may_leave(self) -> bool:
        """Whether a stop was requested and SageMaker has nothing to stop."""
        return self._work.stop_requested and self._standing.launched is None

    def _consolation(self) -> str:
        return " The job itself continues on SageMaker: Resume follows it again." if self._standing.job_name else ""

    def _pause(self, seconds: float) -> None:
        """Wait, but return at once when a stop is requested."""
        known = self._work.stop_requested
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self._work.stop_requested == known:
            time.sleep(min(_STOP_LOOK_SECONDS, left))


def _lines_after(path: Path, start: int | None) -> Counter[str]:
    """Count each line of a file after its first `start` bytes; empty if `start` is None."""
    if start is None:
        return Counter()
    return Counter(path.read_bytes()[start:].decode("utf-8", "replace").splitlines())


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Lock a run directory against other followers. JobError if one is running."""
    with (directory / ".follower").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JobError(f"Another process already follows {directory.name}.") from error
        yield
