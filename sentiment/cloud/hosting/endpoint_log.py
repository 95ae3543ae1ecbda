"""Create the log group of an endpoint in advance: SageMaker would create one without tags or a retention time."""

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import tags
from sentiment.errors import CloudError

PREFIX = "/aws/sagemaker/Endpoints/"
DAYS = 30


def create(account: Account, endpoint: str) -> None:
    """Create the log group of an endpoint, with a retention of 30 days. CloudError as from `Account.call`."""
    group = f"{PREFIX}{endpoint}"
    try:
        account.call("logs", "create_log_group", logGroupName=group, tags=tags(account.arn))
    except CloudError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise
    account.call("logs", "put_retention_policy", logGroupName=group, retentionInDays=DAYS)
