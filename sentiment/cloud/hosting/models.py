"""Register a bundle as a SageMaker model: packed, uploaded, and paired with the image that serves it."""

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

# AWS's last image that serves PyTorch out of the box; the SDK knows no newer one for inference. For ARM, it requires
# the full version number.
AWS_IMAGE_VERSION, AWS_IMAGE_PYTHON = "2.6.0", "3.12"
AWS_IMAGE_REMARK = (
    "AWS's PyTorch inference image 2.6 works, but has had no updates since its support ended in June 2026: for more "
    "than a trial, build your own image (assets/container) and give its URI."
)
_NAME_TAG, _FINGERPRINT_TAG, _BAND_TAG = "bundle", "fingerprint", "uncertain-band"
_GRAVITON = re.compile(r"ml\.[a-z]+\d+g")
_ECR_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+([:@][\w.:-]+)?")
# Settings of AWS's image: the location of the handler, and one worker for all processors. Our image ignores them.
_ENVIRONMENT = {
    "SAGEMAKER_PROGRAM": "inference.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
}


@dataclass(frozen=True)
class RegisteredModel:
    """A SageMaker model: its name, the image that serves it and the role that may read it.

    `bundle` and `fingerprint` identify the bundle, and `band` is its uncertain range of probabilities; "" and None if
    the model's tags do not give them.
    """

    name: str
    image: str
    role: str
    bundle: str
    fingerprint: str
    band: tuple[float, float] | None


def processor(instance_type: str) -> Processor:
    """Return the processor architecture of an instance type; x86-64 for serverless endpoints, "" here."""
    return "aarch64" if _GRAVITON.match(instance_type) else "x86_64"


def aws_image(region: str, instance_type: str = "") -> str:
    """Return the URI of AWS's PyTorch inference image for an instance type, "" for serverless endpoints.

    Raises:
        CloudError: there is none in the region.
    """
    from sagemaker.core import image_uris  # slow to import; knows the registry of each region

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
            "choose another region or instance, or give the URI of your own image."
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
    """Pack the bundle in `directory`, upload it and create a model that `role` may read.

    A model costs nothing except for its few megabytes in S3.

    Args:
        instance_type: Where it will be served; "" for a serverless endpoint.
        image: URI of this project's own image in ECR; "" for AWS's.
        report: Receives a line for each step.

    Raises:
        BundleError, PackingError: the bundle cannot be packed.
        CloudError: as from `Account.call`.
    """
    address = _checked(image) or aws_image(account.region, instance_type)
    packed, uri = _upload(account, directory, Target(AWS_IMAGE_PYTHON, processor(instance_type)), report)
    low, high = packed.band
    labels = {_NAME_TAG: tag_value(packed.name), _FINGERPRINT_TAG: packed.fingerprint, _BAND_TAG: f"{low!r}:{high!r}"}
    name = resource_name(packed.name)
    report(f"Registering the model {name}")
    # SageMaker checks at once whether it can assume the role and read the archive.
    roles.once_usable(
        lambda: account.call(
            "sagemaker",
            "create_model",
            ModelName=name,
            ExecutionRoleArn=role,
            PrimaryContainer={"Image": address, "ModelDataUrl": uri, "Environment": _ENVIRONMENT},
            # The container needs no network access; serverless endpoints do not support isolation.
            **({"EnableNetworkIsolation": True} if instance_type else {}),
            Tags=tag_list(tags(account.arn) | labels),
        )
    )
    return RegisteredModel(name, address, role, packed.name, packed.fingerprint, packed.band)


def find(account: Account, name: str) -> RegisteredModel:
    """Return a registered model.

    Raises:
        CloudError: as from `Account.call`; `missing` if there is no such model.
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
    """Delete a model, if it exists; its archive is kept in S3. CloudError as above."""
    with unless_missing():
        account.call("sagemaker", "delete_model", ModelName=name)


def _checked(image: str) -> str:
    if image and not _ECR_IMAGE.fullmatch(image):
        raise CloudError(
            f'"{image}" is not the URI of an image in ECR, such as '
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/review-sentiment:1: copy it from the console."
        )
    return image


def _upload(account: Account, directory: Path, target: Target, report: Callable[[str], None]) -> tuple[Archive, str]:
    """Pack a bundle and upload it; return the archive and its S3 URI."""
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
