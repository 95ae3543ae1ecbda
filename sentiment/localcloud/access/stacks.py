"""Permissions that a stack's resources need: CloudFormation creates, updates and deletes them as the caller."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.utils import yaml_tag_constructor
from moto.core import DEFAULT_ACCOUNT_ID

from sentiment.localcloud.access.demands import Asking
from sentiment.localcloud.access.keys import PARTITION
from sentiment.localcloud.access.policies import Demand

VERBS = {"CreateStack": 0, "UpdateStack": 1, "DeleteStack": 2}
REFERENCE = re.compile(r"\$\{([\w:]+)\}")
# By resource type: the ARN after the partition; the property with its name, which otherwise derives from the stack and
# the logical id; and the actions that CloudFormation needs to create, update and delete the resource.
TYPES: Mapping[str, tuple[str, str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = {
    "AWS::Logs::LogGroup": (
        "logs:{region}:{account}:log-group:{name}",
        "LogGroupName",
        (
            ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
            ("logs:PutRetentionPolicy",),
            ("logs:DeleteLogGroup",),
        ),
    ),
    "AWS::IAM::Role": (
        "iam::{account}:role/{name}",
        "RoleName",
        (
            ("iam:CreateRole", "iam:PutRolePolicy"),
            ("iam:PutRolePolicy",),
            ("iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:DeleteRolePolicy"),
        ),
    ),
    "AWS::Lambda::Function": (
        "lambda:{region}:{account}:function:{name}",
        "FunctionName",
        (
            ("lambda:CreateFunction", "lambda:GetFunction"),
            ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
            ("lambda:DeleteFunction",),
        ),
    ),
    "AWS::Lambda::Permission": (
        "lambda:{region}:{account}:function:{name}",
        "FunctionName",
        (("lambda:AddPermission",), ("lambda:AddPermission", "lambda:RemovePermission"), ("lambda:RemovePermission",)),
    ),
}
GATEWAY = {
    "RestApi": "/restapis",
    "Method": "/restapis/x/resources/x/methods/x",
    "GatewayResponse": "/restapis/x/gatewayresponses/x",
    "Deployment": "/restapis/x/deployments",
    "Stage": "/restapis/x/stages",
    "ApiKey": "/apikeys",
    "UsagePlan": "/usageplans",
    "UsagePlanKey": "/usageplans/x/keys",
}
GATEWAY_VERBS = ("POST", "PATCH", "DELETE")


def demands(asking: Asking) -> list[Demand]:
    """Return the permissions needed for the resources of a stack being created, updated or deleted; else none."""
    if asking.operation not in VERBS:
        return []
    name = str(asking.parameters.get("StackName", ""))
    name = name.split("/")[1] if name.startswith("arn:") else name
    template, given = _template(asking.parameters, name, asking.region)
    return list(_of_resources(template, given, name, VERBS[asking.operation], asking.region))


def _of_resources(
    template: Mapping[str, Any], given: Mapping[str, str], stack: str, verb: int, region: str
) -> Iterator[Demand]:
    for logical, resource in template.get("Resources", {}).items():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind.startswith("AWS::ApiGateway::"):
            path = GATEWAY[kind.rpartition(":")[2]]
            yield Demand(f"apigateway:{GATEWAY_VERBS[verb]}", f"arn:{PARTITION}:apigateway:{region}::{path}", {})
        elif kind in TYPES:
            form, property_name, actions = TYPES[kind]
            name = _text(properties.get(property_name), given, f"{stack}-{logical}-1A2B3C4D5E6F")
            arn = f"arn:{PARTITION}:" + form.format(region=region, account=DEFAULT_ACCOUNT_ID, name=name)
            boundary = properties.get("PermissionsBoundary")
            context = {"iam:PermissionsBoundary": _text(boundary, given, "")} if boundary else {}
            yield from (Demand(action, arn, context) for action in actions[verb])
            if kind == "AWS::Lambda::Function" and verb == 0:
                role = f"arn:{PARTITION}:iam::{DEFAULT_ACCOUNT_ID}:role/{stack}-Role-1A2B3C4D5E6F"
                yield Demand("iam:PassRole", role, {"iam:PassedToService": "lambda.amazonaws.com"})


def _template(parameters: Mapping[str, Any], stack: str, region: str) -> tuple[Mapping[str, Any], dict[str, str]]:
    """Return the template, the existing stack's if the request has none, and the values of its references."""
    stacks = list(cloudformation_backends[DEFAULT_ACCOUNT_ID][region].stacks.values())
    existing = next((each for each in stacks if each.name == stack), None)
    body = parameters.get("TemplateBody") or (existing.template if existing else "{}")
    template = yaml.load(body, Loader=_loader()) if isinstance(body, str) else body
    given = {
        "AWS::StackName": existing.name if existing else stack,
        "AWS::Region": region,
        "AWS::AccountId": DEFAULT_ACCOUNT_ID,
        "AWS::Partition": PARTITION,
        # A deletion has no parameters: the stack's own apply.
        **({name: str(value) for name, value in existing.parameters.items()} if existing else {}),
        **{each["ParameterKey"]: str(each.get("ParameterValue", "")) for each in parameters.get("Parameters", ())},
    }
    return template, given


def _loader() -> type[yaml.SafeLoader]:
    class Loader(yaml.SafeLoader):
        """Loads the short forms of CloudFormation's functions, such as !Ref, in the same way as moto."""

    Loader.add_multi_constructor("", yaml_tag_constructor)
    return Loader


def _text(value: Any, given: Mapping[str, str], usual: str) -> str:
    """Return a property's value if it refers to a parameter or to the stack; `usual` otherwise."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and value.get("Ref") in given:
        return given[value["Ref"]]
    if isinstance(value, Mapping) and isinstance(value.get("Fn::Sub"), str):
        return REFERENCE.sub(lambda found: given.get(found[1], json.dumps(found[1])), value["Fn::Sub"])
    return usual
