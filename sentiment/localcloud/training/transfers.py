"""Transfers between S3 and a container's folder: download inputs, upload archives and checkpoints."""

import tarfile
import threading
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

SYNC_SECONDS = 0.2


class TransferError(Exception):
    """An S3 object that the job names cannot be read or written."""


def split_uri(uri: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into bucket and key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def list_keys(s3: Any, uri: str) -> list[str]:
    """Return the keys that start with `uri`, in order; none if the bucket does not exist."""
    bucket, prefix = split_uri(uri)
    try:
        pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix))
    except ClientError:
        return []
    return [item["Key"] for page in pages for item in page.get("Contents", []) if not item["Key"].endswith("/")]


def download_prefix(s3: Any, uri: str, folder: Path) -> int:
    """Download every object under `uri` to `folder`, with the rest of the key as path; return their number.

    Raises:
        TransferError: an object cannot be downloaded.
    """
    bucket, prefix = split_uri(uri)
    keys = list_keys(s3, uri)
    for key in keys:
        file = folder / (key[len(prefix) :].lstrip("/") or Path(key).name)
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            s3.download_file(bucket, key, str(file))
        except ClientError as error:
            raise TransferError(f"Failed to download s3://{bucket}/{key}: {error}") from error
    return len(keys)


def download_archive(s3: Any, uri: str, folder: Path) -> None:
    """Unpack the `.tar.gz` at `uri` into `folder`. TransferError if it does not exist or is not an archive."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = folder.parent / "download.tar.gz"
    try:
        s3.download_file(*split_uri(uri), str(packed))
        with tarfile.open(packed, "r:gz") as archive:
            archive.extractall(folder, filter="data")
    except ClientError as error:
        raise TransferError(f"Failed to download {uri}: {error}") from error
    except (tarfile.TarError, EOFError, OSError) as error:
        raise TransferError(f"Unable to extract {uri}: {error}") from error
    finally:
        packed.unlink(missing_ok=True)


def upload_archive(s3: Any, folders: list[Path], uri: str) -> bool:
    """Pack and upload the folders' files, the first one for equal names; return whether there were any."""
    members: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_dir():
                members.setdefault(str(path.relative_to(folder)), path)
    if not members:
        return False
    packed = folders[0].parent / f"upload-{Path(uri).name}"
    with tarfile.open(packed, "w:gz") as archive:
        for name, path in members.items():
            archive.add(path, arcname=name)
    _upload(s3, packed, uri)
    packed.unlink()
    return True


def _upload(s3: Any, file: Path, uri: str) -> None:
    try:
        s3.put_object(Bucket=split_uri(uri)[0], Key=split_uri(uri)[1], Body=file.read_bytes())
    except ClientError as error:
        raise TransferError(f"Failed to upload to {uri}: {error}") from error


class CheckpointSync:
    """Copies a folder's new and changed files to S3 continuously, as SageMaker does for `/opt/ml/checkpoints`."""

    def __init__(self, s3: Any, folder: Path, uri: str) -> None:
        self._s3, self._folder, self._uri = s3, folder, uri.rstrip("/")
        self._uploaded: dict[Path, tuple[int, int]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_copying, daemon=True)

    def start(self) -> None:
        """Download existing checkpoints from S3, then start copying."""
        download_prefix(self._s3, f"{self._uri}/", self._folder)
        self._uploaded = {path: _stamp(path) for path in self._folder.rglob("*") if path.is_file()}
        self._thread.start()

    def finish(self, last_copy: bool) -> None:
        """Stop copying, with a `last_copy` or, as when an instance is lost, without."""
        self._ended.set()
        self._thread.join()
        if last_copy:
            self._copy()

    def _keep_copying(self) -> None:
        while not self._ended.wait(SYNC_SECONDS):
            self._copy()

    def _copy(self) -> None:
        for path in sorted(self._folder.rglob("*")):
            try:
                stamp = _stamp(path)
                if path.is_file() and self._uploaded.get(path) != stamp:
                    _upload(self._s3, path, f"{self._uri}/{path.relative_to(self._folder)}")
                    self._uploaded[path] = stamp
            except FileNotFoundError:
                continue  # a temporary file that has been renamed in the meantime


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
