"""An AWS image must be listed for the region in the tables of the SageMaker SDK."""

import boto3
import pytest
from botocore.exceptions import ClientError
from sagemaker.core import image_uris

from sentiment.localcloud.catalogue import images
from tests.localcloud.roles import make_role

AWS = "763104351884.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    "name",
    [
        "pytorch-inference:2.6-cpu-py312",
        "pytorch-inference:2.6.0-cpu-py312",
        "pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker",
        "pytorch-inference:2.6-gpu-py312",
        "pytorch-inference-arm64:2.6.0-cpu-py312-ubuntu22.04-sagemaker",
        "pytorch-training:2.10-gpu-py313",
        "pytorch:2.13-cpu-amzn2023-sagemaker",
        "pytorch:2.13-cu133-amzn2023-sagemaker",
    ],
)
def test_images_of_the_tables_are_there(name):
    assert images.exists(f"{AWS}/{name}", "us-east-1")


@pytest.mark.parametrize(
    "name",
    [
        "pytorch-inference-arm64:2.6-cpu-py312-ubuntu22.04-sagemaker",
        "pytorch-inference-arm64:2.6.0-cpu-py312",
        "pytorch-inference:2.7-cpu-py312",
        "pytorch-inference:2.6-cpu-py311",
        "pytorch:2.13-cu128-amzn2023-sagemaker",
        "pytorch:3.0-cpu-amzn2023-sagemaker",
        "pytorch-serving:2.6-cpu-py312",
    ],
)
def test_images_that_nobody_has_made_are_not(name):
    assert not images.exists(f"{AWS}/{name}", "us-east-1")


def test_image_of_another_region_is_out_of_reach():
    assert not images.exists(f"{AWS}/pytorch-inference:2.6-cpu-py312", "eu-west-1")


def test_sdk_s_own_addresses_are_there_but_for_arm_whose_short_name_aws_has_not():
    def address(kind, scope="inference"):
        return image_uris.retrieve(
            "pytorch", "us-east-1", version="2.6", py_version="py312", instance_type=kind, image_scope=scope
        )

    assert images.exists(address("ml.m5.large"), "us-east-1")
    assert images.exists(address("ml.g5.xlarge"), "us-east-1")
    assert not images.exists(address("ml.c7g.large", "inference_graviton"), "us-east-1")


def test_image_of_another_account_is_not_looked_at():
    assert images.exists("123456789012.dkr.ecr.eu-west-1.amazonaws.com/review-sentiment:1", "us-east-1")


def test_model_with_an_image_that_is_not_there_is_refused(local_cloud):
    container = {"Image": f"{AWS}/pytorch-inference:9.9-cpu-py312"}
    with pytest.raises(ClientError, match=r"Requested image .* not found"):
        boto3.client("sagemaker").create_model(
            ModelName="m", ExecutionRoleArn=make_role("serving"), PrimaryContainer=container
        )
