"""Clients of a real server that leave requests unfinished, or do not read responses."""

import contextlib
import socket
import threading

import pytest
import uvicorn

from sentiment.serving import connections
from sentiment.serving.connections import BoundedConnection
from tests.support.serving_process import Endpoint
from tests.support.waiting import until

WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nX-Never: "
LARGE = 64 * 2**20


async def large_answer(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % LARGE)]})
    await send({"type": "http.response.body", "body": bytes(LARGE)})


async def small_answer(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@contextlib.contextmanager
def served(application):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(application, http=BoundedConnection, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield listening.getsockname()[1], server
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def connected(port, sent):
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(sent)
    return client


def is_closed(client) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"GE", HALF, WHOLE + HALF])
def test_a_request_whose_head_does_not_arrive_is_closed(monkeypatch, sent):
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.2)
    with served(small_answer) as (port, _), connected(port, sent) as client, contextlib.suppress(ConnectionError):
        while client.recv(1 << 16):
            pass


def test_a_client_that_does_not_read_its_response_is_closed(monkeypatch):
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.2)
    with (
        served(large_answer) as (port, server),
        connected(port, WHOLE) as client,
    ):
        assert client.recv(1)
        until(lambda: not server.server_state.connections)


def test_more_clients_than_fit_are_answered_by_closing_the_oldest_unfinished(monkeypatch):
    monkeypatch.setattr(connections, "most_connections", lambda: 5)
    with served(small_answer) as (port, server), contextlib.ExitStack() as stack:
        halves = []
        for _ in range(12):
            halves.append(stack.enter_context(connected(port, HALF)))
            assert Endpoint(port).ping().status == 200
        assert all(map(is_closed, halves[:6]))
        assert len(server.server_state.connections) <= 5
