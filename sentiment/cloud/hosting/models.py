"""A bundle as a SageMaker model: packed, uploaded, and registered with the image that is to serve it."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentiment.cloud.aws import packing, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import unless_missing
from sentiment.cloud.aws.ownership import resource_name, sagemaker_tags, tag_list, tag_value, tags
from sentiment.cloud.aws.packing import Archive, Processor, Target
from sentiment.errors import CloudError

# AWS's last image that serves PyTorch without further ado; no newer one is configured for serving. For ARM there is no
# shorter name than the full version.
AWS_IMAGE_VERSION, AWS_IMAGE_PYTHON = "2.6.0", "3.12"
AWS_IMAGE_REMARK = (
    "AWS's PyTorch inference image 2.6 works, but has had no updates since its support ended in June 2026: for more "
    "than a trial, build our own image (assets/container) and give its address."
)
_NAME_TAG, _FINGERPRINT_TAG, _BAND_TAG = "bundle", "fingerprint", "uncertain-band"
_GRAVITON = re.compile(r"ml\.[a-z]+\d+g")
_ECR_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+([:@][\w.:-]+)?")
# The settings of AWS's image: where our handler is, and that one worker uses all processors. Ours does not look at it.
_ENVIRONMENT = {
    "SAGEMAKER_PROGRAM": "inference.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
}


@dataclass(frozen=True)
class RegisteredModel:
    """A SageMaker model: its name there, the image that serves it and the role that may read it.

    `bundle` and `fingerprint` say which bundle it is and `band` where that calls itself uncertain, in probability;
    "" and None for a model whose tags do not say.
    """

    name: str
    image: str
    role: str
    bundle: str
    fingerprint: str
    band: tuple[float, float] | None


def processor(instance_type: str) -> Processor:
    """The kind of processor of an instance type; serverless endpoints, "", have the usual."""
    return "aarch64" if _GRAVITON.match(instance_type) else "x86_64"


def aws_image(region: str, instance_type: str = "") -> str:
    """The address of AWS's PyTorch inference image for an instance type; for a serverless endpoint without one.

    Raises:
        CloudError: there is none in the region.
    """
    from sagemaker.core import image_uris  # takes seconds to import; it knows which account has the images where

    try:
        uri: str = image_uris.retrieve(
            "pytorch",
            region,
            version=AWS_IMAGE_VERSION,
            py_version="py" + AWS_IMAGE_PYTHON.replace(".", ""),
            instance_type=instance_type or "ml.m5.large",
            image_scope="inference",
        )
    except ValueError as error:
        raise CloudError(
            f"AWS has no PyTorch inference image for {instance_type or 'serverless endpoints'} in {region}: "
            "choose another region or instance, or give the address of your own image."
        ) from error
    return uri


def register(
    account: Account,
    directory: Path,
    role: str,
    *,
    instance_type: str = "",
    image: str = "",
    report: Callable[[str], None] = lambda line: None,
) -> RegisteredModel:
    """Pack the bundle in `directory`, upload it and make a model of it, which `role` may read.

    `instance_type` is where it is to be served, "" for a serverless endpoint; `image` the address of our own image in
    ECR, "" for AWS's. A model costs nothing but its few megabytes in S3. `report` gets a line at each step.

    Raises:
        BundleError, PackingError: it cannot be packed.
        CloudError: as from `Account.call`.
    """
    address = _checked(image) or aws_image(account.region, instance_type)
    packed, uri = _upload(account, directory, Target(AWS_IMAGE_PYTHON, processor(instance_type)), report)
    low, high = packed.band
    labels = {_NAME_TAG: tag_value(packed.name), _FINGERPRINT_TAG: packed.fingerprint, _BAND_TAG: f"{low!r}:{high!r}"}
    name = resource_name(packed.name)
    report(f"Registering the model {name}")
    # SageMaker looks at once whether it may take on the role and read the archive.
    roles.once_usable(
        lambda: account.call(
            "sagemaker",
            "create_model",
            ModelName=name,
            ExecutionRoleArn=role,
            PrimaryContainer={"Image": address, "ModelDataUrl": uri, "Environment": _ENVIRONMENT},
            # It needs nothing from outside; serverless endpoints do not know isolation.
            **({"EnableNetworkIsolation": True} if instance_type else {}),
            Tags=tag_list(tags(account.arn) | labels),
        )
    )
    return RegisteredModel(name, address, role, packed.name, packed.fingerprint, packed.band)


def find(account: Account, name: str) -> RegisteredModel:
    """What there is to know of a model.

    Raises:
        CloudError: as from `Account.call`; `missing` when there is no such model.
    """
    described = account.call("sagemaker", "describe_model", ModelName=name)
    labels = sagemaker_tags(account, described["ModelArn"])
    return RegisteredModel(
        name=name,
        image=described.get("PrimaryContainer", {}).get("Image", ""),
        role=described["ExecutionRoleArn"],
        bundle=labels.get(_NAME_TAG, ""),
        fingerprint=labels.get(_FINGERPRINT_TAG, ""),
        band=_band(labels.get(_BAND_TAG)),
    )


def delete(account: Account, name: str) -> None:
    """Delete a model; nothing happens when there is none. Its archive stays in S3. CloudError as above."""
    with unless_missing():
        account.call("sagemaker", "delete_model", ModelName=name)


def _checked(image: str) -> str:
    if image and not _ECR_IMAGE.fullmatch(image):
        raise CloudError(
            f'"{image}" is not the address of an image in ECR, such as '
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/review-sentiment:1: copy it from the console."
        )
    return image


def _upload(account: Account, directory: Path, target: Target, report: Callable[[str], None]) -> tuple[Archive, str]:
    """Pack a bundle and upload it; return what was packed, and where it lies now."""
    report("Packing the model with its code")
    with tempfile.TemporaryDirectory() as folder:
        archive = packing.pack(directory, Path(folder) / "model.tar.gz", target)

        def tell(done: int, total: int) -> None:
            report(f"Uploading the model: {s3.progress_in_words(done, total)}")

        return archive, s3.upload_file(account, archive.path, "models", tell)


def _band(tag: str | None) -> tuple[float, float] | None:
    try:
        low, high = map(float, (tag or "").split(":"))
    except ValueError:
        return None
    return low, high
