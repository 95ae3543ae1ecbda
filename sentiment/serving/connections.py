"""Connections to the container's server: clients that stall or leave requests unfinished cannot exhaust them."""

import asyncio
import resource
import time
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

# Seconds for a client to send the head of its request, and to receive all of the response.
IDLE_SECONDS = 60.0


class BoundedConnection(H11Protocol):
    """uvicorn's connection, closed when its client stalls, or when the server needs its place for a new one.

    Without a limit, heads that are never finished would use up the process's file descriptors, and no ping would be
    answered. The body of a request has its own limits, in `application`.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a request; if there are too many connections, close one, or this one."""
        self._idle_since = time.monotonic()
        super().connection_made(transport)
        self._timer = self.loop.call_later(IDLE_SECONDS, self._close_if_stalled)
        held = [each for each in self.connections if isinstance(each, BoundedConnection) and each.is_open]
        if len(held) > most_connections():
            min((each for each in held if each.is_unfinished), key=lambda each: each.idle_since).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Start to wait until the client has received the response and sends another request."""
        self._idle_since = time.monotonic()
        super().on_response_complete()

    @property
    def idle_since(self) -> float:
        """When it was opened or its last response was written, by the monotonic clock."""
        return self._idle_since

    @property
    def is_open(self) -> bool:
        """Whether it is not being closed."""
        return not self.transport.is_closing()

    @property
    def is_unfinished(self) -> bool:
        """Whether no complete request is being answered."""
        return self._is_idle() or self.cycle.more_body

    def _is_idle(self) -> bool:
        # The cycle is that of the last request, None before the first one.
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _close_if_stalled(self) -> None:
        since = self._idle_since if self._is_idle() else time.monotonic()
        left = since + IDLE_SECONDS - time.monotonic()
        if left <= 0:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(left, self._close_if_stalled)


def most_connections() -> int:
    """Return how many connections are kept open: half as many as the file descriptors that this process may have."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, allowed // 2)
