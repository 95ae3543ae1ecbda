"""Our own container over HTTP: `GET /ping` and `POST /invocations` as a plain ASGI application."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from sentiment.model.predictor import Predictor
from sentiment.serving import handler
from sentiment.serving.formats import RequestError
from sentiment.serving.handler import Answer
from sentiment.system.browsers import is_foreign

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_METHODS = {"/ping": "GET", "/invocations": "POST"}


class Application:
    """Serves one predictor. Reviews are scored in a thread, one request at a time: each may use every core.

    `addresses` are those at which it is called, such as "127.0.0.1:8080", and a request for any other is refused; None
    when they are not known, as in a container.
    """

    def __init__(self, predictor: Predictor, addresses: Collection[str] | None = None) -> None:
        self._predictor, self._addresses = predictor, addresses
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; the server is to be run without the lifespan protocol."""
        method = _METHODS.get(scope["path"])
        if self._is_foreign(scope):
            answer = handler.refusal(RequestError(403, "No page of another web site is answered."))
        elif method is None:
            answer = handler.refusal(RequestError(404, "There is only GET /ping and POST /invocations."))
        elif scope["method"] != method:
            answer = handler.refusal(RequestError(405, f"{scope['path']} is asked with {method}."))
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
        # Out of turn: a long request must not make the container look dead.
        if await asyncio.to_thread(handler.can_score, self._predictor):
            return Answer(200, "text/plain", b"")
        return handler.refusal(RequestError(503, "No review can be scored now."))

    async def _invocation(self, scope: Message, receive: Receive) -> Answer:
        body = await _body(receive)
        if body is None:
            return handler.refusal(handler.too_large())
        content_type = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        async with self._turn:
            return await asyncio.to_thread(handler.answer, self._predictor, body, content_type)

    async def _send(self, answer: Answer, send: Send) -> None:
        headers = {
            "content-type": answer.content_type,
            "content-length": str(len(answer.body)),
            handler.MODEL_HEADER.lower(): handler.model_header(self._predictor),
        }
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": answer.body})


async def _body(receive: Receive) -> bytes | None:
    """Return the body; None when it is too large.

    A body that is too large is read all the same and not kept, since a caller reads no answer while it sends.
    """
    parts, size, more = [], 0, True
    limit = handler.maximum_bytes()
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= limit else None
