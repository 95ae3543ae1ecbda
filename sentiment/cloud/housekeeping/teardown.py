"""Take down everything of ours in an account and region, so that nothing costs anything any more.

It goes by what it finds, never by what it remembers: killed half-way, it goes on when it is run again, and run once
more it finds nothing to do. The order leaves nothing behind that could not be found again.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from sentiment.cloud.aws import polling, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.housekeeping import logs
from sentiment.cloud.housekeeping.inventory import inventory
from sentiment.cloud.housekeeping.resource import Kind, Resource
from sentiment.errors import CloudError

Report = Callable[[str], None]
# First what works, then what it stands on. The schedules outlast the endpoints, whose safeguard they are.
_STAGES: tuple[tuple[Kind, ...], ...] = (
    ("training job", "transform job", "public API", "autoscaling"),
    ("endpoint",),
    ("endpoint configuration", "model", "schedules"),
    ("files",),
    ("bucket", "role"),
)
_GOING = ("Stopping", "Deleting", "DELETING", "DELETE_IN_PROGRESS")
# A job has two minutes to stop and then uploads what it has; a stack with an API takes a few minutes.
_PATIENCE_SECONDS = 900.0


def teardown(account: Account, report: Report = lambda sentence: None) -> None:
    """Take down all that `inventory` lists, and the logs of it; `report` gets a sentence for each step.

    What is refused is passed over and told at the end, so that one refusal keeps nothing else running.

    Raises:
        CloudError: something could not be looked at or taken down; the sentence says what was first.
    """
    failures: list[CloudError] = []
    for kinds in _STAGES:
        stage = _Stage(account, kinds, report)
        try:
            stage.run()
        except CloudError as error:
            stage.refused[""] = error
        failures.extend(stage.refused.values())
        if "endpoint" in kinds and stage.refused:
            break
    else:
        failures.extend(_delete_logs(account, report))
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        raise CloudError(f"Not everything was taken down. {failures[0]}{more}", failures[0].code)


class _Stage:
    """What may go at once: asked to go, and waited for until it is gone."""

    def __init__(self, account: Account, kinds: tuple[Kind, ...], report: Report) -> None:
        self._account, self._kinds, self._report = account, kinds, report
        self._asked: set[str] = set()
        self.refused: dict[str, CloudError] = {}

    def run(self) -> None:
        """Look, ask and wait until nothing is left but what was refused. CloudError when looking is refused."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        left = self._left()
        while left:
            for resource in left:
                self._ask(resource)
            if left := self._left():
                if time.monotonic() > deadline:
                    raise CloudError(f"{left[0].name} ({left[0].kind}) is still there: try again in some minutes.")
                polling.pause()

    def _left(self) -> list[Resource]:
        return [each for each in inventory(self._account, self._kinds) if each.arn not in self.refused]

    def _ask(self, resource: Resource) -> None:
        if resource.status == "DELETE_FAILED" and resource.arn in self._asked:
            self.refused[resource.arn] = CloudError(f"AWS could not delete {resource.name}: look at {resource.link}.")
        if resource.arn in self._asked or resource.status in _GOING:
            return
        self._report(f"Taking down: {resource.kind} {resource.name}")
        try:
            _take_down(self._account, resource)
        except CloudError as error:
            if _for_now(error):
                return
            if not error.missing:
                self.refused[resource.arn] = error
        self._asked.add(resource.arn)


def _for_now(error: CloudError) -> bool:
    """Whether it is refused only because it is changing at this moment."""
    return error.code == "ConflictException" or any(words in error.refusal for words in ("in-progress", "in status"))


def _take_down(account: Account, resource: Resource) -> None:
    """Ask for one thing to be stopped or deleted. CloudError as from `Account.call`."""
    name = resource.name
    match resource.kind:
        case "training job":
            account.call("sagemaker", "stop_training_job", TrainingJobName=name)
        case "transform job":
            account.call("sagemaker", "stop_transform_job", TransformJobName=name)
        case "public API":
            account.call("cloudformation", "delete_stack", StackName=name)
        case "autoscaling":
            account.call(
                "application-autoscaling",
                "deregister_scalable_target",
                ServiceNamespace="sagemaker",
                ResourceId=name,
                ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            )
        case "endpoint":
            account.call("sagemaker", "delete_endpoint", EndpointName=name)
        case "endpoint configuration":
            account.call("sagemaker", "delete_endpoint_config", EndpointConfigName=name)
        case "model":
            account.call("sagemaker", "delete_model", ModelName=name)
        case "schedules":
            account.call("scheduler", "delete_schedule_group", Name=name)
        case "files":
            _delete_files(account)
        case "bucket":
            account.call("s3", "delete_bucket", Bucket=name, ExpectedBucketOwner=account.number)
        case "role":
            roles.delete_role(account, next(each for each in roles.PURPOSES if roles.role_name(account, each) == name))


def _delete_logs(account: Account, report: Report) -> Iterator[CloudError]:
    """Delete what our jobs and endpoints have printed, now that none is left to print; yield each refusal."""
    try:
        found = logs.kept(account)
    except CloudError as error:
        yield error
        return
    for log in found:
        report(f"Taking down: log of {log.owner}")
        try:
            logs.delete(account, log)
        except CloudError as error:
            yield error


def _delete_files(account: Account) -> None:
    """Delete every version of every object under our prefix, and the parts of uploads that were cut off."""
    place: dict[str, Any] = {"Bucket": s3.bucket_name(account), "ExpectedBucketOwner": account.number}
    for items in ("Versions", "DeleteMarkers"):
        batch: list[dict[str, str]] = []
        for item in account.pages("s3", "list_object_versions", items, Prefix=s3.PREFIX, **place):
            batch.append({"Key": item["Key"], "VersionId": item["VersionId"]})
            if len(batch) == 1000:  # as many as one call takes
                _delete_objects(account, place, batch)
                batch = []
        _delete_objects(account, place, batch)
    for upload in account.pages("s3", "list_multipart_uploads", "Uploads", Prefix=s3.PREFIX, **place):
        account.call("s3", "abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"], **place)


def _delete_objects(account: Account, place: dict[str, Any], objects: list[dict[str, str]]) -> None:
    if not objects:
        return
    answer = account.call("s3", "delete_objects", Delete={"Objects": objects, "Quiet": True}, **place)
    for refused in answer.get("Errors", []):
        words = refused.get("Message", refused["Code"])
        raise CloudError(f"S3 would not delete {refused['Key']}: {words}", refused["Code"])
