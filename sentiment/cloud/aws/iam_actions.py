"""The IAM permissions that each API operation needs.

By default that is the action of the same name; exceptions are from AWS's service authorisation reference.
"""

# IAM action prefixes that differ from boto3's service name.
_PREFIXES = {"sagemaker-runtime": "sagemaker", "service-quotas": "servicequotas"}
# Keyed by boto3 service and operation. An operation that is not listed needs the one action of its own name.
_ACTIONS = {
    ("apigateway", "GetApiKey"): ("apigateway:GET",),
    ("application-autoscaling", "PutScalingPolicy"): (
        "application-autoscaling:PutScalingPolicy",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DeleteAlarms",
    ),
    ("application-autoscaling", "RegisterScalableTarget"): (
        "application-autoscaling:RegisterScalableTarget",
        "iam:CreateServiceLinkedRole",
    ),
    ("budgets", "CreateBudget"): ("budgets:ModifyBudget", "budgets:TagResource"),
    ("budgets", "DeleteBudget"): ("budgets:ModifyBudget",),
    ("budgets", "DescribeBudget"): ("budgets:ViewBudget",),
    ("cloudformation", "CreateStack"): ("cloudformation:CreateStack", "cloudformation:TagResource"),
    ("cloudformation", "DescribeStacks"): ("cloudformation:DescribeStacks", "cloudformation:ListStacks"),
    ("cloudformation", "UpdateStack"): ("cloudformation:UpdateStack", "cloudformation:TagResource"),
    ("iam", "CreatePolicy"): ("iam:CreatePolicy", "iam:TagPolicy"),
    ("iam", "CreateRole"): ("iam:CreateRole", "iam:TagRole"),
    ("lambda", "CreateFunction"): ("lambda:CreateFunction", "lambda:TagResource", "iam:PassRole"),
    ("lambda", "GetFunction"): ("lambda:GetFunction", "lambda:ListTags"),
    ("logs", "CreateLogGroup"): ("logs:CreateLogGroup", "logs:TagResource"),
    ("s3", "CompleteMultipartUpload"): ("s3:PutObject",),
    ("s3", "CreateBucket"): ("s3:CreateBucket", "s3:TagResource"),
    ("s3", "CreateMultipartUpload"): ("s3:PutObject",),
    ("s3", "DeleteBucketLifecycle"): ("s3:PutLifecycleConfiguration",),
    ("s3", "DeleteObjects"): ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    ("s3", "GetBucketLifecycleConfiguration"): ("s3:GetLifecycleConfiguration",),
    ("s3", "GetPublicAccessBlock"): ("s3:GetBucketPublicAccessBlock",),
    ("s3", "HeadBucket"): ("s3:ListBucket",),
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "ListBuckets"): ("s3:ListAllMyBuckets",),
    ("s3", "ListMultipartUploads"): ("s3:ListBucketMultipartUploads",),
    ("s3", "ListObjectVersions"): ("s3:ListBucketVersions",),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
    ("s3", "PutBucketEncryption"): ("s3:PutEncryptionConfiguration",),
    ("s3", "PutBucketLifecycleConfiguration"): ("s3:PutLifecycleConfiguration",),
    ("s3", "PutPublicAccessBlock"): ("s3:PutBucketPublicAccessBlock",),
    ("s3", "UploadPart"): ("s3:PutObject",),
    ("sagemaker", "DeleteEndpoint"): ("sagemaker:DeleteEndpoint", "application-autoscaling:DeregisterScalableTarget"),
    ("sagemaker", "CreateModel"): ("sagemaker:CreateModel", "iam:PassRole"),
    ("sagemaker", "CreateTrainingJob"): ("sagemaker:CreateTrainingJob", "iam:PassRole"),
    ("scheduler", "CreateSchedule"): ("scheduler:CreateSchedule", "iam:PassRole"),
    ("scheduler", "CreateScheduleGroup"): ("scheduler:CreateScheduleGroup", "scheduler:TagResource"),
    ("scheduler", "UpdateSchedule"): ("scheduler:UpdateSchedule", "iam:PassRole"),
    ("sts", "GetCallerIdentity"): (),  # needs no permission
}


def actions(service: str, operation: str) -> tuple[str, ...]:
    """Return the IAM actions of an operation, such as ("s3", "HeadBucket"); a refusal is about the first one."""
    own = f"{_PREFIXES.get(service, service)}:{operation}"
    return _ACTIONS.get((service, operation), (own,))


def operation_name(method: str) -> str:
    """Return AWS's operation name for a boto3 method name: "HeadBucket" for "head_bucket"."""
    return "".join(part.capitalize() for part in method.split("_"))
