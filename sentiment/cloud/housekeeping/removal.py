"""How each kind of thing is asked to go: one call to AWS, or the few that it takes."""

from sentiment.cloud.aws import boundary, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.ending import budget, data_expiry, sweeper
from sentiment.cloud.hosting import autoscaling
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.errors import CloudError

GOING = ("Stopping", "Deleting", "DELETING", "DELETE_IN_PROGRESS")
# AWS's names for being asked while something else is done to the same thing.
_BUSY = (
    "ConflictException",
    "OperationAborted",
    "DeleteConflict",
    "ConcurrentModification",
    "ResourceConflictException",
)
_BUSY_WORDS = ("in-progress", "in progress", "in status", "currently being")


def is_for_now(error: CloudError) -> bool:
    """Whether it is refused only because it is changing at this moment, or AWS is out of order."""
    if error.passing and not error.throttled:
        return True
    return error.code in _BUSY or any(words in error.refusal for words in _BUSY_WORDS)


def remove(account: Account, resource: Resource) -> None:
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
            _, endpoint, _, variant = name.split("/")
            autoscaling.stop_scaling(account, endpoint, variant)
        case "endpoint":
            account.call("sagemaker", "delete_endpoint", EndpointName=name)
        case "endpoint configuration":
            account.call("sagemaker", "delete_endpoint_config", EndpointConfigName=name)
        case "model":
            account.call("sagemaker", "delete_model", ModelName=name)
        case "sweeper":
            sweeper.delete(account, name)
        case "budget":
            budget.delete(account, name)
        case "schedules":
            account.call("scheduler", "delete_schedule_group", Name=name)
        case "files":
            within = name.removeprefix(f"{s3.bucket_name(account)}/")
            s3.delete_all(account, within)
            data_expiry.end_all(account, within.removeprefix(s3.PREFIX).rstrip("/"))
        case "bucket":
            account.call("s3", "delete_bucket", Bucket=name, ExpectedBucketOwner=account.number)
        case "role":
            roles.delete_role(account, next(each for each in roles.PURPOSES if roles.role_name(account, each) == name))
        case "boundary":
            boundary.delete(account)
