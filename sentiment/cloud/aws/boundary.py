"""The permissions boundary: the most that any role of this project may do, whatever its own policy allows.

The boundary lets an administrator delegate role creation to users with the policy `deployer`, who cannot exceed it. It
is an IAM policy that an administrator creates once per account.
"""

import json
from typing import Any

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import PROJECT_NAME, from_tag_list, is_tagged, tag_list, tags
from sentiment.errors import CloudError

NAME = f"{PROJECT_NAME}-boundary"
_REMEDY = "an administrator creates it once per account with scripts/cloud.py roles"


def arn(account: Account) -> str:
    """Return the ARN of the boundary, whether or not it exists."""
    return f"arn:{account.partition}:iam::{account.number}:policy/{NAME}"


def create(account: Account, document: str) -> str:
    """Create the boundary from its document, or update it, and return its ARN.

    Raises:
        CloudError: as from `Account.call`; if this identity lacks permission, the message says who can create it.
    """
    existing = find(account)
    try:
        if existing is None:
            account.call(
                "iam",
                "create_policy",
                PolicyName=NAME,
                PolicyDocument=document,
                Description="The most that roles of Review Sentiment may do",
                Tags=tag_list(tags(account.arn)),
            )
        elif _document(account, existing) != json.loads(document):
            _replace(account, document)
    except CloudError as error:
        if not error.denied:
            raise
        state = "does not exist yet" if existing is None else "is from an older release"
        raise CloudError(
            f"The permissions boundary {NAME} {state}, and this AWS identity may not change that: {_REMEDY}.",
            error.code,
            error.refusal,
        ) from error
    return arn(account)


def find(account: Account) -> dict[str, Any] | None:
    """Return AWS's description of the boundary, None if it does not exist. CloudError as from `Account.call`."""
    try:
        policy: dict[str, Any] = account.call("iam", "get_policy", PolicyArn=arn(account))["Policy"]
    except CloudError as error:
        if error.missing:
            return None
        raise
    return policy


def is_unused_and_ours(policy: dict[str, Any]) -> bool:
    """Whether this project created the boundary and no role in any region uses it."""
    used = policy.get("PermissionsBoundaryUsageCount", 0) + policy.get("AttachmentCount", 0)
    return not used and is_tagged(from_tag_list(policy.get("Tags", [])))


def delete(account: Account) -> None:
    """Delete the boundary; AWS refuses while a role uses it. CloudError as from `Account.call`."""
    _delete_old_versions(account)
    account.call("iam", "delete_policy", PolicyArn=arn(account))


def _document(account: Account, policy: dict[str, Any]) -> Any:
    version = account.call("iam", "get_policy_version", PolicyArn=arn(account), VersionId=policy["DefaultVersionId"])
    return version["PolicyVersion"]["Document"]


def _replace(account: Account, document: str) -> None:
    _delete_old_versions(account)
    account.call("iam", "create_policy_version", PolicyArn=arn(account), PolicyDocument=document, SetAsDefault=True)


def _delete_old_versions(account: Account) -> None:
    for version in list(account.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn(account))):
        if not version["IsDefaultVersion"]:
            account.call("iam", "delete_policy_version", PolicyArn=arn(account), VersionId=version["VersionId"])
