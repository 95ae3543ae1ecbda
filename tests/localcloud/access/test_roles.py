"""A role is assumed by the services that it trusts, once it has propagated, and with its permissions."""

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.localcloud.encrypted_bucket import encrypted_bucket
from tests.localcloud.roles import make_role, policy
from tests.localcloud.small_server import BUCKET, upload_model
from tests.support.waiting import until

ARN = "arn:aws:iam::123456789012:role/one"
JOB = {
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File", "ContainerEntrypoint": ["true"]},
    "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
}


def create_model(uri="s3://models/model.tar.gz"):
    boto3.client("sagemaker").create_model(
        ModelName="m", ExecutionRoleArn=ARN, PrimaryContainer={"Image": "image", "ModelDataUrl": uri}
    )


def create_job(**more):
    boto3.client("sagemaker").create_training_job(TrainingJobName="job", RoleArn=ARN, **JOB | more)


def create_function():
    given = {"Runtime": "python3.12", "Handler": "a.b", "Code": {"ZipFile": b""}}
    boto3.client("lambda").create_function(FunctionName="f", Role=ARN, **given)


REFUSALS = [
    (create_model, 'trust relationship policy allows the action "sts:AssumeRole" for the service principal'),
    (create_job, "Could not assume role"),
    (create_function, "cannot be assumed by Lambda"),
]


@pytest.mark.parametrize(("create", "words"), REFUSALS)
def test_role_that_is_not_there_is_refused(local_cloud, create, words):
    with pytest.raises(ClientError, match=words):
        create()


@pytest.mark.parametrize(("create", "words"), REFUSALS)
def test_role_that_trusts_somebody_else_is_refused(local_cloud, create, words):
    make_role("one", "codebuild")
    with pytest.raises(ClientError, match=words):
        create()


@pytest.mark.parametrize(("create", "words"), REFUSALS)
def test_role_that_is_seconds_old_is_refused(local_cloud, monkeypatch, create, words):
    monkeypatch.setattr(local_cloud.machinery, "role_settling_seconds", 3600)
    make_role("one", "lambda" if create is create_function else "sagemaker")
    with pytest.raises(ClientError, match=words):
        create()


def test_trust_of_another_account_is_no_trust(local_cloud):
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}},
    }
    boto3.client("iam").create_role(RoleName="one", AssumeRolePolicyDocument=policy(trust))
    with pytest.raises(ClientError, match="Could not assume role"):
        create_job()


def test_model_s_role_has_to_read_its_files(local_cloud):
    uri = upload_model()
    make_role("one")
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"}
    boto3.client("iam").put_role_policy(RoleName="one", PolicyName="all", PolicyDocument=policy(allowed))
    with pytest.raises(ClientError, match="Could not access model data"):
        create_model(uri)


def test_model_s_role_has_to_decrypt_its_files(local_cloud):
    key = encrypted_bucket(BUCKET)
    uri = upload_model()
    make_role("one")
    files = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    iam = boto3.client("iam")
    iam.put_role_policy(RoleName="one", PolicyName="all", PolicyDocument=policy(files))
    with pytest.raises(ClientError, match="Could not access model data"):
        create_model(uri)
    through = {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com*"}}
    decrypts = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": through}
    iam.put_role_policy(RoleName="one", PolicyName="all", PolicyDocument=policy(files, decrypts))
    create_model(uri)


def test_job_without_the_bucket_s_key_fails(local_cloud):
    encrypted_bucket(BUCKET)
    make_role("one")
    files = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    boto3.client("iam").put_role_policy(RoleName="one", PolicyName="all", PolicyDocument=policy(files))
    entry = {"ContainerEntrypoint": ["bash", "-c", "echo model > /opt/ml/model/weights"]}
    create_job(AlgorithmSpecification=JOB["AlgorithmSpecification"] | entry)
    describe = boto3.client("sagemaker").describe_training_job
    until(lambda: describe(TrainingJobName="job")["TrainingJobStatus"] in ("Completed", "Failed"))
    said = describe(TrainingJobName="job")
    assert said["TrainingJobStatus"] == "Failed"
    assert "not authorized to perform: kms:GenerateDataKey" in said["FailureReason"]


def test_job_may_do_what_its_role_may(local_cloud):
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    make_role("one")
    allowed = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/out/*"}
    boto3.client("iam").put_role_policy(RoleName="one", PolicyName="all", PolicyDocument=policy(allowed))
    asks = "import boto3, os; boto3.client('s3').put_object(Bucket=os.environ['B'], Key=os.environ['K'], Body=b'')"
    sagemaker = boto3.client("sagemaker")
    describe = sagemaker.describe_training_job
    for name, key, status in (("may", "out/a", "Completed"), ("may-not", "other/a", "Failed")):
        specification = JOB["AlgorithmSpecification"] | {
            "ContainerEntrypoint": ["python3"],
            "ContainerArguments": ["-c", asks],
        }
        sagemaker.create_training_job(
            TrainingJobName=name,
            RoleArn=ARN,
            **JOB | {"AlgorithmSpecification": specification, "Environment": {"B": BUCKET, "K": key}},
        )
        until(lambda name=name: describe(TrainingJobName=name)["TrainingJobStatus"] in ("Completed", "Failed"))
        assert describe(TrainingJobName=name)["TrainingJobStatus"] == status
    listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [each["Key"] for each in listed] == ["out/a"]
