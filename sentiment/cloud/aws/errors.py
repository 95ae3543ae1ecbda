"""Translate errors of AWS and boto3 into one plain sentence that says what to do."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from boto3.exceptions import Boto3Error
from botocore import exceptions

from sentiment.cloud.aws.iam_actions import actions
from sentiment.errors import DENIED, THROTTLED, UNKNOWN_CREDENTIALS, CloudError
from sentiment.system.storage import ASSETS

_EXPIRED = ("ExpiredToken", "ExpiredTokenException")
# A request signature contains this machine's time; AWS rejects one that is more than 15 minutes off.
_WRONG_CLOCK = ("RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired")
_CLOCK_WORDS = re.compile(r"Signature (?:expired|not yet current)|request time is too skewed", re.IGNORECASE)
# When S3 answers without a body, the HTTP status takes the place of the error code: 403 for a denial, 503 for SlowDown.
_NO_REASON = ("400",)  # most often ExpiredToken
_QUOTA = (
    *("ResourceLimitExceeded", "LimitExceededException", "LimitExceeded", "ServiceQuotaExceededException"),
    "TooManyBuckets",
)
# The permission that AWS names may differ from the called operation's own: iam:PassRole, for example.
_PERMISSION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")

_NO_CREDENTIALS = (
    "No AWS credentials were found on this machine. Sign in with the AWS tools (aws configure sso, or aws configure), "
    "or choose a profile that has them; the dashboard never asks for keys."
)
_SIGN_IN = "Sign in again (aws sso login for single sign-on), then try again."
_EXPIRED_SENTENCE = f"The AWS sign-in has expired. {_SIGN_IN}"


@contextmanager
def as_cloud_error(service: str, operation: str) -> Iterator[None]:
    """Convert whatever boto3 raises in the block into a CloudError that names the operation."""
    try:
        yield
    except exceptions.ClientError as error:
        raise _refusal(error, service) from error
    except Boto3Error as error:
        # Raised by file transfers: boto3 wraps S3's own error.
        raise _transfer_failure(error) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise CloudError(_NO_CREDENTIALS, "NoCredentials") from error
    except (exceptions.TokenRetrievalError, exceptions.SSOError, exceptions.CredentialRetrievalError) as error:
        raise CloudError(_EXPIRED_SENTENCE, "ExpiredToken", str(error)) from error
    except exceptions.ProfileNotFound as error:
        raise CloudError(
            f"This machine has no AWS profile of that name ({error.kwargs.get('profile')}): choose another, "
            "or create it with aws configure.",
            "NoProfile",
        ) from error
    except (exceptions.HTTPClientError, exceptions.EndpointConnectionError) as error:
        raise CloudError(
            f"AWS did not answer ({service}, {operation}): check the connection, then try again.",
            "NoAnswer",
            str(error),
        ) from error
    except exceptions.BotoCoreError as error:
        raise CloudError(f"The call to AWS failed ({service}, {operation}): {error}", refusal=str(error)) from error


@contextmanager
def unless_missing() -> Iterator[None]:
    """Ignore that a resource is missing, for instance already deleted. Every other CloudError is raised."""
    try:
        yield
    except CloudError as error:
        if not error.missing:
            raise


def _transfer_failure(error: Boto3Error) -> CloudError:
    refused = error.__context__
    if isinstance(refused, exceptions.ClientError):
        return _refusal(refused, "s3")
    return CloudError("A file could not be sent to or from S3: check the connection, then try again.", "", str(error))


def _refusal(error: exceptions.ClientError, service: str) -> CloudError:
    answer = error.response.get("Error", {})
    code, words = str(answer.get("Code", "")), str(answer.get("Message", "")).strip().rstrip(".")
    needed = actions(service, error.operation_name) or (f"{service}:{error.operation_name}",)
    return CloudError(_sentence(code, words, needed[0]), code, words)


def _sentence(code: str, words: str, action: str) -> str:
    if code in DENIED:
        named = _PERMISSION.search(words)
        action = named[1] if named else action
        if "explicit deny" in words:
            return f"A policy of the account forbids {action} to this AWS identity: ask the account's administrator."
        return (
            f"This AWS identity may not do {action}: ask the account's administrator to add it to its policy "
            f"({_who_may(action)})."
        )
    if code in _EXPIRED:
        return _EXPIRED_SENTENCE
    if code in _NO_REASON:
        return f"AWS refused {action} without a reason; most often the sign-in has expired. {_SIGN_IN}"
    if code in _WRONG_CLOCK or _CLOCK_WORDS.search(words):
        return "AWS rejects this machine's time: correct its clock, or have it set automatically, then try again."
    if code in UNKNOWN_CREDENTIALS or code == "SignatureDoesNotMatch":
        return "AWS does not know these credentials: check which profile is chosen, or sign in again."
    if code in THROTTLED:
        return f"AWS is throttling requests ({action}): wait a minute, then try again."
    if code in _QUOTA:
        words = words.partition(". Please")[0]  # this project's own advice follows
        return f"The account's quota does not allow this ({words}): request more in the console, under Service Quotas."
    return f"AWS refused {action}: {words or code}."


def _who_may(action: str) -> str:
    """Return which policy in `assets/iam` allows an action, so that the user knows whom to ask."""
    for name in ("app-user", "deployer"):
        if action in _allowed(name):
            return f"the policy {name} includes it: scripts/cloud.py policy {name}"
    return "only administrators may do it"


@cache
def _allowed(policy: str) -> frozenset[str]:
    statements = json.loads((ASSETS / "iam" / f"{policy}.json").read_text(encoding="utf-8"))["Statement"]
    listed = [each["Action"] if isinstance(each["Action"], list) else [each["Action"]] for each in statements]
    return frozenset(action for actions in listed for action in actions)
