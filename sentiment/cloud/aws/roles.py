"""The roles that AWS takes on for us: SageMaker to train and serve, the scheduler to end an endpoint.

Each role that we make has its policy and its trust in `assets/iam`, and may do no more than they say. It is made
for one region, so that taking everything down in a region leaves the others alone.
"""

import time
from collections.abc import Callable
from string import Template
from typing import Any, Literal, TypeVar

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import PROJECT_NAME, from_tag_list, is_ours, tag_list, tags
from sentiment.errors import CloudError
from sentiment.system.storage import ASSETS

SAGEMAKER = "sagemaker.amazonaws.com"
POLICIES = ASSETS / "iam"
# Every service knows a new role within some ten seconds.
_SETTLING_SECONDS = 60
_WAIT_SECONDS = 3

Purpose = Literal["execution", "scheduler"]
PURPOSES: tuple[Purpose, ...] = ("execution", "scheduler")
Answer = TypeVar("Answer")


def execution_roles(account: Account) -> list[str]:
    """Return the ARNs of the roles that SageMaker may take on, ours first, then by name.

    Raises:
        CloudError: as from `Account.call`.
    """
    roles = account.pages("iam", "list_roles", "Roles")
    found = {role["RoleName"]: role["Arn"] for role in roles if _usable(role)}
    ours = role_name(account, "execution")
    return [found[name] for name in sorted(found, key=lambda name: (name != ours, name.lower()))]


def usual_execution_role(account: Account) -> str:
    """Return the ARN of the role for a job or model when none is named: the account's first, ours if it has none.

    Raises:
        CloudError: as from `create_role`.
    """
    return next(iter(execution_roles(account)), "") or create_role(account, "execution")


def create_role(account: Account, purpose: Purpose) -> str:
    """Make one of our roles from its files, or bring it up to date; return its ARN.

    Raises:
        CloudError: as from `Account.call`, or a role of that name is not ours.
    """
    name = role_name(account, purpose)
    existing = our_role(account, purpose)
    if existing is None:
        trust, named = policy(account, f"{purpose}-role-trust"), tag_list(tags(account.arn))
        answer = account.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust, Tags=named)
        existing = str(answer["Role"]["Arn"])
    allowed = policy(account, f"{purpose}-role")
    account.call("iam", "put_role_policy", RoleName=name, PolicyName=name, PolicyDocument=allowed)
    return existing


def our_role(account: Account, purpose: Purpose) -> str | None:
    """Return the ARN of the role if we have made it, None if there is none.

    Raises:
        CloudError: as from `Account.call`, or a role of that name is not ours.
    """
    name = role_name(account, purpose)
    try:
        role = account.call("iam", "get_role", RoleName=name)["Role"]
    except CloudError as error:
        if error.missing:
            return None
        raise
    if not is_ours(from_tag_list(role.get("Tags", []))):
        raise CloudError(
            f"The account has a role {name} without our tags: delete it, or tag it project = {PROJECT_NAME}.",
            "NotOurs",
        )
    return str(role["Arn"])


def delete_role(account: Account, purpose: Purpose) -> None:
    """Delete one of our roles; nothing happens when there is none. CloudError as for `our_role`."""
    if our_role(account, purpose):
        name = role_name(account, purpose)
        for inline in list(account.pages("iam", "list_role_policies", "PolicyNames", RoleName=name)):
            account.call("iam", "delete_role_policy", RoleName=name, PolicyName=inline)
        account.call("iam", "delete_role", RoleName=name)


def role_name(account: Account, purpose: Purpose) -> str:
    """The name of our role for the account's region."""
    return f"{PROJECT_NAME}-{purpose}-{account.region}"


def policy(account: Account, name: str) -> str:
    """Return one of the policies in `assets/iam`, such as "app-user", as JSON with the account's number filled in."""
    text = (POLICIES / f"{name}.json").read_text(encoding="utf-8")
    return Template(text).substitute(account=account.number, partition=account.partition, region=account.region)


def once_assumable(action: Callable[[], Answer]) -> Answer:
    """Do what needs a role, again for up to a minute while AWS cannot take on the role because it is new.

    Raises:
        CloudError: as from `action`.
    """
    deadline = time.monotonic() + _SETTLING_SECONDS
    while True:
        try:
            return action()
        except CloudError as error:
            if "assume" not in error.refusal or time.monotonic() > deadline:
                raise
        time.sleep(_WAIT_SECONDS)


def _usable(role: dict[str, Any]) -> bool:
    """Whether SageMaker may take on the role for its own work, not for that of one of its features."""
    if role["Path"].startswith("/aws-service-role/"):
        return False
    statements = _listed(role["AssumeRolePolicyDocument"].get("Statement", []))
    return any(each["Effect"] == "Allow" and SAGEMAKER in _services(each) for each in statements)


def _services(statement: dict[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    return _listed(principal.get("Service", [])) if isinstance(principal, dict) else []


def _listed(value: Any) -> list[Any]:
    """Return what a policy may write as one thing or as a list, as a list."""
    return value if isinstance(value, list) else [value]
