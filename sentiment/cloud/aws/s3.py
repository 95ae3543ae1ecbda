"""Files between this machine and S3: everything of ours lies under one prefix of SageMaker's usual bucket.

A file's place follows from its content, so the same data is uploaded once.
"""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from boto3.s3.transfer import TransferConfig

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import told
from sentiment.cloud.aws.ownership import PROJECT_NAME, tag_list, tags
from sentiment.errors import CloudError
from sentiment.system.storage import written_whole

PREFIX = f"{PROJECT_NAME}/"
Report = Callable[[int, int], None]
# Without threads of its own a transfer reports in the caller's thread, where a page may draw and an error stops it.
_IN_THIS_THREAD = TransferConfig(use_threads=False)


def bucket_name(account: Account) -> str:
    """The name of SageMaker's usual bucket in the account and region, whether it exists or not."""
    return f"sagemaker-{account.region}-{account.number}"


def bucket(account: Account) -> str:
    """Return the name of the bucket, which is made when missing: encrypted, closed to the public, with our tags.

    One that exists stays as it is.

    Raises:
        CloudError: it cannot be made, or another account has taken its name.
    """
    name = bucket_name(account)
    if not bucket_exists(account):
        _create(account, name)
    return name


def bucket_exists(account: Account) -> bool:
    """Whether the account has the bucket.

    Raises:
        CloudError: it may not be looked at, or another account has taken its name.
    """
    try:
        account.call("s3", "head_bucket", Bucket=bucket_name(account), ExpectedBucketOwner=account.number)
    except CloudError as error:
        if error.missing:
            return False
        raise
    return True


def progress_in_words(done: int, total: int) -> str:
    """Say how far a transfer is, such as "12.6 of 123.5 MB", or "19 of 19 kB" of a small file."""
    unit, size, digits = ("MB", 1e6, 1) if total >= 1e6 else ("kB", 1e3, 0)
    return f"{done / size:.{digits}f} of {total / size:.{digits}f} {unit}"


def upload_file(account: Account, path: Path, folder: str, report: Report | None = None) -> str:
    """Upload a file to where its SHA-256 says, unless it is there; return its `s3://` address.

    `report` is called in this thread with the bytes done and the bytes in all.

    Raises:
        CloudError: as from `Account.call`.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size, key = path.stat().st_size, f"{PREFIX}{folder}/{digest[:16]}/{path.name}"
        place = bucket(account)
        if _size(account, place, key) == size:
            _steps(report, size)(size)
        else:
            file.seek(0)
            _upload(account, file, key, _steps(report, size))
    return f"s3://{place}/{key}"


def upload_bytes(account: Account, content: bytes, key: str) -> str:
    """Write an object under our prefix, `key` being the rest of its name; return its `s3://` address.

    Raises:
        CloudError: as from `Account.call`.
    """
    place = bucket(account)
    _upload(account, io.BytesIO(content), f"{PREFIX}{key}", _steps(None, len(content)))
    return f"s3://{place}/{PREFIX}{key}"


def download(account: Account, uri: str, path: Path, report: Report | None = None) -> None:
    """Download the object at an `s3://` address to `path`, whole; `report` as for `upload_file`.

    Raises:
        CloudError: as from `Account.call`; `missing` when there is no such object.
    """
    place, key = split_uri(uri)
    size = _size(account, place, key)
    if size is None:
        raise CloudError(f"There is nothing at {uri}: it was deleted, or was never written.", "NoSuchKey")
    with told("s3", "get_object"), written_whole(path) as temporary, temporary.open("wb") as file:
        account.client("s3").download_fileobj(
            place, key, file, Callback=_steps(report, size), Config=_IN_THIS_THREAD, ExtraArgs=_owned(account, place)
        )


def listed(account: Account, folder: str) -> dict[str, int]:
    """Return the objects in a folder under our prefix: their keys and bytes. CloudError as from `Account.pages`."""
    if not bucket_exists(account):
        return {}
    place, prefix = bucket_name(account), f"{PREFIX}{folder}/"
    found = account.pages("s3", "list_objects_v2", "Contents", Bucket=place, Prefix=prefix)
    return {each["Key"]: int(each["Size"]) for each in found}


def delete(account: Account, folder: str) -> None:
    """Delete the objects in a folder under our prefix. CloudError as from `Account.call`."""
    for key in listed(account, folder):
        account.call("s3", "delete_object", Bucket=bucket_name(account), Key=key)


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of `s3://bucket/key`."""
    place, _, key = uri.removeprefix("s3://").partition("/")
    return place, key


def _create(account: Account, name: str) -> None:
    # Only the first of all regions must not be named.
    region = {} if account.region == "us-east-1" else {"LocationConstraint": account.region}
    constraint: dict[str, Any] = {"CreateBucketConfiguration": region} if region else {}
    account.call("s3", "create_bucket", Bucket=name, **constraint)
    account.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tag_list(tags(account.arn))})
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    account.call(
        "s3", "put_public_access_block", Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True)
    )
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    account.call("s3", "put_bucket_encryption", Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def _upload(account: Account, file: BinaryIO, key: str, step: Callable[[int], None]) -> None:
    """Write an object; the bucket's own rule says how it is encrypted, and S3 keeps nothing unencrypted."""
    place = bucket_name(account)
    with told("s3", "put_object"):
        account.client("s3").upload_fileobj(
            file, place, key, Callback=step, Config=_IN_THIS_THREAD, ExtraArgs=_owned(account, place)
        )


def _size(account: Account, place: str, key: str) -> int | None:
    """Return an object's bytes, None when there is none."""
    try:
        answer = account.call("s3", "head_object", Bucket=place, Key=key, **_owned(account, place))
    except CloudError as error:
        if error.missing:
            return None
        raise
    return int(answer["ContentLength"])


def _owned(account: Account, place: str) -> dict[str, str]:
    """Return what makes S3 refuse to give our bucket's name away to another account that has taken it."""
    return {"ExpectedBucketOwner": account.number} if place == bucket_name(account) else {}


def _steps(report: Report | None, total: int) -> Callable[[int], None]:
    """Return what is to be called with each part's bytes, so that `report` gets their sum."""
    done = 0

    def step(size: int) -> None:
        nonlocal done
        done += size
        if report:
            report(done, total)

    return step
