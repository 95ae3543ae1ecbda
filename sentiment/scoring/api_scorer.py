"""A scorer for our public API: one review per HTTPS request, several in parallel, with only a URL and a key.

It needs no AWS account and no AWS library: it is for users who were given a key.
"""

import json
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import urllib3

from sentiment.errors import ApiError
from sentiment.prediction import Prediction, from_fields
from sentiment.system.concurrency import Concurrency, random_wait, results
from sentiment.tables.rows import encodable

# The environment variable of the key; never a command-line option, which shells record and other users can see.
KEY_VARIABLE = "REVIEW_SENTIMENT_KEY"
MAXIMUM_BYTES = 20_000
_MODEL_HEADER = "X-Model"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_CALLS = 8
_TRIES = 9
# In seconds; API Gateway answers within 29.
_TIMEOUT = urllib3.Timeout(connect=5.0, read=35.0)
_BODY_SECONDS, _MOST_ANSWER = 35.0, 1 << 16  # bytes; an answer takes some hundred
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_PROBE = "A fine film."


class ApiScorer:
    """Scores reviews with the model behind the API at `url`; its `fingerprint` is that of the responses.

    A throttled or failed request is retried after a random wait; throttling also reduces the number of parallel
    requests. `wait` is called with the seconds to wait.
    """

    def __init__(self, url: str, key: str, *, wait: Callable[[float], object] | None = None) -> None:
        """Detect, with one review, which model responds.

        Raises:
            ApiError: the URL is not valid, the key is refused, or there is no response.
        """
        self.name = url
        self._url, self._key = _checked(url), _checked_key(key)
        self._pool = _connections(url)
        self._concurrency = Concurrency(_CALLS)
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self.fingerprint = self._asked(_PROBE)[1]

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return one prediction per review, in order; equal reviews are requested once.

        Raises:
            ApiError: a review is too long, the key is refused, the quota is used up, a request failed repeatedly, or
                the responses come from another model than before.
        """
        distinct = list(dict.fromkeys(reviews))
        answers = results(self._prediction, distinct, _CALLS, self._stopped)
        predictions = dict(zip(distinct, answers, strict=True))
        return [predictions[review] for review in reviews]

    def _prediction(self, review: str) -> Prediction:
        prediction, fingerprint = self._asked(review)
        if fingerprint != self.fingerprint:
            raise ApiError(
                f"{self.name} answers with two models, {self.fingerprint[:12]} and {fingerprint[:12]}: the one behind "
                "it was changed meanwhile, or it has several. Start again when it has one."
            )
        return prediction

    def _asked(self, review: str) -> tuple[Prediction, str]:
        """Return the prediction of one review and the model's fingerprint, with as many tries as are needed."""
        content = encodable(review).encode()
        if len(content) > MAXIMUM_BYTES:
            raise ApiError(
                f"A review has {len(content):,} bytes, and the API takes {MAXIMUM_BYTES:,}: shorten it, or score with "
                "a model on this machine."
            )
        for tried in range(_TRIES):
            if tried:
                self._wait(random_wait(tried))
            if self._stopped.is_set():
                raise ApiError(f"The scoring with {self.name} was given up.")
            try:
                return self._called(content)
            except _PassingError as error:
                message = str(error)
        raise ApiError(f"{self.name} failed {_TRIES} times for one review; the last time {message}. Try again later.")

    def _called(self, content: bytes) -> tuple[Prediction, str]:
        headers = {"content-type": "text/plain; charset=utf-8", "x-api-key": self._key}
        with self._concurrency.turn() as turn:
            try:
                response = self._pool.request(
                    "POST",
                    self._url,
                    body=content,
                    headers=headers,
                    timeout=_TIMEOUT,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
                body = self._received(response)
            except urllib3.exceptions.HTTPError as error:
                raise _PassingError("there was no answer") from error
            if response.status == 429 and "Limit Exceeded" not in _sentence(body):
                turn.throttled()
            elif response.status == 200:
                turn.succeeded()
        return self._read(response, body)

    def _received(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """Return the body of a response. ApiError if it is too large or takes too long: a faulty server may not end."""
        body, deadline = b"", time.monotonic() + _BODY_SECONDS
        try:
            while part := response.read1(_MOST_ANSWER):
                body += part
                if len(body) > _MOST_ANSWER or time.monotonic() > deadline:
                    raise self._stranger()
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return body

    def _stranger(self) -> ApiError:
        return ApiError(f"{self.name} does not answer as an API of this project: check the address.")

    def _read(self, response: urllib3.BaseHTTPResponse, body: bytes) -> tuple[Prediction, str]:
        """Return the content of a response.

        Raises:
            _PassingError: another try may succeed.
            ApiError: another try would fail too.
        """
        message = _sentence(body)
        if response.status == 403:
            raise ApiError(f"{self.name} refuses the key: check it with whoever gave it to you ({KEY_VARIABLE}).")
        if response.status == 429 and "Limit Exceeded" in message:
            raise ApiError(
                f"The key's quota at {self.name} is used up for today: continue tomorrow; what is scored is kept."
            )
        if response.status == 429 or response.status >= 500:
            raise _PassingError(f"with status {response.status}")
        if response.status != 200:
            raise ApiError(f"{self.name} refuses a review with status {response.status}{message and f' ({message})'}.")
        fingerprint = response.headers.get(_MODEL_HEADER, "")
        try:
            prediction = from_fields(json.loads(body))
        except (ValueError, RecursionError, TypeError):
            prediction = None
        if prediction is None or not _FINGERPRINT.fullmatch(fingerprint):
            raise self._stranger()
        return prediction, fingerprint


class _PassingError(Exception):
    """A request failed temporarily; the text states how, for the end of a sentence."""


def _checked(url: str) -> str:
    """Return the URL to request.

    Raises:
        ApiError: it is not a URL, or would send the key unencrypted.
    """
    address = url.strip()
    try:
        parts = urlsplit(address)
        urllib3.util.parse_url(address)
        is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
        is_usable = is_private and bool(parts.hostname) and parts.port != 0
    except (ValueError, urllib3.exceptions.LocationParseError):
        is_usable = False
    if not is_usable:
        raise ApiError(f'"{url}" is not the address of an API: it begins with https://.')
    return address


def _checked_key(key: str) -> str:
    """Return the key without surrounding spaces. ApiError if no header can hold it."""
    if not re.fullmatch(r"[!-~]+", key.strip()):
        raise ApiError(f"The API's key has characters that no key has: check it ({KEY_VARIABLE}).")
    return key.strip()


def _connections(url: str) -> urllib3.PoolManager:
    """Return connections that threads share, through the proxy that the environment configures for that URL."""
    parts = urlsplit(url.strip())
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.netloc):
        return urllib3.ProxyManager(proxy, maxsize=_CALLS)
    return urllib3.PoolManager(maxsize=_CALLS)


def _sentence(body: bytes) -> str:
    """Return the message of a refusal; empty if it has none in our format."""
    try:
        return str(json.loads(body)["error"])[:200]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
