"""The error responses of each AWS service: HTTP status, error name and wire format.

Services differ: the same refusal is "AccessDenied" with 403 in XML for one, and "AccessDeniedException" with 400 in
JSON for another. S3 answers a HEAD request with the bare status.
"""

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from moto.core import DEFAULT_ACCOUNT_ID

from sentiment.cloud.aws.iam_actions import actions
from sentiment.localcloud.replies import Reply, ServiceError

Named = tuple[int, str]  # HTTP status and error name


@dataclass(frozen=True)
class Manners:
    """A service's names for the refusals that all services share, and for one of its quotas."""

    throttled: Named
    denied: Named
    expired: Named
    over_quota: Named
    quota_words: str = "The quota is exceeded."


_EXPIRED_XML = (403, "ExpiredToken")
_REST_JSON: dict[str, Any] = {"denied": (403, "AccessDeniedException"), "expired": (403, "ExpiredTokenException")}
_MANNERS = {
    "sts": Manners((400, "Throttling"), (403, "AccessDenied"), _EXPIRED_XML, (400, "LimitExceeded")),
    "iam": Manners(
        (400, "Throttling"),
        (403, "AccessDenied"),
        _EXPIRED_XML,
        (409, "LimitExceeded"),
        "Cannot exceed quota for RolesPerAccount: 1000",
    ),
    "cloudformation": Manners(
        (400, "Throttling"),
        (403, "AccessDenied"),
        _EXPIRED_XML,
        (400, "LimitExceededException"),
        "Limit for stack has been exceeded",
    ),
    "s3": Manners(
        (503, "SlowDown"),
        (403, "AccessDenied"),
        (400, "ExpiredToken"),
        (400, "TooManyBuckets"),
        "You have attempted to create more buckets than allowed",
    ),
    "lambda": Manners((429, "TooManyRequestsException"), **_REST_JSON, over_quota=(400, "LimitExceededException")),
    "apigateway": Manners((429, "TooManyRequestsException"), **_REST_JSON, over_quota=(429, "LimitExceededException")),
    "scheduler": Manners((429, "ThrottlingException"), **_REST_JSON, over_quota=(402, "ServiceQuotaExceededException")),
    "application-autoscaling": Manners(
        (400, "ThrottlingException"),
        (400, "AccessDeniedException"),
        (400, "ExpiredTokenException"),
        (400, "LimitExceededException"),
    ),
}
_JSON = Manners(
    (400, "ThrottlingException"),
    (400, "AccessDeniedException"),
    (400, "ExpiredTokenException"),
    (400, "ResourceLimitExceeded"),
    "The account-level service limit 'ml.m5.xlarge for training job usage' is 0 Instances, with current utilization "
    "of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this "
    "quota.",
)


def throttled(service: str, operation: str) -> ServiceError:
    """Return the error for too many calls."""
    words = "Please reduce your request rate." if service == "s3" else "Rate exceeded"
    return ServiceError(*_manners(service).throttled, words)


def denied(service: str, operation: str) -> ServiceError:
    """Return the error for an action that no policy of the caller allows."""
    action = next(iter(actions(service, operation)), f"{service}:{operation}")
    who = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:user/tester"
    words = f"User: {who} is not authorized to perform: {action} on resource: * because no identity-based policy "
    return ServiceError(*_manners(service).denied, f"{words}allows the {action} action")


def not_allowed(service: str, who: str, action: str, resource: str, *, explicitly: bool) -> ServiceError:
    """Return the error for an action that the policies of `who`, an ARN, do not allow or explicitly deny."""
    said = f"User: {who} is not authorized to perform: {action} on resource: {resource}"
    because = "with an explicit deny in an identity-based policy"
    reason = because if explicitly else f"because no identity-based policy allows the {action} action"
    return ServiceError(*_manners(service).denied, f"{said} {reason}")


def expired(service: str, operation: str) -> ServiceError:
    """Return the error for expired credentials."""
    return ServiceError(*_manners(service).expired, "The security token included in the request is expired")


def over_quota(service: str, operation: str) -> ServiceError:
    """Return the error for an exceeded quota."""
    manners = _manners(service)
    return ServiceError(*manners.over_quota, manners.quota_words)


def reply(error: ServiceError, service: str, method: str) -> Reply:
    """Return an error in the service's wire format, for a request of this HTTP method."""
    code, words = escape(error.code), escape(str(error))
    if service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{words}</Message><RequestId>0</RequestId></Error>"
        return _xml(error.status, "" if method == "HEAD" else body)
    if service in ("sts", "iam", "cloudformation"):
        answer = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>"
        return _xml(error.status, f"<ErrorResponse>{answer}<RequestId>0</RequestId></ErrorResponse>")
    return error.reply()


def _manners(service: str) -> Manners:
    return _MANNERS.get(service, _JSON)


def _xml(status: int, body: str) -> Reply:
    return Reply(status, {"content-type": "text/xml"}, body.encode())
