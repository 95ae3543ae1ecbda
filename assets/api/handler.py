"""The Lambda function behind the public API: a page for visitors, and one review per call for programs.

`POST` accepts a review as text/plain and returns one prediction, or as {"inputs": "…"} and returns a list of one, as
the model's container does.

The function may invoke one endpoint and write its own log. The log never contains text of a review, and after a failure
a caller is told only whether a retry may succeed.
"""

import json
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

MAXIMUM_BYTES = 20_000
# API Gateway gives up after 29 seconds: one attempt may take 25, and a second is made only after a quick failure.
READ_SECONDS = 25
QUICK_SECONDS = 2.0
PAUSE_SECONDS = 0.2
ENDPOINT = os.environ["ENDPOINT_NAME"]
ORIGINS = frozenset(origin.strip() for origin in os.environ["ALLOWED_ORIGINS"].split(",") if origin.strip())
PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
# The page may contact only this API, and no other page may frame it.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
PASSING = {"ThrottlingException", "ModelNotReadyException", "InternalDependencyException", "ServiceUnavailable"}
PASSING_STATUS = {0, 502, 503, 504, 507}

Answer = dict[str, Any]

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)
runtime = boto3.client(
    "sagemaker-runtime",
    config=Config(connect_timeout=3, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}),
)


class RefusedError(Exception):
    """A response other than a prediction: an HTTP status and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def handle(event: Mapping[str, Any], context: Any) -> Answer:
    """Handle one request from API Gateway (Lambda proxy integration, payload format 1.0)."""
    started = time.monotonic()
    headers = {name.lower(): value or "" for name, value in (event.get("headers") or {}).items()}
    method, body = event.get("httpMethod"), _encoded(event.get("body") or "")
    try:
        answer = _answer(method, body, bool(event.get("isBase64Encoded")), headers)
    except RefusedError as refusal:
        answer = _json(refusal.status, json.dumps({"error": str(refusal)}))
    except Exception as error:
        # Log neither message nor traceback: they may quote the review.
        log.error("The function failed: %s", type(error).__name__)
        answer = _json(500, json.dumps({"error": "The review could not be scored."}))
    answer["headers"] |= _cors(headers.get("origin"))
    record = {"method": method, "status": answer["statusCode"], "bytes": len(body)}
    log.info(json.dumps(record | {"seconds": round(time.monotonic() - started, 3)}))
    return answer


def _answer(method: str | None, body: bytes, is_base64: bool, headers: Mapping[str, str]) -> Answer:
    if method == "GET":
        return _page()
    if method == "OPTIONS":
        return _allowed()
    if is_base64 or len(body) > MAXIMUM_BYTES:
        raise RefusedError(413, f"Send one review of at most {MAXIMUM_BYTES:,} bytes, as text.")
    return _verdict(body.decode(), headers)


def _encoded(text: str) -> bytes:
    """Encode a text as UTF-8, replacing lone surrogates, which JSON allows."""
    return text.encode("utf-8", "replace")


def _page() -> Answer:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        # Browsers cache the page for an hour, because every request costs money.
        "Cache-Control": "public, max-age=3600",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return {"statusCode": 200, "headers": headers, "body": PAGE}


def _allowed() -> Answer:
    """Answer a CORS preflight request."""
    headers = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "content-type, x-api-key",
        "Access-Control-Max-Age": "3600",
    }
    return {"statusCode": 204, "headers": headers, "body": ""}


def _verdict(body: str, headers: Mapping[str, str]) -> Answer:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in ("text/plain", "application/json"):
        raise RefusedError(415, "Content-Type must be text/plain or application/json.")
    listed = media_type == "application/json"
    verdict, attributes = _asked(_review(body) if listed else body)
    answer = _json(200, f"[{verdict}]" if listed else verdict)
    # Which model answered: "model=" and its fingerprint.
    answer["headers"]["X-Model"] = attributes.removeprefix("model=")
    return answer


def _review(body: str) -> str:
    try:
        review = json.loads(body)["inputs"]
    except (ValueError, RecursionError, KeyError, TypeError):
        review = None
    if not isinstance(review, str):
        raise RefusedError(400, 'The JSON must be {"inputs": "one review"}.')
    return review


def _asked(review: str) -> tuple[str, str]:
    """Return the endpoint's prediction for a review, as JSON, and the model's custom attributes."""
    started = time.monotonic()
    try:
        return _invoked(review)
    except (ClientError, BotoCoreError) as error:
        if not _may_pass(error) or time.monotonic() - started > QUICK_SECONDS:
            raise _unscored(error) from None
    time.sleep(PAUSE_SECONDS)
    try:
        return _invoked(review)
    except (ClientError, BotoCoreError) as error:
        raise _unscored(error) from None


def _invoked(review: str) -> tuple[str, str]:
    line = json.dumps({"review": _encoded(review).decode()}).encode()
    response = runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="application/jsonlines", Body=line)
    return response["Body"].read().decode().strip(), response.get("CustomAttributes", "")


def _unscored(error: Exception) -> RefusedError:
    log.error("The endpoint did not score: %s", _code(error))
    status = 503 if _may_pass(error) else 502
    return RefusedError(status, "The review could not be scored now. Try again in a minute.")


def _may_pass(error: Exception) -> bool:
    """Whether a failure is temporary."""
    if not isinstance(error, ClientError):
        return True
    if _code(error) == "ModelError":
        return error.response.get("OriginalStatusCode") in PASSING_STATUS
    return _code(error) in PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def _code(error: Exception) -> str:
    """Return AWS's or Python's name of a failure, never its message, which may quote the review."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__


def _json(status: int, body: str) -> Answer:
    headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": body}


def _cors(origin: str | None) -> dict[str, str]:
    if not origin or not ({origin, "*"} & ORIGINS):
        return {"Vary": "Origin"}
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "X-Model"}
