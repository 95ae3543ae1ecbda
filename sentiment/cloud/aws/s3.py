"""File transfers with S3: the project keeps its files under one prefix of SageMaker's default bucket.

Each owner has a folder under that prefix, so that a file's key shows whose it is. The rest of the key derives from the
content, so the same data is uploaded only once.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from boto3.s3.transfer import TransferConfig

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import as_cloud_error, unless_missing
from sentiment.cloud.aws.ownership import PROJECT_NAME, from_tag_list, is_tagged, owner_folder, tag_list, tags
from sentiment.errors import CloudError
from sentiment.system.storage import written_whole

PREFIX = f"{PROJECT_NAME}/"
Report = Callable[[int, int], None]
# Without threads, transfers report in the caller's thread, where a page may draw and an exception stops the transfer.
_IN_THIS_THREAD = TransferConfig(use_threads=False)
_CLOSED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
_MOST_DELETED = 1000  # objects per call


def bucket_name(account: Account) -> str:
    """Return the name of SageMaker's default bucket in the account and region, whether or not it exists."""
    return f"sagemaker-{account.region}-{account.number}"


def prefix(account: Account) -> str:
    """Return the key prefix of this owner's files, such as "review-sentiment/ada-3fa2b1c0/"."""
    return f"{PREFIX}{owner_folder(account.arn)}/"


def bucket(account: Account) -> str:
    """Return the name of the bucket, creating it if missing: encrypted, closed to the public, with the project's tags.

    If an earlier creation by this project was interrupted, it is completed. A bucket created by others is not changed.

    Raises:
        CloudError: the bucket cannot be created, or its name belongs to another account.
    """
    name = bucket_name(account)
    if not bucket_exists(account):
        _create(account, name)
    elif bucket_tags(account) and not _is_closed(account, name):
        _close(account, name)
    return name


def bucket_tags(account: Account) -> dict[str, str]:
    """Return the bucket's tags if this project created it, else none. CloudError as from `Account.call`."""
    try:
        listed = account.call("s3", "get_bucket_tagging", Bucket=bucket_name(account))["TagSet"]
    except CloudError as error:
        if error.missing:
            return {}
        raise
    named = from_tag_list(listed)
    return named if is_tagged(named) else {}


def bucket_exists(account: Account) -> bool:
    """Whether the account has the bucket.

    Raises:
        CloudError: access is denied, or the name belongs to another account.
    """
    try:
        account.call("s3", "head_bucket", Bucket=bucket_name(account), ExpectedBucketOwner=account.number)
    except CloudError as error:
        if error.missing:
            return False
        raise
    return True


def progress_in_words(done: int, total: int) -> str:
    """Format the progress of a transfer, such as "12.6 of 123.5 MB", or "19 of 19 kB" for a small file."""
    unit, size, digits = ("MB", 1e6, 1) if total >= 1e6 else ("kB", 1e3, 0)
    return f"{done / size:.{digits}f} of {total / size:.{digits}f} {unit}"


def upload_file(account: Account, path: Path, folder: str, report: Report | None = None) -> str:
    """Upload a file under a key derived from its SHA-256, unless it exists; return its `s3://` URI.

    `report` is called in this thread with the bytes transferred and the total.

    Raises:
        CloudError: as from `Account.call`.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size, key = path.stat().st_size, f"{prefix(account)}{folder}/{digest[:16]}/{path.name}"
        place = bucket(account)
        if _size(account, place, key) == size:
            _steps(report, size)(size)
        else:
            file.seek(0)
            _upload(account, file, key, _steps(report, size))
    return f"s3://{place}/{key}"


def upload_bytes(account: Account, content: bytes, key: str) -> str:
    """Write an object to this owner's folder, `key` being relative to it; return its `s3://` URI.

    Raises:
        CloudError: as from `Account.call`.
    """
    place, name = bucket(account), f"{prefix(account)}{key}"
    _upload(account, io.BytesIO(content), name, _steps(None, len(content)))
    return f"s3://{place}/{name}"


def download(account: Account, uri: str, path: Path, report: Report | None = None) -> None:
    """Download the object at an `s3://` URI to `path`, atomically; `report` as for `upload_file`.

    Raises:
        CloudError: as from `Account.call`; `missing` if there is no such object.
    """
    place, key = split_uri(uri)
    size = _size(account, place, key)
    if size is None:
        raise CloudError(f"There is nothing at {uri}: it was deleted, or was never written.", "NoSuchKey")
    with as_cloud_error("s3", "get_object"), written_whole(path) as temporary, temporary.open("wb") as file:
        account.client("s3").download_fileobj(
            place, key, file, Callback=_steps(report, size), Config=_IN_THIS_THREAD, ExtraArgs=_owned(account, place)
        )


def content(account: Account, uri: str) -> bytes | None:
    """Return the content at an `s3://` URI, None if there is no object. CloudError as from `Account.call`."""
    place, key = split_uri(uri)
    try:
        answer = account.call("s3", "get_object", Bucket=place, Key=key, **_owned(account, place))
    except CloudError as error:
        if error.missing:
            return None
        raise
    with as_cloud_error("s3", "get_object"):
        body: bytes = answer["Body"].read()
    return body


def delete_object(account: Account, uri: str) -> None:
    """Delete the object at an `s3://` URI with all its versions. CloudError as from `Account.call`."""
    delete_all(account, split_uri(uri)[1])


def listed(account: Account, folder: str) -> dict[str, int]:
    """Return the keys and sizes in bytes of this owner's objects in a folder. CloudError as from `Account.pages`."""
    if not bucket_exists(account):
        return {}
    place, within = bucket_name(account), f"{prefix(account)}{folder}/"
    found = account.pages("s3", "list_objects_v2", "Contents", Bucket=place, Prefix=within)
    return {each["Key"]: int(each["Size"]) for each in found}


