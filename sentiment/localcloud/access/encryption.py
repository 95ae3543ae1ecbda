"""KMS permissions that encrypted objects need: S3 uses the key on behalf of the caller, who must be allowed to use it.

The key policy is assumed to be the default one, which delegates access to the policies of users and roles.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from sentiment.localcloud.access.keys import PARTITION

# By operation: the actions on the key with which the bucket encrypts, or with which the object was encrypted.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "GetObject": ("kms:Decrypt",),
    "PutObject": ("kms:GenerateDataKey",),
    "CreateMultipartUpload": ("kms:GenerateDataKey",),
    "UploadPart": ("kms:GenerateDataKey", "kms:Decrypt"),
    "CompleteMultipartUpload": ("kms:Decrypt",),
}


def uses_of_keys(operation: str, parameters: Mapping[str, Any], region: str) -> Iterator[tuple[str, str]]:
    """Yield the KMS actions that an S3 operation implies, each with the ARN of the key."""
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
    """Return the KMS key with which a bucket encrypts by default; None if it uses S3's own keys."""
    rule = (bucket.encryption or {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
    key = rule.get("KMSMasterKeyID") if rule.get("SSEAlgorithm") == "aws:kms" else None
    return str(key) if key else None


def _arn(key: str, region: str) -> str:
    return key if key.startswith("arn:") else f"arn:{PARTITION}:kms:{region}:{DEFAULT_ACCOUNT_ID}:key/{key}"


def _backend() -> Any:
    return s3_backends[DEFAULT_ACCOUNT_ID][PARTITION]
