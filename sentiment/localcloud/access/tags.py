"""The tags of the resource with an ARN, which conditions on `aws:ResourceTag` need."""

from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import sagemaker_backends

from sentiment.localcloud.access.identities import role_named


def tags_of(arn: str) -> dict[str, str]:
    """Return the tags of a SageMaker resource, role or stack; none if it does not exist."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return {}
    _, _, service, region, _, name = parts
    if service == "sagemaker":
        return _of_sagemaker(arn, region)
    if service == "iam" and name.startswith("role/"):
        role = role_named(name.rpartition("/")[2])
        return _pairs(role.tags) if role else {}
    if service == "cloudformation":
        stacks = cloudformation_backends[DEFAULT_ACCOUNT_ID][region].stacks.values()
        wanted = name.split("/")[1]
        return next((dict(stack.tags) for stack in list(stacks) if stack.name == wanted), {})
    return {}


def _of_sagemaker(arn: str, region: str) -> dict[str, str]:
    try:
        found = sagemaker_backends[DEFAULT_ACCOUNT_ID][region]._get_resource_from_arn(arn)
    except (ValidationError, AttributeError, ValueError):  # no such kind, or an ARN with wildcards
        return {}
    return _pairs(getattr(found, "tags", None))


def _pairs(tags: Any) -> dict[str, str]:
    """Return tags in one of moto's formats as a plain dict."""
    listed = tags.values() if isinstance(tags, dict) else tags
    return {str(each["Key"]): str(each.get("Value", "")) for each in listed or ()}
