"""Determine the permissions that a call needs: its own action on each resource, and those that it implies.

Passing a role needs iam:PassRole, tags at creation need the permission to tag, and listing all stacks needs
cloudformation:ListStacks. Deleting an endpoint also deletes its scaling, and a bucket may encrypt with a KMS key.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from sentiment.cloud.aws.iam_actions import actions
from sentiment.localcloud.access.encryption import uses_of_keys
from sentiment.localcloud.access.identities import role_named
from sentiment.localcloud.access.keys import PARTITION, Key
from sentiment.localcloud.access.policies import Demand
from sentiment.localcloud.access.resources import reference, resources_of
from sentiment.localcloud.access.tags import tags_of

PREFIXES = {"monitoring": "cloudwatch"}
ROLES = ("RoleArn", "ExecutionRoleArn", "Role", "roleArn", "role")
# Services that assume a role passed to them in a call.
SERVICES = ("sagemaker", "scheduler", "lambda")
# The permission to tag at creation where it is not the service's TagResource.
TAGGING = {"sagemaker": "sagemaker:AddTags", "iam": "iam:Tag{kind}", "s3": "s3:TagResource"}
SCALING_ROLE = "sagemaker.application-autoscaling.amazonaws.com"
TAG_KEY = re.compile(r"\$\{TagKey\}|<key>")


class Asking(NamedTuple):
    """A call: service and region from its signature, the operation and its parameters, and the HTTP path and method."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    path: str
    method: str


def demands(key: Key, asking: Asking) -> list[Demand]:
    """Return all permissions that a call needs, that of its own action first."""
    service, region = PREFIXES.get(asking.service, asking.service), asking.region
    if service == "apigateway":
        arn = f"arn:{PARTITION}:apigateway:{region}::{asking.path}"
        return [_demand(key, f"apigateway:{asking.method}", arn, asking.parameters, region)]
    action = next(iter(actions(service, asking.operation)), "")
    if not action:  # no permission needed
        return []
    wanted = [(action, arn) for arn in resources_of(action, asking.parameters, region)]
    wanted += _brought(service, asking.operation, asking.parameters, region, wanted[0][1])
    passed_to = f"{service}.amazonaws.com" if service in SERVICES else None
    given = {**asking.parameters, "PassedToService": passed_to, "ViaService": f"{service}.{region}.amazonaws.com"}
    if service == "sagemaker":  # its use of autoscaling concerns its own instances
        given |= {"ServiceNamespace": "sagemaker"}
    return [_demand(key, name, arn, given, region) for name, arn in wanted]


def _brought(
    service: str, operation: str, parameters: Mapping[str, Any], region: str, resource: str
) -> Iterator[tuple[str, str]]:
    if service in SERVICES and operation.startswith(("Create", "Update", "Put")):
        roles = [parameters.get(name) for name in ROLES] + [(parameters.get("Target") or {}).get("RoleArn")]
        yield from (("iam:PassRole", str(role)) for role in roles if role)
    if _tags_given(parameters) and operation.startswith(("Create", "Register", "UpdateStack")):
        kind = operation.removeprefix("Create")
        yield TAGGING.get(service, f"{service}:TagResource").format(kind=kind), resource
    if (service, operation) == ("cloudformation", "DescribeStacks") and not parameters.get("StackName"):
        yield "cloudformation:ListStacks", "*"
    if (service, operation) == ("sagemaker", "DeleteEndpoint"):
        yield from _scaling(parameters["EndpointName"], region)
    if (service, operation) == ("s3", "DeleteObjects"):
        objects = parameters.get("Delete", {}).get("Objects", ())
        bucket = f"arn:{PARTITION}:s3:::{parameters['Bucket']}"
        yield from (("s3:DeleteObjectVersion", f"{bucket}/{each['Key']}") for each in objects if each.get("VersionId"))
    if service == "s3":
        yield from uses_of_keys(operation, parameters, region)
    if service == "application-autoscaling":
        yield from _of_scaling(operation, parameters, region)