def delete(account: Account, folder: str) -> None:
    """Delete this owner's objects in a folder with all their versions. CloudError as from `Account.call`."""
    if bucket_exists(account):
        delete_all(account, f"{prefix(account)}{folder}/")


def delete_all(account: Account, within: str) -> None:
    """Delete every version of every object whose key starts with `within`, and the parts of incomplete uploads.

    In a versioned bucket, a plain deletion would leave all content readable through its versions.

    Raises:
        CloudError: as from `Account.call`, or S3 does not delete an object.
    """
    place: dict[str, Any] = {"Bucket": bucket_name(account), "ExpectedBucketOwner": account.number}
    batch: list[dict[str, str]] = []
    for version in versions(account, within):
        batch.append({"Key": version["Key"], "VersionId": version["VersionId"]})
        if len(batch) == _MOST_DELETED:
            _delete_objects(account, place, batch)
            batch = []
    _delete_objects(account, place, batch)
    for upload in cut_off_uploads(account, within):
        with unless_missing():
            account.call("s3", "abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"], **place)


def versions(account: Account, within: str) -> Iterator[dict[str, Any]]:
    """Yield all versions of objects whose key starts with `within`, and their delete markers (which have no "Size")."""
    place = {"Bucket": bucket_name(account), "Prefix": within, "ExpectedBucketOwner": account.number}
    for items in ("Versions", "DeleteMarkers"):
        yield from account.pages("s3", "list_object_versions", items, **place)


def cut_off_uploads(account: Account, within: str) -> Iterator[dict[str, Any]]:
    """Yield the incomplete multipart uploads, whose parts S3 stores and charges for."""
    place = {"Bucket": bucket_name(account), "Prefix": within, "ExpectedBucketOwner": account.number}
    yield from account.pages("s3", "list_multipart_uploads", "Uploads", **place)


def split_uri(uri: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into bucket and key."""
    place, _, key = uri.removeprefix("s3://").partition("/")
    return place, key


def _create(account: Account, name: str) -> None:
    """Create the bucket with its tags, so that it is recognised even if the next step fails, then close it."""
    settings: dict[str, Any] = {"Tags": tag_list(tags(account.arn))}
    # us-east-1 is the only region that must not be passed as a constraint.
    if account.region != "us-east-1":
        settings["LocationConstraint"] = account.region
    account.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=settings)
    _close(account, name)


def _close(account: Account, name: str) -> None:
    """Block public access and encrypt new objects."""
    account.call("s3", "put_bucket_encryption", Bucket=name, ServerSideEncryptionConfiguration=_ENCRYPTED)
    # Comes last because `_is_closed` takes it as proof of both steps.
    account.call(
        "s3", "put_public_access_block", Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(_CLOSED, True)
    )


def _is_closed(account: Account, name: str) -> bool:
    try:
        answer = account.call("s3", "get_public_access_block", Bucket=name)
    except CloudError as error:
        if error.missing:
            return False
        raise
    return all(answer["PublicAccessBlockConfiguration"].values())


def _delete_objects(account: Account, place: dict[str, Any], objects: list[dict[str, str]]) -> None:
    if not objects:
        return
    answer = account.call("s3", "delete_objects", Delete={"Objects": objects, "Quiet": True}, **place)
    for refused in answer.get("Errors", []):
        words = refused.get("Message", refused["Code"])
        raise CloudError(f"S3 did not delete {refused['Key']}: {words}.", refused["Code"], words)


def _upload(account: Account, file: BinaryIO, key: str, step: Callable[[int], None]) -> None:
    """Write an object; it is encrypted as the bucket's default rule says."""
    place = bucket_name(account)
    with as_cloud_error("s3", "put_object"):
        account.client("s3").upload_fileobj(
            file, place, key, Callback=step, Config=_IN_THIS_THREAD, ExtraArgs=_owned(account, place)
        )


def _size(account: Account, place: str, key: str) -> int | None:
    """Return an object's size in bytes, None if it does not exist."""
    try:
        answer = account.call("s3", "head_object", Bucket=place, Key=key, **_owned(account, place))
    except CloudError as error:
        if error.missing:
            return None
        raise
    return int(answer["ContentLength"])


def _owned(account: Account, place: str) -> dict[str, str]:
    """Return the parameter that makes S3 refuse the request if another account has taken the bucket's name."""
    return {"ExpectedBucketOwner": account.number} if place == bucket_name(account) else {}


def _steps(report: Report | None, total: int) -> Callable[[int], None]:
    """Return a callback that adds up the bytes of each part and passes their sum to `report`."""
    done = 0

    def step(size: int) -> None:
        nonlocal done
        done += size
        if report:
            report(done, total)

    return step
