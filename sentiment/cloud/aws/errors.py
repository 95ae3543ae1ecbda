"""What AWS or boto3 says when it refuses or cannot be reached, as one plain sentence with what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore import exceptions

from sentiment.cloud.aws.iam_actions import actions
from sentiment.errors import CloudError

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "403")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_UNKNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId")
# Where S3 answers without a body, the status stands for the name: 403 above, 503 for SlowDown.
_THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "SlowDown",
    "RequestLimitExceeded",
    "503",
)
_NO_REASON = ("400",)  # most often ExpiredToken
_QUOTA = (
    *("ResourceLimitExceeded", "LimitExceededException", "LimitExceeded", "ServiceQuotaExceededException"),
    "TooManyBuckets",
)
# AWS names the permission that is missing, which need not be the one for what was asked: iam:PassRole is another.
_PERMISSION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")

_NO_CREDENTIALS = (
    "No AWS credentials were found on this machine. Sign in with the AWS tools (aws configure sso, or aws configure), "
    "or choose a profile that has them; the dashboard never asks for keys."
)
_SIGN_IN = "Sign in again (aws sso login for single sign-on), then try again."
_EXPIRED_SENTENCE = f"The AWS sign-in has expired. {_SIGN_IN}"


@contextmanager
def told(service: str, operation: str) -> Iterator[None]:
    """Turn what boto3 raises in the block into a CloudError that names the operation."""
    try:
        yield
    except exceptions.ClientError as error:
        raise _refusal(error, service) from error
    except Boto3Error as error:
        # A transfer of a file; boto3 then wraps what S3 says.
        raise _transfer_failure(error) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise CloudError(_NO_CREDENTIALS, "NoCredentials") from error
    except (exceptions.TokenRetrievalError, exceptions.SSOError, exceptions.CredentialRetrievalError) as error:
        raise CloudError(_EXPIRED_SENTENCE, "ExpiredToken", str(error)) from error
    except exceptions.ProfileNotFound as error:
        raise CloudError(
            f"This machine has no AWS profile of that name ({error.kwargs.get('profile')}): choose another, "
            "or make it with aws configure.",
            "NoProfile",
        ) from error
    except (exceptions.HTTPClientError, exceptions.EndpointConnectionError) as error:
        raise CloudError(
            f"AWS did not answer ({service}, {operation}): check the connection, then try again.",
            "NoAnswer",
            str(error),
        ) from error
    except exceptions.BotoCoreError as error:
        raise CloudError(f"AWS could not be asked ({service}, {operation}): {error}", refusal=str(error)) from error


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
    if code in _DENIED:
        named = _PERMISSION.search(words)
        action = named[1] if named else action
        if "explicit deny" in words:
            return f"A policy of the account forbids {action} to this AWS identity: ask the account's administrator."
        return (
            f"This AWS identity may not do {action}: have the account's administrator add it to its policy "
            "(assets/iam has the policies that are needed)."
        )
    if code in _EXPIRED:
        return _EXPIRED_SENTENCE
    if code in _NO_REASON:
        return f"AWS refused {action} without a reason; most often the sign-in has expired. {_SIGN_IN}"
    if code in _UNKNOWN:
        return "AWS does not know these credentials: check which profile is chosen, or sign in again."
    if code in _THROTTLED:
        return f"AWS asks us to slow down ({action}): wait a minute, then try again."
    if code in _QUOTA:
        words = words.partition(". Please")[0]  # ours follows
        return f"The account's quota does not allow this ({words}): ask for more in the console, under Service Quotas."
    return f"AWS refused {action}: {words or code}."