def _scaling(endpoint: str, region: str) -> Iterator[tuple[str, str]]:
    """Yield the deregistrations that SageMaker makes on behalf of the caller who deletes an endpoint."""
    for target in list(applicationautoscaling_backends[DEFAULT_ACCOUNT_ID][region].targets.values()):
        for scalable in target.values():
            if scalable.resource_id.startswith(f"endpoint/{endpoint}/"):
                place = f"arn:{PARTITION}:application-autoscaling:{region}:{DEFAULT_ACCOUNT_ID}:scalable-target"
                yield "application-autoscaling:DeregisterScalableTarget", f"{place}/{scalable.resource_id}"


def _of_scaling(operation: str, parameters: Mapping[str, Any], region: str) -> Iterator[tuple[str, str]]:
    """Yield what autoscaling implies: the alarms of a policy, and the service-linked role."""
    if operation == "PutScalingPolicy":
        alarm = f"arn:{PARTITION}:cloudwatch:{region}:{DEFAULT_ACCOUNT_ID}:alarm:TargetTracking-"
        for name in ("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms"):
            yield f"cloudwatch:{name}", f"{alarm}{parameters['ResourceId']}-AlarmHigh"
    if operation == "RegisterScalableTarget" and not _has_scaling_role():
        role = f"aws-service-role/{SCALING_ROLE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
        yield "iam:CreateServiceLinkedRole", f"arn:{PARTITION}:iam::{DEFAULT_ACCOUNT_ID}:role/{role}"


def _has_scaling_role() -> bool:
    roles = iam_backends[DEFAULT_ACCOUNT_ID][PARTITION].roles.values()
    return any(SCALING_ROLE in role.path for role in list(roles))


def _demand(key: Key, action: str, resource: str, parameters: Mapping[str, Any], region: str) -> Demand:
    """Return the demand with the condition keys that its action supports: global ones and those of the reference."""
    service = action.partition(":")[0]
    given = _tags_given(parameters)
    known = {TAG_KEY.sub("", name) for _, names in reference(action) for name in names}
    context: dict[str, str | list[str]] = {
        **{f"aws:RequestTag/{name}": value for name, value in given.items()},
        **{f"{who}:ResourceTag/{name}": value for name, value in tags_of(resource).items() for who in ("aws", service)},
        **_service_keys(action, parameters),
    }
    if given:
        context["aws:TagKeys"] = list(given)
    usable = {name: value for name, value in context.items() if name.partition("/")[0] + "/" * ("/" in name) in known}
    usable |= {"aws:RequestedRegion": region, "aws:PrincipalArn": key.arn, "aws:PrincipalAccount": DEFAULT_ACCOUNT_ID}
    if key.kind == "user":
        usable["aws:username"] = key.name
    return Demand(action, resource, usable)


def _service_keys(action: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    service = action.partition(":")[0]
    found = {
        "iam:PermissionsBoundary": parameters.get("PermissionsBoundary") or _boundary(parameters.get("RoleName")),
        "iam:PassedToService": parameters.get("PassedToService"),
        "iam:AWSServiceName": SCALING_ROLE if action == "iam:CreateServiceLinkedRole" else None,
        "application-autoscaling:service-namespace": parameters.get("ServiceNamespace"),
        "application-autoscaling:scalable-dimension": parameters.get("ScalableDimension"),
        "kms:ViaService": parameters.get("ViaService"),
        "cloudwatch:namespace": parameters.get("Namespace"),
        "s3:prefix": parameters.get("Prefix"),
    }
    return {name: str(value) for name, value in found.items() if value is not None and name.startswith(service)}


def _boundary(role: Any) -> str | None:
    """Return the permissions boundary of a role, which conditions on changes of its policies test."""
    found = role_named(str(role)) if role else None
    return (found.permissions_boundary_arn or None) if found else None


def _tags_given(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a request, in any of the formats of AWS's services."""
    given = parameters.get("Tags") or parameters.get("tags") or parameters.get("ResourceTags") or {}
    given = given or (parameters.get("CreateBucketConfiguration") or {}).get("Tags") or {}
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    return {str(each["Key"]): str(each.get("Value", "")) for each in given}
