"""Determine the resources of an action, from Policy Sentry's copy of AWS's service authorization reference.

The reference gives an action's resources as ARNs with variables, `arn:…:endpoint/${EndpointName}`. They are filled with
the request's parameters of the same names, at any depth.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from policy_sentry.querying.actions import get_action_data

from sentiment.localcloud.access.keys import PARTITION

VARIABLE = re.compile(r"\$\{(\w+)\}")
# Parameter names that differ from the variable's.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "BucketName": ("Bucket",),
    "ObjectName": ("Key",),
    "RoleNameWithPath": ("RoleName",),
    "PolicyNameWithPath": ("PolicyName",),
    "UserNameWithPath": ("UserName",),
    "ScheduleName": ("Name",),
    "LogGroupName": ("logGroupName",),
    "LogStreamName": ("logStreamName",),
    "KeyId": ("KeyId", "KMSMasterKeyID"),
}
# By action and variable: parameters that apply to this action only. Below: values if the request gives none.
OWN_PARAMETERS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("scheduler:CreateScheduleGroup", "GroupName"): ("Name",),
    ("scheduler:GetScheduleGroup", "GroupName"): ("Name",),
    ("scheduler:DeleteScheduleGroup", "GroupName"): ("Name",),
}
DEFAULTS = {"GroupName": "default", "Id": "00000000-0000-0000-0000-000000000000"}
# Parameters that contain a resource's ARN directly.
ARNS = ("ResourceArn", "resourceArn", "ResourceARN", "Resource", "PolicyArn")


@cache
def reference(action: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the ARN formats of an action's resources, each with its condition keys; none for an unknown action."""
    service, _, name = action.partition(":")
    found = get_action_data(service, name)
    rows = found.get(service, []) if isinstance(found, dict) else []
    return tuple((row["resource_arn_format"], frozenset(row["condition_keys"])) for row in rows)


def resources_of(action: str, parameters: Mapping[str, Any], region: str) -> list[str]:
    """Return the ARNs of the resources that a request names, ["*"] if it names none."""
    if given := [parameters[name] for name in ARNS if str(parameters.get(name, "")).startswith("arn:")]:
        return given
    named = [arn for form, _ in reference(action) if form != "*" for arn in _filled(action, form, parameters, region)]
    return named or ["*"]


def _filled(action: str, form: str, parameters: Mapping[str, Any], region: str) -> Iterator[str]:
    """Yield the ARNs of one format: several if the request names several resources, none if it names none."""
    fixed = {"Partition": PARTITION, "Region": region, "Account": DEFAULT_ACCOUNT_ID}
    names = [name for name in VARIABLE.findall(form) if name not in fixed]
    choices = [_values(action, name, parameters) for name in names]
    own = [name for name in names if name not in DEFAULTS]
    if own and not all(values for name, values in zip(names, choices, strict=True) if name in own):
        return
    for chosen in itertools.product(*choices):
        filled = fixed | dict(zip(names, chosen, strict=True))
        if any(str(value).startswith("arn:") for value in chosen):
            yield next(str(value) for value in chosen if str(value).startswith("arn:"))
        else:
            yield VARIABLE.sub(lambda found: str(filled[found[1]]), form)  # noqa: B023 (used at once)


def _values(action: str, variable: str, parameters: Mapping[str, Any]) -> list[str]:
    names = OWN_PARAMETERS.get((action, variable)) or (variable, *PARAMETERS.get(variable, ()))
    found = list(dict.fromkeys(value for name in names for value in _at_any_depth(parameters, name)))
    return found or ([DEFAULTS[variable]] if variable in DEFAULTS else [])


def _at_any_depth(given: Any, name: str) -> Iterator[str]:
    if isinstance(given, Mapping):
        for key, value in given.items():
            if key == name and isinstance(value, str | int):
                yield str(value)
            elif key != "Tags":  # a tag has a Key, as an S3 object does
                yield from _at_any_depth(value, name)
    elif isinstance(given, list):
        for each in given:
            yield from _at_any_depth(each, name)
