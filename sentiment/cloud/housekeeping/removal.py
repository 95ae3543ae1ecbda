"""Delete or stop a single resource of each kind."""

from sentiment.cloud.aws import boundary, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.ending import budget, data_expiry, sweeper
from sentiment.cloud.hosting import autoscaling
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.errors import CloudError

GOING = ("Stopping", "Deleting", "DELETING", "DELETE_IN_PROGRESS")
# AWS's error codes for a request while another operation on the same resource is in progress.
_BUSY = (
    "ConflictException",
    "OperationAborted",
    "DeleteConflict",
    "ConcurrentModification",
    "ResourceConflictException",
)
_BUSY_WORDS = ("in-progress", "in progress", "in status", "currently being")


def is_for_now(error: CloudError) -> bool:
    """Whether the refusal is temporary: the resource is being changed, or AWS is briefly unavailable."""
    if error.passing and not error.throttled:
        return True
    return error.code in _BUSY or any(words in error.refusal for words in _BUSY_WORDS)


def remove(account: Account, resource: Resource) -> None:
    """Request that one resource is stopped or deleted. CloudError as from `Account.call`."""
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
