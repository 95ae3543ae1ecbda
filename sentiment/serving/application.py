"""The HTTP interface of our own container: `GET /ping` and `POST /invocations` as a plain ASGI application."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, MutableMapping, Sequence
from itertools import islice
from typing import Any

from sentiment.prediction import EarlyScorer, Prediction, Scorer
from sentiment.serving import formats, handler
from sentiment.serving.formats import RequestError
from sentiment.serving.handler import Answer
from sentiment.system.browsers import is_foreign
from sentiment.text.cleaning import MAXIMUM_CHARACTERS

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_METHODS = {"/ping": "GET", "/invocations": "POST"}


# Time limits for receiving a request body, and for each part of it: a client that stalls is disconnected. SageMaker
# sends bodies that it has received completely.
BODY_SECONDS, PART_SECONDS = 60.0, 10.0
# Requests take turns after this many reviews or characters, so that a large one does not hold up small ones for long.
_TURN_REVIEWS = 128
_TURN_CHARACTERS = 100_000


class Application:
    """Serves one scorer. Reviews are scored in as many threads as it has workers, or in one if it has none.

    `addresses` are those under which it is reachable, such as "127.0.0.1:8080"; requests for any other are refused.
    None if they are unknown, as in a container.
    """

    def __init__(self, scorer: Scorer, addresses: Collection[str] | None = None) -> None:
        self._scorer, self._addresses = scorer, addresses
        self._workers = scorer.workers if isinstance(scorer, EarlyScorer) else 1
        self._turn = asyncio.Semaphore(self._workers)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; the server must run without the lifespan and WebSocket protocols."""
        method = _METHODS.get(scope["path"])
        if self._is_foreign(scope):
            answer = handler.refusal(RequestError(403, "Requests from pages of other web sites are refused."))
        elif method is None:
            answer = handler.refusal(RequestError(404, "There is only GET /ping and POST /invocations."))
        elif scope["method"] != method:
            answer = handler.refusal(RequestError(405, f"{scope['path']} needs the method {method}."))
        elif method == "GET":
            answer = await self._ping()
        else:
            answer = await self._invocation(scope, receive)
        await self._send(answer, send)

    def _is_foreign(self, scope: Message) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        known = self._addresses if self._addresses is not None else [host]
        return is_foreign(known, host, headers.get(b"origin"), headers.get(b"sec-fetch-site"))

    async def _ping(self) -> Answer:
        # Out of turn: a long request must not make the container appear unhealthy.
        if await asyncio.to_thread(handler.can_score, self._scorer):
            return Answer(200, "text/plain", b"")
        return handler.refusal(RequestError(503, "No review can be scored now."))

    async def _invocation(self, scope: Message, receive: Receive) -> Answer:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(receive)
            content_type = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
            request = await asyncio.to_thread(formats.read, body, content_type)
            predictions = await self._predictions(request.reviews)
            return await asyncio.to_thread(handler.written, request, predictions)
        except TimeoutError:
            limits = f"{BODY_SECONDS:.0f} seconds, or no part of it within {PART_SECONDS:.0f}"
            return handler.refusal(RequestError(408, f"The body did not arrive within {limits}."))
        except Exception as error:
            return handler.failure(error)

    async def _predictions(self, reviews: Sequence[str]) -> list[Prediction]:
        """Score as many parts at once as there are workers; between these batches other requests get their turn."""
        predictions: list[Prediction] = []
        parts = _parts(reviews)
        while together := list(islice(parts, self._workers)):
            for made in await asyncio.gather(*map(self._part, together)):
                predictions += made
        return predictions

    async def _part(self, reviews: Sequence[str]) -> list[Prediction]:
        async with self._turn:
            return await asyncio.to_thread(self._scorer.score, reviews)

    async def _send(self, answer: Answer, send: Send) -> None:
        headers = {
            "content-type": answer.content_type,
            "content-length": str(len(answer.body)),
            handler.MODEL_HEADER.lower(): handler.model_header(self._scorer),
        }
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": answer.body})


def _parts(reviews: Sequence[str]) -> Iterator[Sequence[str]]:
    """Split reviews into the parts that are scored in one turn."""
    start = characters = 0
    for number, review in enumerate(reviews):
        characters += min(len(review), MAXIMUM_CHARACTERS)
        if number + 1 - start == _TURN_REVIEWS or characters >= _TURN_CHARACTERS:
            yield reviews[start : number + 1]
            start, characters = number + 1, 0
    if start < len(reviews):
        yield reviews[start:]


async def _body(receive: Receive) -> bytes:
    """Return the request body.

    A body that is too large is still received, and discarded, because a client does not read a response while it is
    sending.

    Raises:
        RequestError: the body is too large, or the client disconnected before its end.
        TimeoutError: no part of it has arrived within PART_SECONDS.
    """
    parts, size, more = [], 0, True
    limit = handler.maximum_bytes()
    while more:
        async with asyncio.timeout(PART_SECONDS):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError(400, "The connection was closed before the end of the body.")
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        more = message.get("more_body", False)
    if size > limit:
        raise handler.too_large()
    return b"".join(parts)
