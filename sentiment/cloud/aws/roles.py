"""The IAM roles that AWS services assume for this project: SageMaker, the scheduler and the sweeper.

The policy and the trust policy of each role are in `assets/iam`. Its permissions boundary holds even if its policy is
changed. Each role serves one region, so that deleting everything in a region leaves other regions unaffected.
"""

import json
import re
import time
from collections.abc import Callable
from string import Template
from typing import Any, Literal, TypeVar

from sentiment.cloud.aws import boundary
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import PROJECT_NAME, from_tag_list, is_tagged, tag_list, tags
from sentiment.errors import CloudError
from sentiment.system.storage import ASSETS

POLICIES = ASSETS / "iam"
# A new role reaches all AWS services within about ten seconds.
_SETTLING_SECONDS = 60
_WAIT_SECONDS = 3
# How SageMaker, the scheduler and Lambda report a role that is not usable yet: "could not assume role", "the role
# cannot be assumed by Lambda", "allows the action sts:AssumeRole", "could not access model data at …".
_NOT_USABLE_YET = re.compile(r"assume|could not access", re.IGNORECASE)

Purpose = Literal["execution", "scheduler", "sweeper"]
PURPOSES: tuple[Purpose, ...] = ("execution", "scheduler", "sweeper")
Answer = TypeVar("Answer")


def create_role(account: Account, purpose: Purpose) -> str:
    """Create one of the project's roles from its files, or update it if it differs from them; return its ARN.

    Call it before each use of the role: an interrupted creation leaves a role without a policy, and a role of an older
    release lacks permissions that this one needs.

    Raises:
        CloudError: as from `Account.call`, or a role of that name is not the project's. If this identity lacks
            permission, the message says who can make the change.
    """
    limit = boundary.create(account, policy(account, "boundary"))
    name = role_name(account, purpose)
    role = _described(account, name)
    try:
        if role is None:
            trust, named = policy(account, f"{purpose}-role-trust"), tag_list(tags(account.arn))
            role = account.call(
                "iam",
                "create_role",
                RoleName=name,
                AssumeRolePolicyDocument=trust,
                PermissionsBoundary=limit,
                Tags=named,
            )["Role"]
        else:
            _update_frame(account, role, purpose, limit)
        _update_policy(account, name, policy(account, f"{purpose}-role"))
    except CloudError as error:
        if not error.denied:
            raise
        raise CloudError(
            f"The role {name} {'does not exist yet' if role is None else 'is out of date'}, and this AWS identity may "
            "not change that: a user with the policy deployer can, with scripts/cloud.py roles.",
            error.code,
            error.refusal,
        ) from error
    return str(role["Arn"])


def our_role(account: Account, purpose: Purpose) -> dict[str, Any] | None:
    """Return AWS's description of a role that this project created, None if there is none.

    Raises:
        CloudError: as from `Account.call`, or a role of that name is not the project's.
    """
    return _described(account, role_name(account, purpose))


def delete_role(account: Account, purpose: Purpose) -> None:
    """Delete one of the project's roles, if it exists. CloudError as for `our_role`."""
    if our_role(account, purpose):
        name = role_name(account, purpose)
        for inline in list(account.pages("iam", "list_role_policies", "PolicyNames", RoleName=name)):
            account.call("iam", "delete_role_policy", RoleName=name, PolicyName=inline)
        attached = account.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        for each in list(attached):  # attached by others; IAM does not delete a role with attached policies
            account.call("iam", "detach_role_policy", RoleName=name, PolicyArn=each["PolicyArn"])
        account.call("iam", "delete_role", RoleName=name)


def role_name(account: Account, purpose: Purpose) -> str:
    """Return the name of a role for the account's region."""
    return f"{PROJECT_NAME}-{purpose}-{account.region}"


def arn(account: Account, purpose: Purpose) -> str:
    """Return the ARN of a role, whether or not it exists."""
    return f"arn:{account.partition}:iam::{account.number}:role/{role_name(account, purpose)}"


def policy(account: Account, name: str) -> str:
    """Return a policy from `assets/iam`, such as "app-user", as JSON with account, partition and region filled in."""
    text = (POLICIES / f"{name}.json").read_text(encoding="utf-8")
    return Template(text).substitute(account=account.number, partition=account.partition, region=account.region)


def once_usable(action: Callable[[], Answer]) -> Answer:
    """Run an action that needs a role, retrying for up to a minute while the role is too new to be usable.

    Raises:
        CloudError: as from `action`.
    """
    deadline = time.monotonic() + _SETTLING_SECONDS
    while True:
        try:
            return action()
        except CloudError as error:
            if error.denied or not _NOT_USABLE_YET.search(error.refusal) or time.monotonic() > deadline:
                raise
        time.sleep(_WAIT_SECONDS)


def _described(account: Account, name: str) -> dict[str, Any] | None:
    try:
        role: dict[str, Any] = account.call("iam", "get_role", RoleName=name)["Role"]
    except CloudError as error:
        if error.missing:
            return None
        raise
    if not is_tagged(from_tag_list(role.get("Tags", []))):
        raise CloudError(
            f"The account has a role {name} without this project's tags: delete it or tag it project = {PROJECT_NAME}.",
            "NotOurs",
        )
    return role


def _update_frame(account: Account, role: dict[str, Any], purpose: Purpose, limit: str) -> None:
    """Set a role's trust policy and permissions boundary where they differ."""
    name, trust = role["RoleName"], policy(account, f"{purpose}-role-trust")
    if role["AssumeRolePolicyDocument"] != json.loads(trust):
        account.call("iam", "update_assume_role_policy", RoleName=name, PolicyDocument=trust)
    if role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") != limit:
        account.call("iam", "put_role_permissions_boundary", RoleName=name, PermissionsBoundary=limit)


def _update_policy(account: Account, name: str, wanted: str) -> None:
    try:
        present = account.call("iam", "get_role_policy", RoleName=name, PolicyName=name)["PolicyDocument"]
    except CloudError as error:
        if not error.missing:
            raise
        present = None
    if present != json.loads(wanted):
        account.call("iam", "put_role_policy", RoleName=name, PolicyName=name, PolicyDocument=wanted)
