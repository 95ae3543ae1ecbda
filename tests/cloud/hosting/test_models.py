"""Bundles as SageMaker models."""

import tarfile

import pytest

from sentiment.cloud.aws import account, s3
from sentiment.cloud.aws.ownership import is_tagged
from sentiment.cloud.hosting import models
from sentiment.errors import BundleError, CloudError
from sentiment.model import bundle
from tests.localcloud.roles import make_role

ROLE = "arn:aws:iam::123456789012:role/serving"
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/review-sentiment:1"


@pytest.fixture(autouse=True)
def role(local_cloud):
    make_role("serving")


def said(here, name):
    return here.call("sagemaker", "describe_model", ModelName=name)


def tags_of(here, name):
    listed = here.call("sagemaker", "list_tags", ResourceArn=said(here, name)["ModelArn"])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def test_a_bundle_is_packed_uploaded_and_registered_with_what_there_is_to_know(local_cloud, tiny_bundle, tmp_path):
    here, lines = account.connect(), []
    model = models.register(here, tiny_bundle, ROLE, report=lines.append)
    card = bundle.describe(tiny_bundle)
    assert (model.bundle, model.fingerprint, model.role) == (card.name, card.fingerprint, ROLE)
    assert model.band == (card.config.calibration.low, card.config.calibration.high)
    assert models.find(here, model.name) == model
    described = said(here, model.name)
    assert described["PrimaryContainer"]["Image"].endswith("amazonaws.com/pytorch-inference:2.6.0-cpu-py312")
    assert not described["EnableNetworkIsolation"]  # a serverless endpoint does not know it
    assert is_tagged(tags_of(here, model.name))
    s3.download(here, described["PrimaryContainer"]["ModelDataUrl"], tmp_path / "model.tar.gz")
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        assert {"config.json", "code/inference.py"} <= set(archive.getnames())
    assert lines[0] == "Packing the model with its code"
    assert lines[-2].startswith("Uploading the model: ")
    assert lines[-1] == f"Registering the model {model.name}"


def test_on_an_instance_it_is_cut_off_from_the_network_and_may_have_our_own_image(local_cloud, tiny_bundle):
    here = account.connect()
    model = models.register(here, tiny_bundle, ROLE, instance_type="ml.m5.large", image=OWN_IMAGE)
    assert model.image == OWN_IMAGE
    assert said(here, model.name)["EnableNetworkIsolation"]


@pytest.mark.parametrize(
    ("instance_type", "processor", "image"),
    [
        ("", "x86_64", "pytorch-inference:2.6.0-cpu-"),
        ("ml.m5.large", "x86_64", "pytorch-inference:2.6.0-cpu-"),
        ("ml.g4dn.xlarge", "x86_64", "pytorch-inference:2.6.0-gpu-"),
        ("ml.g5.xlarge", "x86_64", "pytorch-inference:2.6.0-gpu-"),
        ("ml.c7g.large", "aarch64", "pytorch-inference-arm64:2.6.0-cpu-py312-ubuntu22.04-sagemaker"),
        ("ml.m6gd.large", "aarch64", "pytorch-inference-arm64:2.6.0-cpu-py312-ubuntu22.04-sagemaker"),
    ],
)
def test_image_and_wheels_are_for_the_processor_of_the_instance(instance_type, processor, image):
    assert models.processor(instance_type) == processor
    assert image in models.aws_image("eu-west-1", instance_type)


def test_images_come_from_the_account_that_has_them_in_the_region():
    assert models.aws_image("eu-west-1").startswith("763104351884.dkr.ecr.eu-west-1.amazonaws.com/")
    assert models.aws_image("me-south-1").startswith("217643126080.dkr.ecr.me-south-1.amazonaws.com/")
    with pytest.raises(CloudError, match="no PyTorch inference image for serverless endpoints in atlantis-1"):
        models.aws_image("atlantis-1")


def test_what_is_no_image_and_no_bundle_is_refused_before_anything_is_made(local_cloud, tiny_bundle, tmp_path):
    here = account.connect()
    with pytest.raises(CloudError, match='"review-sentiment" is not the URI of an image in ECR'):
        models.register(here, tiny_bundle, ROLE, image="review-sentiment")
    with pytest.raises(BundleError):
        models.register(here, tmp_path, ROLE)
    assert here.call("sagemaker", "list_models")["Models"] == []


def test_a_refusal_of_aws_is_reported(local_cloud, tiny_bundle):
    here = account.connect()
    local_cloud.faults.next_calls("CreateModel", *["throttled"] * 3)
    with pytest.raises(CloudError, match=r"throttling requests \(sagemaker:CreateModel\)"):
        models.register(here, tiny_bundle, ROLE)


def test_a_model_is_deleted_once_and_a_missing_one_is_known_as_missing(local_cloud, tiny_bundle):
    here = account.connect()
    model = models.register(here, tiny_bundle, ROLE)
    for _ in range(2):
        models.delete(here, model.name)
    with pytest.raises(CloudError) as raised:
        models.find(here, model.name)
    assert raised.value.missing


def test_a_model_of_somebody_else_has_no_bundle(local_cloud):
    here = account.connect()
    here.call(
        "sagemaker",
        "create_model",
        ModelName="other",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": "x", "ModelDataUrl": "s3://models/other.tar.gz"},
    )
    found = models.find(here, "other")
    assert (found.bundle, found.fingerprint, found.band) == ("", "", None)
