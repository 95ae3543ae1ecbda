import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError, TokenRetrievalError

from sentiment.cloud.aws.errors import as_cloud_error
from sentiment.errors import CloudError


def refused(code, words="no"):
    return ClientError({"Error": {"Code": code, "Message": words}}, "CreateTrainingJob")


NOT_PASSED = (
    "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: iam:PassRole on resource: "
    "arn:aws:iam::123456789012:role/review-sentiment-execution because no identity-based policy allows the "
    "iam:PassRole action"
)
FORBIDDEN = (
    "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: sagemaker:CreateTrainingJob on resource: "
    "* with an explicit deny in a service control policy"
)
NO_INSTANCE = (
    "The account-level service limit 'ml.g5.xlarge for training job usage' is 0 Instances, with current utilization "
    "of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this "
    "quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota."
)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refused("AccessDeniedException"), "may not do sagemaker:CreateTrainingJob"),
        (refused("AccessDeniedException", NOT_PASSED), "may not do iam:PassRole: ask the account's administrator"),
        (refused("AccessDenied", FORBIDDEN), "policy of the account forbids sagemaker:CreateTrainingJob to this"),
        (refused("ExpiredToken"), "sign-in has expired"),
        (TokenRetrievalError(provider="sso", error_msg="expired"), "sign-in has expired"),
        (refused("UnrecognizedClientException"), "does not know these credentials"),
        (refused("ResourceLimitExceeded", "0 Instances of ml.g5.xlarge"), "quota does not allow this .0 Instances"),
        (refused("ResourceLimitExceeded", NO_INSTANCE), r"\(The account-level.* delta of 1 Instances\): request more"),
        (refused("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000"), "quota does not allow this"),
        (refused("ThrottlingException"), "throttling requests"),
        (refused("ValidationException", "Role is bad."), "^AWS refused sagemaker:CreateTrainingJob: Role is bad.$"),
    ],
)
def test_refusal_is_a_sentence(error, sentence):
    with pytest.raises(CloudError, match=sentence) as raised, as_cloud_error("sagemaker", "create_training_job"):
        raise error
    assert "\n" not in str(raised.value)


def test_a_refusal_names_the_permission_not_the_operation():
    error = ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")
    with pytest.raises(CloudError, match="may not do s3:ListBucket: ask"), as_cloud_error("s3", "head_bucket"):
        raise error


@pytest.mark.parametrize(
    ("status", "words", "sentence"),
    [
        ("400", "Bad Request", "AWS refused s3:GetObject without a reason; most often the sign-in has expired. Sign"),
        ("503", "Service Unavailable", r"throttling requests \(s3:GetObject\)"),
    ],
)
def test_a_status_without_a_name_is_reported_too(status, words, sentence):
    error = ClientError({"Error": {"Code": status, "Message": words}}, "HeadObject")
    with pytest.raises(CloudError, match=sentence), as_cloud_error("s3", "head_object"):
        raise error


def test_a_transfer_that_fails_is_reported_even_when_s3_says_nothing():
    with pytest.raises(CloudError, match="could not be sent"), as_cloud_error("sagemaker", "create_training_job"):
        raise S3UploadFailedError("Failed to upload")


def test_our_own_errors_pass():
    with pytest.raises(ZeroDivisionError), as_cloud_error("s3", "list_buckets"):
        _ = 1 / 0
