"""A serving container: a model's own code behind `GET /ping` and `POST /invocations`.

Regardless of the image, it runs `python -m sentiment.serving`, as this project's own container does. The package
`sentiment` comes from the model's `code/` if included there, and from this project otherwise. Libraries are this
Python's, because those in the model are built for the image's.
"""

import http.client
import shutil
import socket
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentiment.localcloud.account.logs import LogStream
from sentiment.localcloud.replies import Reply
from sentiment.localcloud.training.containers import Container, ContainerFolder
from sentiment.localcloud.training.transfers import download_archive

PROJECT = Path(__file__).resolve().parents[3]
PING_SECONDS = 2.0
PING_PAUSE = 0.05


class UnhealthyError(Exception):
    """The container ended, or did not answer its ping in time."""


class ModelServer:
    """A container of one model: `start` it, `wait_until_healthy`, `ask` it, `end` it."""

    def __init__(self, folder: ContainerFolder, model_uri: str, s3: Any) -> None:
        self._folder = folder
        folder.create()
        download_archive(s3, model_uri, folder.ml / "model")
        self._container: Container | None = None
        self._port = 0

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._container
        return self._container.pid

    @property
    def running(self) -> bool:
        """Whether its process is still running."""
        return self._container is not None and self._container.running

    def start(self, variables: Mapping[str, str], stream: LogStream) -> None:
        """Start the container; its output is written to `stream`."""
        self._port = _free_port()
        environment = dict(variables) | {
            "PYTHONPATH": str(self._package_folder()),
            "SM_MODEL_DIR": str(self._folder.ml_inside / "model"),
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
        }
        self._container = Container(self._folder, [sys.executable, "-m", "sentiment.serving"], environment)
        self._following = threading.Thread(target=self._follow, args=(self._container, stream), daemon=True)
        self._following.start()

    def wait_until_healthy(self, seconds: float) -> None:
        """Wait for a ping to return 200. UnhealthyError if the process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.running:
                raise UnhealthyError("the container ended")
            if self.healthy():
                return
            time.sleep(PING_PAUSE)
        raise UnhealthyError(f"no ping was answered with 200 in {seconds:g} seconds")

    def healthy(self) -> bool:
        """Whether a ping returns 200 now."""
        try:
            return self._request("GET", "/ping", None, {}, PING_SECONDS).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def ask(self, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        """Return its response to `POST /invocations`. TimeoutError if it is late, OSError or HTTPException if none."""
        return self._request("POST", "/invocations", body, headers, seconds)

    def end(self) -> None:
        """Kill it, and wait until all its output is logged."""
        if self._container:
            self._container.kill()
            self._following.join()

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], seconds: float) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=seconds)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Reply(
                response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
            )
        finally:
            connection.close()

    def _package_folder(self) -> Path:
        """Return a folder that contains only the package `sentiment` to serve.

        The model's package is copied there, because its code would otherwise find the model's libraries next to it,
        which do not fit this Python.
        """
        packages = self._folder.folder / "packages"
        packages.mkdir()
        own = self._folder.ml / "model" / "code" / "sentiment"
        if own.is_dir():
            shutil.copytree(own, packages / "sentiment")
        else:
            (packages / "sentiment").symlink_to(PROJECT / "sentiment")
        return packages

    @staticmethod
    def _follow(container: Container, stream: LogStream) -> None:
        stream.follow(container.output)
        container.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
