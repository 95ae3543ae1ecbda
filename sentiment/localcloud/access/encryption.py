"""What the encryption of objects demands: S3 uses a key of KMS as whoever reads or writes, who has to be allowed that.

The key's own policy is taken for the one that a new key has, which leaves it to the policies of users and roles.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from sentiment.localcloud.access.keys import PARTITION

# By operation: what it needs of the key by which the bucket encrypts, or with which the object was encrypted.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "GetObject": ("kms:Decrypt",),
    "PutObject": ("kms:GenerateDataKey",),
    "CreateMultipartUpload": ("kms:GenerateDataKey",),
    "UploadPart": ("kms:GenerateDataKey", "kms:Decrypt"),
    "CompleteMultipartUpload": ("kms:Decrypt",),
}


def uses_of_keys(operation: str, parameters: Mapping[str, Any], region: str) -> Iterator[tuple[str, str]]:
    """Yield the actions of KMS that an operation of S3 brings with it, each with the ARN of the key."""
    bucket = _backend().buckets.get(str(parameters.get("Bucket")))
    if bucket is None:
        return
    if operation == "GetObject":
        given = (str(parameters.get("Key")), parameters.get("VersionId"))
        found = _backend().get_object(bucket.name, *given)
        key = found.kms_key_id if found and found.encryption == "aws:kms" else None
    else:
        key = parameters.get("SSEKMSKeyId") or _default_key(bucket)
    if key:
        yield from ((action, _arn(key, region)) for action in ACTIONS.get(operation, ()))


def _default_key(bucket: Any) -> str | None:
    """The key of KMS by which a bucket encrypts what names none; None where it is one of S3's own."""
    rule = (bucket.encryption or {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
    key = rule.get("KMSMasterKeyID") if rule.get("SSEAlgorithm") == "aws:kms" else None
    return str(key) if key else None


def _arn(key: str, region: str) -> str:
    return key if key.startswith("arn:") else f"arn:{PARTITION}:kms:{region}:{DEFAULT_ACCOUNT_ID}:key/{key}"


def _backend() -> Any:
    return s3_backends[DEFAULT_ACCOUNT_ID][PARTITION]
