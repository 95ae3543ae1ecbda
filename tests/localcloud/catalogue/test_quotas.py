"""The account has instance quotas, which Service Quotas reports and SageMaker enforces."""

import boto3
import pytest
from botocore.exceptions import ClientError

from sentiment.localcloud.catalogue import quotas
from tests.localcloud.roles import make_role
from tests.localcloud.small_server import create_model, upload_model

LARGE = "ml.m5.large"


@pytest.fixture
def sagemaker(local_cloud):
    create_model("m", upload_model())
    return boto3.client("sagemaker")


def configure(sagemaker, name, count):
    variant = {"VariantName": "A", "ModelName": "m", "InstanceType": LARGE, "InitialInstanceCount": count}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def listed():
    pages = boto3.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    return {each["QuotaName"]: each["Value"] for page in pages for each in page["Quotas"]}


def test_quotas_are_reported_and_can_be_set(local_cloud):
    assert listed() == local_cloud.quotas
    assert len(listed()) > quotas.PAGE
    assert set(listed().values()) == {20.0}
    local_cloud.quotas[f"{LARGE} for endpoint usage"] = 0
    assert listed()[f"{LARGE} for endpoint usage"] == 0
    local_cloud.reset()
    assert listed()[f"{LARGE} for endpoint usage"] == 20


def test_endpoint_of_more_instances_than_the_quota_has_left_is_refused(local_cloud, sagemaker):
    local_cloud.quotas[f"{LARGE} for endpoint usage"] = 3
    for count in (2, 4):
        configure(sagemaker, f"of-{count}", count)
    sagemaker.create_endpoint(EndpointName="one", EndpointConfigName="of-2")
    with pytest.raises(ClientError) as refused:
        sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="of-2")
    error = refused.value.response["Error"]
    assert error["Code"] == "ResourceLimitExceeded"
    assert f"'{LARGE} for endpoint usage' is 3 Instances, with current utilization of 2 Instances" in error["Message"]
    with pytest.raises(ClientError, match="a request delta of 4 Instances"):
        sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="of-4")


@pytest.mark.parametrize(("spot", "use"), [(False, "training job usage"), (True, "spot training job usage")])
def test_job_beyond_its_quota_is_refused(local_cloud, spot, use):
    local_cloud.quotas[f"{LARGE} for {use}"] = 0
    with pytest.raises(ClientError, match=f"'{LARGE} for {use}' is 0 Instances"):
        boto3.client("sagemaker").create_training_job(
            TrainingJobName="job",
            RoleArn=make_role("training"),
            AlgorithmSpecification={"TrainingImage": "image", "TrainingInputMode": "File"},
            OutputDataConfig={"S3OutputPath": "s3://reviews/out"},
            ResourceConfig={"InstanceType": LARGE, "InstanceCount": 1, "VolumeSizeInGB": 5},
            StoppingCondition={"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
            EnableManagedSpotTraining=spot,
        )


def test_transform_beyond_its_quota_is_refused(local_cloud, sagemaker):
    local_cloud.quotas[f"{LARGE} for transform job usage"] = 1
    with pytest.raises(ClientError, match="transform job usage' is 1 Instances"):
        sagemaker.create_transform_job(
            TransformJobName="job",
            ModelName="m",
            TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://reviews/in"}}},
            TransformOutput={"S3OutputPath": "s3://reviews/out"},
            TransformResources={"InstanceType": LARGE, "InstanceCount": 2},
        )
