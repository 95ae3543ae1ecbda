"""Names and tags of the AWS resources that this project creates, so that only these are found, priced and deleted.

A resource belongs to the project if it has both a name of the project's form (prefix and timestamp) and the project's
tag. The tag `created-by` records the owner within the project.
"""

import getpass
import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from sentiment.cloud.aws.account import Account
from sentiment.errors import CloudError

PROJECT_NAME = "review-sentiment"
PROJECT_TAG, CREATOR_TAG, EXPIRY_TAG = "project", "created-by", "expires-at"
_AT_TEARDOWN = "teardown"
LONGEST_NAME = 63  # of a job, model or endpoint
_NOT_ALLOWED = re.compile(r"[^a-zA-Z0-9]+")
_STAMP = r"-\d{8}-\d{6}-[0-9a-f]{4}"
_OURS = re.compile(rf"^{PROJECT_NAME}-|{_STAMP}$")  # what resource_name adds around the middle
# A training job's name ends with a random mark and the SDK's 14 digits instead of a timestamp.
NAME_FORM = rf"{PROJECT_NAME}-.+(?:{_STAMP}|-[0-9a-f]{{6}}-\d{{14}})"
# boto3 gives the session of an assumed role a new name each time unless one is configured.
_NAMELESS_SESSION = re.compile(r"(:assumed-role/[^/]+)/botocore-session-\d+$")
_LONGEST_SLUG = 30


def resource_name(what: str, now: datetime | None = None) -> str:
    """Return a new name, such as "review-sentiment-modern-20261123-101500-3fa2": at most 63 letters, digits, hyphens.

    Names created in the same second differ in their last four digits. `what` may itself be such a name; then only the
    ending changes.
    """
    what = _OURS.sub("", what)
    stamp = f"{now or datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    room = LONGEST_NAME - len(f"{PROJECT_NAME}--{stamp}")
    middle = _NOT_ALLOWED.sub("-", what)[:room].strip("-") or "model"
    return f"{PROJECT_NAME}-{middle}-{stamp}"


def is_our_name(name: str) -> bool:
    """Whether a name has this project's form: its prefix, and a timestamp at the end."""
    return bool(re.fullmatch(NAME_FORM, name))


def owner(arn: str) -> str:
    """Return the owner that an ARN of a user or role stands for, as stored in the tag `created-by`.

    Two sessions of one role are different owners if the sessions are named after people, as with single sign-on.
    """
    return tag_value(_NAMELESS_SESSION.sub(r"\1", arn))


def owner_folder(arn: str) -> str:
    """Return a folder name for an owner: at most 39 letters, digits and hyphens, such as "ada-3fa2b1c0"."""
    who = owner(arn)
    slug = _NOT_ALLOWED.sub("-", who.rpartition("/")[2].rpartition(":")[2].lower())[:_LONGEST_SLUG].strip("-")
    return f"{slug or 'owner'}-{hashlib.sha256(who.encode()).hexdigest()[:8]}"


def tags(creator: str = "", expires_at: datetime | None = None) -> dict[str, str]:
    """Return the tags of a new resource.

    Args:
        creator: ARN of its creator; the user of this machine if empty.
        expires_at: When it ends. None means that it exists until it is deleted, which the tag records as "teardown".
    """
    end = f"{expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if expires_at else _AT_TEARDOWN
    return {PROJECT_TAG: PROJECT_NAME, CREATOR_TAG: owner(creator or getpass.getuser()), EXPIRY_TAG: end}


def tag_value(text: str) -> str:
    """Return a text as a valid tag value: characters that are not allowed become hyphens."""
    return re.sub(r"[^\w .:/=+@-]", "-", text)[:256]


def sagemaker_tags(account: Account, arn: str) -> dict[str, str]:
    """Return the tags of a SageMaker resource. CloudError as from `Account.pages`."""
    return from_tag_list(list(account.pages("sagemaker", "list_tags", "Tags", ResourceArn=arn)))


def tags_unless_gone(account: Account, arn: str) -> dict[str, str] | None:
    """Return the tags of a SageMaker resource, None if it no longer exists. CloudError as above."""
    try:
        return sagemaker_tags(account, arn)
    except CloudError as error:
        if error.missing:
            return None
        raise


def tag_list(named: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the form that most services expect: `[{"Key": …, "Value": …}]`."""
    return [{"Key": key, "Value": value} for key, value in named.items()]


def from_tag_list(listed: list[dict[str, str]]) -> dict[str, str]:
    """Return the tags of an AWS tag list by key."""
    return {tag["Key"]: tag["Value"] for tag in listed}


def is_tagged(named: Mapping[str, str]) -> bool:
    """Whether the tags mark a resource of this project."""
    return named.get(PROJECT_TAG) == PROJECT_NAME


def is_ours(name: str, named: Mapping[str, str]) -> bool:
    """Whether both the name and the tags mark a resource of this project."""
    return is_our_name(name) and is_tagged(named)


def expiry(named: Mapping[str, str]) -> datetime | None:
    """Return when a resource should end, according to its tags; None if they give no time."""
    try:
        return datetime.strptime(named[EXPIRY_TAG], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
