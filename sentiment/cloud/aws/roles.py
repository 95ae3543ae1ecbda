"""The roles that AWS takes on for us: SageMaker to train and serve, the scheduler and the sweeper to end things.

Each role has its policy and its trust in `assets/iam`, and may do no more than they say; its permissions boundary
holds even where somebody changes the policy. It is made for one region, so that taking everything down in a region
leaves the others alone.
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
# Every service knows a new role within some ten seconds.
_SETTLING_SECONDS = 60
_WAIT_SECONDS = 3
# How SageMaker, the scheduler and Lambda say that they cannot use a role yet: "could not assume role", "the role
# cannot be assumed by Lambda", "allows the action sts:AssumeRole", "could not access model data at …".
_NOT_USABLE_YET = re.compile(r"assume|could not access", re.IGNORECASE)

Purpose = Literal["execution", "scheduler", "sweeper"]
PURPOSES: tuple[Purpose, ...] = ("execution", "scheduler", "sweeper")
Answer = TypeVar("Answer")


def create_role(account: Account, purpose: Purpose) -> str:
    """Make one of our roles from its files, or bring it up to date where it differs from them; return its ARN.

    To be called whenever the role is used: one whose making was cut off has no policy, and one of an older release
    lacks what this one needs.

    Raises:
        CloudError: as from `Account.call`, or a role of that name is not ours; the sentence says who can change it
            where this identity may not.
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
            f"The role {name} {'does not exist yet' if role is None else 'is not as this release needs it'}, and this "
            "AWS identity may not change that: somebody with the policy deployer does it with scripts/cloud.py roles.",
            error.code,
            error.refusal,
        ) from error
    return str(role["Arn"])


def our_role(account: Account, purpose: Purpose) -> dict[str, Any] | None:
    """Return AWS's description of a role if this project has made it, None if there is none.

    Raises:
        CloudError: as from `Account.call`, or a role of that name is not ours.
    """
    return _described(account, role_name(account, purpose))


def delete_role(account: Account, purpose: Purpose) -> None:
    """Delete one of our roles; nothing happens when there is none. CloudError as for `our_role`."""
    if our_role(account, purpose):
        name = role_name(account, purpose)
        for inline in list(account.pages("iam", "list_role_policies", "PolicyNames", RoleName=name)):
            account.call("iam", "delete_role_policy", RoleName=name, PolicyName=inline)
        attached = account.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        for each in list(attached):  # by somebody else; a role that has any is not deleted
            account.call("iam", "detach_role_policy", RoleName=name, PolicyArn=each["PolicyArn"])
        account.call("iam", "delete_role", RoleName=name)


def role_name(account: Account, purpose: Purpose) -> str:
    """The name of our role for the account's region."""
    return f"{PROJECT_NAME}-{purpose}-{account.region}"


def arn(account: Account, purpose: Purpose) -> str:
    """Return the ARN of our role, whether it exists or not."""
    return f"arn:{account.partition}:iam::{account.number}:role/{role_name(account, purpose)}"


def policy(account: Account, name: str) -> str:
    """Return one of the policies in `assets/iam`, such as "app-user", as JSON with the account's number filled in."""
    text = (POLICIES / f"{name}.json").read_text(encoding="utf-8")
    return Template(text).substitute(account=account.number, partition=account.partition, region=account.region)


def once_usable(action: Callable[[], Answer]) -> Answer:
    """Do what needs a role, again for up to a minute while AWS cannot use the role because it is new.

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
            f"The account has a role {name} without our tags: delete it, or tag it project = {PROJECT_NAME}.",
            "NotOurs",
        )
    return role


def _update_frame(account: Account, role: dict[str, Any], purpose: Purpose, limit: str) -> None:
    """Give a role the trust and the boundary that it is to have, where it has others."""
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
