"""How what we create on AWS is named and tagged, so that it can be found, priced and taken down, and it alone.

Something is this project's when it has both a name that only we give (prefix and stamp) and the project's tag. Whose it
is within the project, the tag `created-by` says.
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
_OURS = re.compile(rf"^{PROJECT_NAME}-|{_STAMP}$")  # what resource_name puts around its middle
# A training job has the mark of its place and the 14 digits of the SDK instead of a stamp.
NAME_FORM = rf"{PROJECT_NAME}-.+(?:{_STAMP}|-[0-9a-f]{{6}}-\d{{14}})"
# The session of a role that boto3 took on by itself has another name each time.
_NAMELESS_SESSION = re.compile(r"(:assumed-role/[^/]+)/botocore-session-\d+$")
_LONGEST_SLUG = 30


def resource_name(what: str, now: datetime | None = None) -> str:
    """Return a new name, such as "review-sentiment-modern-20261123-101500-3fa2": at most 63 letters, digits, hyphens.

    Names of the same second differ by their last four digits. `what` may be such a name: only its end is new then.
    """
    what = _OURS.sub("", what)
    stamp = f"{now or datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    room = LONGEST_NAME - len(f"{PROJECT_NAME}--{stamp}")
    middle = _NOT_ALLOWED.sub("-", what)[:room].strip("-") or "model"
    return f"{PROJECT_NAME}-{middle}-{stamp}"


def is_our_name(name: str) -> bool:
    """Whether a name has the form that only this project gives: its prefix, and a stamp at the end."""
    return bool(re.fullmatch(NAME_FORM, name))


def owner(arn: str) -> str:
    """Return who an ARN of a user or role is, as the tag `created-by` says it.

    Two sessions of the same role are two owners when they are named after people, as those of single sign-on are.
    """
    return tag_value(_NAMELESS_SESSION.sub(r"\1", arn))


def owner_folder(arn: str) -> str:
    """Return a name for what belongs to one owner: at most 39 letters, digits and hyphens, such as "ada-3fa2b1c0"."""
    who = owner(arn)
    slug = _NOT_ALLOWED.sub("-", who.rpartition("/")[2].rpartition(":")[2].lower())[:_LONGEST_SLUG].strip("-")
    return f"{slug or 'owner'}-{hashlib.sha256(who.encode()).hexdigest()[:8]}"


def tags(creator: str = "", expires_at: datetime | None = None) -> dict[str, str]:
    """Return the tags of something new; `creator` is the ARN of who makes it, else the user of this machine.

    What does not end by itself, `expires_at` None, says that it ends with the teardown.
    """
    end = f"{expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if expires_at else _AT_TEARDOWN
    return {PROJECT_TAG: PROJECT_NAME, CREATOR_TAG: owner(creator or getpass.getuser()), EXPIRY_TAG: end}


def tag_value(text: str) -> str:
    """Return a text as a tag may hold it: what is not allowed there becomes a hyphen."""
    return re.sub(r"[^\w .:/=+@-]", "-", text)[:256]


def sagemaker_tags(account: Account, arn: str) -> dict[str, str]:
    """Return the tags of something that SageMaker has. CloudError as from `Account.pages`."""
    return from_tag_list(list(account.pages("sagemaker", "list_tags", "Tags", ResourceArn=arn)))


def tags_unless_gone(account: Account, arn: str) -> dict[str, str] | None:
    """Return the tags of something that SageMaker has, None when it is gone. CloudError as above."""
    try:
        return sagemaker_tags(account, arn)
    except CloudError as error:
        if error.missing:
            return None
        raise


def tag_list(named: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as most services want them: `[{"Key": …, "Value": …}]`."""
    return [{"Key": key, "Value": value} for key, value in named.items()]


def from_tag_list(listed: list[dict[str, str]]) -> dict[str, str]:
    """Return tags by key."""
    return {tag["Key"]: tag["Value"] for tag in listed}


def is_tagged(named: Mapping[str, str]) -> bool:
    """Whether the tags say that this project made it."""
    return named.get(PROJECT_TAG) == PROJECT_NAME


def is_ours(name: str, named: Mapping[str, str]) -> bool:
    """Whether both the name and the tags of something say that this project made it."""
    return is_our_name(name) and is_tagged(named)


def expiry(named: Mapping[str, str]) -> datetime | None:
    """When it is to end, by its tags; None when they say no time."""
    try:
        return datetime.strptime(named[EXPIRY_TAG], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
