"""Score a large table with SageMaker batch transform: upload reviews, run the job, download and join the predictions.

The result equals that of `scoring.score_table` on this machine. A small record next to the output stores the job that
is running, so that an interrupted run resumes with it; the job itself does not depend on this process.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sentiment.cloud.aws import polling, prices, quotas, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import resource_name, tag_list, tags
from sentiment.cloud.batch_transform import transform_record
from sentiment.cloud.batch_transform.transform_files import PAYLOAD_MEGABYTES, Answers, Extent, extent, parts
from sentiment.cloud.batch_transform.transform_plan import Plan
from sentiment.cloud.batch_transform.transform_record import Record
from sentiment.cloud.hosting import models
from sentiment.errors import CloudError
from sentiment.model import bundle
from sentiment.scoring.score import Summary, score_table
from sentiment.scoring.scored_table import check_fits, check_output
from sentiment.tables.table import Table
from sentiment.wording import duration

# The requests and responses exceed TorchServe's default limits; for short reviews, responses are larger than requests.
_ENVIRONMENT = {"TS_MAX_REQUEST_SIZE": "6553500", "TS_MAX_RESPONSE_SIZE": "104857600"}
_MOST_SECONDS = 1_800  # per request


@dataclass(frozen=True)
class TransformProgress:
    """Progress of a job in words; `parts_done` of `parts` files are scored."""

    words: str
    parts_done: int = 0
    parts: int = 0

    def __str__(self) -> str:
        return f"{self.words} · {self.parts_done} of {self.parts} files" if self.parts else self.words


@dataclass(frozen=True)
class Outcome:
    """Result of a job; `dollars` is the cost of `seconds` on each instance, None if the price is not known."""

    job: str
    summary: Summary
    seconds: float
    dollars: float | None


def run(
    account: Account,
    table: Table,
    plan: Plan,
    output: Path,
    *,
    directory: Path | None = None,
    report: Callable[[TransformProgress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome | None:
    """Score every row of the table on SageMaker and write the scored table to `output`.

    Calling it again with the same arguments resumes the running job; different arguments stop that job first. Reviews
    and predictions are deleted from S3 at the end.

    Args:
        directory: Holds the record of the job; a hidden directory next to the output if None.

    Returns:
        The outcome, or None if the run was stopped.

    Raises:
        TableError: the table has no text column, was changed, or does not fit the output format.
        BundleError, PackingError: the bundle cannot be packed.
        CloudError: AWS refuses a step, or the job fails; the message gives the reason.
    """
    plan.check()
    check_output(output)
    check_fits(table, output)
    quotas.check(account, "transform", plan.instance_type, plan.instances)
    card = bundle.describe(plan.model)
    place = directory or working_directory(output)
    work = _Work(account, table, plan, place, report)
    sent = work.begin(card.fingerprint)
    try:
        described = work.follow(should_stop)
    except _StoppedError:
        work.clear()
        return None
    summary = _joined(work, table, card.fingerprint, sent, output)
    work.clear()
    seconds = _billed(described)
    return Outcome(
        work.record.job,
        summary,
        seconds,
        prices.cost("transform", plan.instance_type, account.region, seconds, plan.instances),
    )


def stop(account: Account, output: Path, directory: Path | None = None) -> bool:
    """Stop the job running for an output and delete its files on AWS; return False if there is none."""
    place = directory or working_directory(output)
    record = transform_record.read(place)
    if record is None:
        return False
    _end(account, record)
    shutil.rmtree(place, ignore_errors=True)
    return True


def working_directory(output: Path) -> Path:
    """Return the default directory for the record of an output's job."""
    return output.parent / f".{output.name}.transform"


class _StoppedError(Exception):
    """The run was asked to stop, and the job has ended."""


