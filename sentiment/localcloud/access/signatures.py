"""Verify who signed a request, by computing its signature again with the secret of the key that it names.

Supported are Signature Version 4 in the `Authorization` header and, for S3, in a presigned URL, and Version 2 in a
presigned URL, which boto3 uses by default. The signatures themselves are computed by botocore.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.auth import HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from sentiment.localcloud.access.keys import Key
from sentiment.localcloud.replies import ServiceError

ALGORITHM = "AWS4-HMAC-SHA256"
TIMESTAMP = "%Y%m%dT%H%M%SZ"
LONGEST_SKEW = timedelta(minutes=15)
# In place of the body's digest: the body was not signed, or is sent in chunks.
NOT_HASHED = ("UNSIGNED-PAYLOAD", "STREAMING-")
USUAL_REGION = "us-east-1"
_IN_HEADER = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^/]+)/(?P<day>\d+)/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_CREDENTIAL = re.compile(r"(?P<key>[^/]+)/(?P<day>\d+)/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


@dataclass(frozen=True)
class Request:
    """A request as received: `target` is the undecoded path and query, header names are in lower case."""

    method: str
    address: str
    target: str
    headers: Mapping[str, str]
    body: Callable[[], bytes]

    @property
    def query(self) -> dict[str, str]:
        """The decoded parameters of the query."""
        parameters = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[-1] for name, values in parameters.items()}


@dataclass(frozen=True)
class Signature:
    """The claims of a signature, none of which can be trusted before it is verified."""

    key: str
    region: str
    service: str
    made: datetime
    until: datetime
    signed_headers: tuple[str, ...]
    value: str
    presigned: bool = False
    version: int = 4


def signature_of(request: Request) -> Signature | None:
    """Return the signature of a request, None if it is not signed."""
    query = request.query
    if found := _IN_HEADER.fullmatch(request.headers.get("authorization", "")):
        made = _time(request.headers.get("x-amz-date", ""))
        names = tuple(found["headers"].split(";"))
        until = made + LONGEST_SKEW
        return Signature(found["key"], found["region"], found["service"], made, until, names, found["signature"])
    if query.get("X-Amz-Algorithm") == ALGORITHM:
        scope = _CREDENTIAL.fullmatch(query.get("X-Amz-Credential", ""))
        if scope is None or scope["service"] != "s3":  # moto treats every presigned URL as one of S3's
            return None
        made = _time(query.get("X-Amz-Date", ""))
        until = made + timedelta(seconds=_seconds(query.get("X-Amz-Expires", "")))
        names = tuple(query.get("X-Amz-SignedHeaders", "host").split(";"))
        value = query.get("X-Amz-Signature", "")
        return Signature(scope["key"], scope["region"], scope["service"], made, until, names, value, True)
    if {"AWSAccessKeyId", "Signature", "Expires"} <= set(query):
        until = datetime.fromtimestamp(_seconds(query["Expires"]), UTC)
        key, value = query["AWSAccessKeyId"], query["Signature"]
        return Signature(key, USUAL_REGION, "s3", datetime.now(UTC), until, (), value, True, 2)
    return None


def signer(request: Request, signature: Signature, find: Callable[[str], Key | None]) -> Key:
    """Return the key that actually signed this request.

    Raises:
        ServiceError: unknown key, wrong signature, a changed request, or a time outside the validity period.
    """
    key = find(signature.key)
    if key is None or (key.token or "") != _token(request):
        named = "InvalidAccessKeyId" if signature.service == "s3" else "UnrecognizedClientException"
        raise ServiceError(403, named, "The security token included in the request is invalid.")
    now = datetime.now(UTC)
    if not signature.made - LONGEST_SKEW <= now <= signature.until:
        raise _out_of_time(signature, now)
    if not hmac.compare_digest(_again(request, signature, key).encode(), signature.value.encode()):
        raise _mismatch()
    return key


def _again(request: Request, signature: Signature, key: Key) -> str:
    """Return the signature of this request by this key."""
    credentials = Credentials(key.identifier, key.secret, key.token)
    if signature.version == 2:
        return _version_2(request, credentials)
    headers = {name: request.headers[name] for name in signature.signed_headers if name in request.headers}
    _check_body(request, headers.get("x-amz-content-sha256"))
    url = _without(f"http://{request.address}{request.target}", "X-Amz-Signature")
    again = AWSRequest(request.method, url, headers, "" if signature.service == "s3" else request.body())
    again.context["timestamp"] = signature.made.strftime(TIMESTAMP)
    kind = _signer_class(signature)
    auth = kind(credentials, signature.service, signature.region)
    return str(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again))


def _signer_class(signature: Signature) -> Any:
    if signature.service == "s3":
        return S3SigV4QueryAuth if signature.presigned else S3SigV4Auth
    return SigV4Auth


def _check_body(request: Request, signed: str | None) -> None:
    """Raise ServiceError if the body does not have the signed digest, if there is one."""
    if signed and not signed.startswith(NOT_HASHED) and hashlib.sha256(request.body()).hexdigest() != signed:
        raise _mismatch()


def _version_2(request: Request, credentials: Credentials) -> str:
    url = urlsplit(_without(f"http://{request.address}{request.target}", "AWSAccessKeyId", "Signature", "Expires"))
    signed = {name: value for name, value in request.headers.items() if name.startswith(("x-amz-", "content-"))}
    # In a presigned URL, the expiry takes the place of a signed request's date.
    headers = HTTPHeaders.from_dict(signed | {"date": request.query["Expires"]})
    return str(HmacV1QueryAuth(credentials).get_signature(request.method, url, headers, auth_path=url.path))


def _without(url: str, *names: str) -> str:
    """Return the URL without these query parameters, otherwise unchanged."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair.partition("=")[0] not in names]
    return parts._replace(query="&".join(kept)).geturl()


def _token(request: Request) -> str:
    names = ("X-Amz-Security-Token", "x-amz-security-token")
    return request.headers.get(names[1]) or next((request.query[name] for name in names if name in request.query), "")


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _seconds(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,10}", text) else 0


def _mismatch() -> ServiceError:
    words = "The request signature we calculated does not match the signature you provided."
    return ServiceError(403, "SignatureDoesNotMatch", f"{words} Check your AWS Secret Access Key and signing method.")


def _out_of_time(signature: Signature, now: datetime) -> ServiceError:
    if signature.service == "s3":
        named = ("AccessDenied", "Request has expired") if signature.presigned else None
        code, words = named or (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
        return ServiceError(403, code, words)
    when, here = signature.made.strftime(TIMESTAMP), now.strftime(TIMESTAMP)
    past = signature.made < now
    words = f"Signature {'expired' if past else 'not yet current'}: {when} is now {'earlier' if past else 'later'} than"
    return ServiceError(403, "InvalidSignatureException", f"{words} {here}")
