import pytest
from botocore.exceptions import ClientError, TokenRetrievalError

from sentiment.cloud.aws_errors import told
from sentiment.errors import CloudError


def refused(code, words="no"):
    return ClientError({"Error": {"Code": code, "Message": words}}, "CreateTrainingJob")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refused("AccessDeniedException"), "may not do sagemaker:CreateTrainingJob"),
        (refused("ExpiredToken"), "sign-in has expired"),
        (TokenRetrievalError(provider="sso", error_msg="expired"), "sign-in has expired"),
        (refused("UnrecognizedClientException"), "does not know these credentials"),
        (refused("ResourceLimitExceeded", "0 Instances of ml.g5.xlarge"), "quota does not allow this .0 Instances"),
        (refused("ThrottlingException"), "slow down"),
        (refused("ValidationException", "Role is bad."), "^AWS refused sagemaker:CreateTrainingJob: Role is bad.$"),
    ],
)
def test_refusal_is_a_sentence(error, sentence):
    with pytest.raises(CloudError, match=sentence) as raised, told("sagemaker", "create_training_job"):
        raise error
    assert "\n" not in str(raised.value)


def test_a_refusal_names_the_permission_not_the_operation():
    error = ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")
    with pytest.raises(CloudError, match="may not do s3:ListBucket: have"), told("s3", "head_bucket"):
        raise error


def test_our_own_errors_pass():
    with pytest.raises(ZeroDivisionError), told("s3", "list_buckets"):
        _ = 1 / 0