class _Work:
    """One table's job on AWS, from its record to its results."""

    def __init__(
        self, account: Account, table: Table, plan: Plan, directory: Path, report: Callable[[TransformProgress], None]
    ) -> None:
        self.account, self.directory = account, directory
        self._table, self._plan, self._report = table, plan, report
        self.record: Record

    def begin(self, fingerprint: str) -> Extent:
        """Start the job unless it is already running; return the extent of its input."""
        self.record = self._found_or_new(fingerprint)
        self._report(TransformProgress("Reading the table"))
        sent = extent(self._table)
        if _described(self.account, self.record.job) is None:
            self._register()
            self._upload(sent.part_bytes(self._plan.instances))
            self._report(TransformProgress(f"Starting {self.record.job}"))
            roles.once_usable(self._create)
        return sent

    def follow(self, should_stop: Callable[[], bool]) -> dict[str, Any]:
        """Poll the job until it has completed; CloudError if it fails, _StoppedError if it was stopped on request."""
        number = len(s3.listed(self.account, self.record.folder("in")))
        asked = False
        while True:
            described = _described(self.account, self.record.job) or {"TransformJobStatus": "Failed"}
            state = described["TransformJobStatus"]
            if state == "Completed":
                return described
            if state in ("Failed", "Stopped"):
                self.clear()
                raise _StoppedError if asked else _failure(self.record.job, described)
            if should_stop() and not asked:
                asked = _stopped(self.account, self.record.job)
            done = len(s3.listed(self.account, self.record.folder("out")))
            self._report(TransformProgress(self._words(described, asked), done, number))
            polling.pause()

    def outputs(self) -> list[Path]:
        """Download the predictions; return their files in the order of the parts."""
        files = []
        found = sorted(s3.listed(self.account, self.record.folder("out")))
        for done, key in enumerate(found):
            self._report(TransformProgress("Downloading the predictions", done, len(found)))
            path = self.directory / Path(key).name
            s3.download(self.account, f"s3://{s3.bucket_name(self.account)}/{key}", path)
            files.append(path)
        return files

    def clear(self) -> None:
        """Delete the job's files and model on AWS, then the local record."""
        _delete_remains(self.account, self.record)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _found_or_new(self, fingerprint: str) -> Record:
        plan = asdict(self._plan) | {"model": fingerprint}
        key = json.dumps([self._table.digest, self._table.detected, self._table.text_index, plan], sort_keys=True)
        new = Record(key, resource_name(self._table.path.stem), self.account.number, self.account.region)
        found = transform_record.read(self.directory)
        if found and found.key == key and (found.account, found.region) == (new.account, new.region):
            return found
        if found:
            _end(self.account, found)
        self._keep(new)
        return new

    def _keep(self, record: Record) -> None:
        self.record = record
        transform_record.write(self.directory, record)

    def _register(self) -> None:
        if self.record.model:
            return
        role = self._plan.role or roles.create_role(self.account, "execution")
        model = models.register(
            self.account,
            self._plan.model,
            role,
            instance_type=self._plan.instance_type,
            image=self._plan.image,
            report=lambda line: self._report(TransformProgress(line)),
        )
        self._keep(replace(self.record, model=model.name))

    def _upload(self, part_bytes: int) -> None:
        """Upload the parts that are not yet in S3."""
        there = s3.listed(self.account, self.record.folder("in"))
        for number, content in enumerate(parts(self._table, part_bytes)):
            self._report(TransformProgress(f"Uploading reviews, part {number + 1}"))
            key = f"{self.record.folder('in')}/part-{number:06d}.jsonl"
            if there.get(f"{s3.prefix(self.account)}{key}") != len(content):
                s3.upload_bytes(self.account, content, key)

    def _create(self) -> None:
        root = f"s3://{s3.bucket_name(self.account)}/{s3.prefix(self.account)}"
        source = {"S3DataType": "S3Prefix", "S3Uri": f"{root}{self.record.folder('in')}/"}
        self.account.call(
            "sagemaker",
            "create_transform_job",
            TransformJobName=self.record.job,
            ModelName=self.record.model,
            BatchStrategy="MultiRecord",
            MaxPayloadInMB=PAYLOAD_MEGABYTES,
            MaxConcurrentTransforms=2,
            ModelClientConfig={"InvocationsTimeoutInSeconds": _MOST_SECONDS, "InvocationsMaxRetries": 3},
            Environment=_ENVIRONMENT,
            TransformInput={
                "DataSource": {"S3DataSource": source},
                "ContentType": "application/jsonlines",
                "SplitType": "Line",
            },
            # The responses already end their lines with a newline.
            TransformOutput={"S3OutputPath": f"{root}{self.record.folder('out')}", "AssembleWith": "None"},
            TransformResources={"InstanceType": self._plan.instance_type, "InstanceCount": self._plan.instances},
            Tags=tag_list(tags(self.account.arn)),
        )

    def _words(self, described: dict[str, Any], stopping: bool) -> str:
        if stopping:
            return "Stopping"
        started = described.get("TransformStartTime")
        if started is None:
            return "Waiting for instances"
        seconds = (datetime.now(started.tzinfo) - started).total_seconds()
        so_far = prices.cost("transform", self._plan.instance_type, self.account.region, seconds, self._plan.instances)
        return f"Scoring for {duration(seconds)}, {prices.amount(so_far)} so far"


def _joined(work: _Work, table: Table, fingerprint: str, sent: Extent, output: Path) -> Summary:
    files = work.outputs()
    try:
        answers = Answers(work.record.job, fingerprint, files, sent.reviews)
    except CloudError:
        work.clear()  # the job cannot be used any more
        raise
    return score_table(table, answers, output, restart=True, working_directory=work.directory / "parts")


def _described(account: Account, job: str) -> dict[str, Any] | None:
    try:
        return account.call("sagemaker", "describe_transform_job", TransformJobName=job)
    except CloudError as error:
        if error.missing:
            return None
        raise


def _end(account: Account, record: Record) -> None:
    """Stop a job and delete its files; CloudError if it is in another account or region."""
    if (record.account, record.region) != (account.number, account.region):
        raise CloudError(
            f"The transform job {record.job} is running in account {record.account}, {record.region}: choose that "
            "account and region to resume or to stop it."
        )
    if _described(account, record.job) is not None:
        _stopped(account, record.job)
    _delete_remains(account, record)


def _stopped(account: Account, job: str) -> bool:
    """Stop a job; return True, also if it has already ended."""
    try:
        account.call("sagemaker", "stop_transform_job", TransformJobName=job)
    except CloudError as error:
        if error.code != "ValidationException":
            raise
    return True


def _delete_remains(account: Account, record: Record) -> None:
    if record.model:
        models.delete(account, record.model)
    for name in ("in", "out"):
        s3.delete(account, record.folder(name))


def _failure(job: str, described: dict[str, Any]) -> CloudError:
    reason = str(described.get("FailureReason") or "").rstrip(".") or "AWS gave no reason"
    if described["TransformJobStatus"] == "Stopped":
        reason = "it was stopped on AWS"
    return CloudError(
        f"The transform job {job} did not score the table: {reason}. Its log is in CloudWatch, in the group "
        "/aws/sagemaker/TransformJobs.",
        "TransformFailed",
        reason,
    )


def _billed(described: dict[str, Any]) -> float:
    started, ended = described.get("TransformStartTime"), described.get("TransformEndTime")
    return (ended - started).total_seconds() if started and ended else 0.0
