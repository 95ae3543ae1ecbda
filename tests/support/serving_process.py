"""A server in a separate process that implements the container contract, for tests that call it over HTTP."""

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

SECONDS_TO_START, SECONDS_TO_END = 300, 120


class Reply(NamedTuple):
    """An HTTP response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Endpoint(NamedTuple):
    """The address of a container on this machine."""

    port: int

    def send(self, method, path, body=None, headers=None):
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)) as connection:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())

    def ping(self):
        return self.send("GET", "/ping")

    def invoke(self, body, content_type):
        return self.send("POST", "/invocations", body, {"Content-Type": content_type})


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(
    command, port, log, answers=lambda endpoint: endpoint.ping().status == 200, **options
) -> Iterator[Endpoint]:
    """Run `command` during the block, logging to the file `log`; yields the endpoint once `answers(endpoint)`.

    At the end, SIGTERM must end it.
    """
    endpoint = Endpoint(port)
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not _holds(answers, endpoint):
            assert process.poll() is None, f"the server ended: {log.read_text()[-4000:]}"
            assert time.monotonic() < deadline, f"the server does not answer: {log.read_text()[-4000:]}"
            time.sleep(0.05)
        yield endpoint
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _holds(answers, endpoint) -> bool:
    try:
        return answers(endpoint)
    except (OSError, http.client.HTTPException):
        return False
