"""The sweeper: each owner's Lambda function that deletes what is past its end, in case the planned deletion failed.

It is created with the owner's first endpoint and deleted with their last resource. Its code is in `assets/sweeper`.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from sentiment.cloud.aws import roles
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import unless_missing
from sentiment.cloud.aws.ownership import NAME_FORM, PROJECT_NAME, is_tagged, owner, owner_folder, tags
from sentiment.cloud.ending import expiry
from sentiment.errors import CloudError
from sentiment.system.storage import ASSETS

_PREFIX = f"{PROJECT_NAME}-sweeper-"
_LONGEST_SECONDS = 300
_LOG_DAYS = 14


def function_name(account: Account) -> str:
    """Return the name of this owner's function."""
    return f"{_PREFIX}{owner_folder(account.arn)}"


def create(account: Account, scheduler_role: str) -> None:
    """Create or update the sweeper and the schedule that starts it.

    Raises:
        CloudError: as from `Account.call` and `roles.create_role`.
    """
    name, code = function_name(account), _packed()
    role = roles.create_role(account, "sweeper")
    found = _find(account, name)
    if found is None:
        _create_log(account, name)
        arn = str(roles.once_usable(lambda: _create_function(account, name, code, role))["FunctionArn"])
    else:
        arn = str(found["Configuration"]["FunctionArn"])
        if found["Configuration"].get("CodeSha256") != _digest(code):
            account.call("lambda", "update_function_code", FunctionName=name, ZipFile=code)
    roles.once_usable(lambda: expiry.schedule_sweeps(account, arn, scheduler_role))


def all_sweepers(account: Account) -> Iterator[dict[str, Any]]:
    """Yield AWS's description of each owner's function: this owner's, and those of all owners of schedules."""
    folders = {group["Name"].removeprefix(f"{PROJECT_NAME}-") for group, _ in expiry.groups(account)}
    for folder in sorted({*folders, owner_folder(account.arn)}):
        if found := _find(account, f"{_PREFIX}{folder}"):
            yield found


def _find(account: Account, name: str) -> dict[str, Any] | None:
    try:
        found = account.call("lambda", "get_function", FunctionName=name)
    except CloudError as error:
        if error.missing:
            return None
        raise
    return found if is_tagged(found.get("Tags", {})) else None


def delete(account: Account, name: str) -> None:
    """Delete the function of that name and its log; its schedule is deleted with its group. CloudError as above."""
    with unless_missing():
        account.call("lambda", "delete_function", FunctionName=name)
    with unless_missing():
        account.call("logs", "delete_log_group", logGroupName=_log_group(name))


def _create_function(account: Account, name: str, code: bytes, role: str) -> dict[str, Any]:
    variables = {
        "OWNER": owner(account.arn),
        "GROUP": expiry.group_name(account.arn),
        "SCHEDULE": expiry.SWEEP,
        "NAMES": NAME_FORM,
    }
    return account.call(
        "lambda",
        "create_function",
        FunctionName=name,
        Description="Deletes resources of Review Sentiment that are past their end",
        Runtime="python3.12",
        Handler="handler.handle",
        Role=role,
        Code={"ZipFile": code},
        Timeout=_LONGEST_SECONDS,
        Environment={"Variables": variables},
        Tags=tags(account.arn),
    )


def _create_log(account: Account, name: str) -> None:
    """Create the function's log group with a retention time; one created by Lambda would be kept for ever."""
    try:
        account.call("logs", "create_log_group", logGroupName=_log_group(name), tags=tags(account.arn))
    except CloudError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise
    account.call("logs", "put_retention_policy", logGroupName=_log_group(name), retentionInDays=_LOG_DAYS)


def _log_group(name: str) -> str:
    return f"/aws/lambda/{name}"


def _packed() -> bytes:
    """Return the function's zip; the same file gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # Lambda cannot open the file unless everyone may read it.
        member = zipfile.ZipInfo("handler.py", (1980, 1, 1, 0, 0, 0))
        member.external_attr = 0o644 << 16
        archive.writestr(member, (ASSETS / "sweeper" / "handler.py").read_bytes())
    return packed.getvalue()


def _digest(code: bytes) -> str:
    return base64.b64encode(hashlib.sha256(code).digest()).decode()
