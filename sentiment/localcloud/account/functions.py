"""Run Lambda functions in this process: unpack the zip and import its handler with its environment variables.

As on Lambda, the module is imported once (a cold start) and its handler is called many times. The module must read its
variables during the import, because the process has only one environment for many functions. What a handler logs is
written to its log group; what it prints is not. Its AWS calls have the permissions of the function's role.
"""

import hashlib
import importlib.util
import io
import json
import logging
import os
import sys
import threading
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import boto3

from sentiment.localcloud.access import roles
from sentiment.localcloud.account.logs import LogStream
from sentiment.localcloud.clients import Clients

Handler = Callable[[Any, Any], Any]

_importing = threading.Lock()
_lines = threading.local()


class ThrottledError(Exception):
    """The function's reserved concurrency is used up."""


class Outcome(NamedTuple):
    """Result of an invocation, as JSON; `failed` if the handler raised an exception or timed out."""

    payload: bytes
    failed: bool


class Functions:
    """Invokes the functions stored in moto."""

    def __init__(self, folder: Path, clients: Clients) -> None:
        self._folder, self._clients = folder, clients
        self._handlers: dict[str, Handler] = {}
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()
        logging.getLogger().addHandler(_ThreadLog())

    def invoke(self, function: Any, event: Any) -> Outcome:
        """Invoke moto's `LambdaFunction` with an event. ThrottledError if its concurrency is used up."""
        with self._slot(function):
            stream = LogStream(self._clients.client("logs", function.region), function.logs_group_name, _stream_name())
            identifier = str(uuid.uuid4())
            answers: list[tuple[Outcome, list[str]]] = []
            worker = threading.Thread(
                target=lambda: answers.append(self._call(function, event, identifier)), daemon=True
            )
            worker.start()
            worker.join(float(function.timeout))
            # A thread cannot be killed; a late result is ignored.
            outcome, lines = answers[0] if answers else (_timed_out(function, identifier), [])
            stream.put([f"START RequestId: {identifier}", *lines, f"END RequestId: {identifier}"])
            return outcome

    def forget(self) -> None:
        """Import every function again at its next call."""
        with self._lock:
            self._handlers.clear()

    @contextmanager
    def _slot(self, function: Any) -> Iterator[None]:
        reserved = function.reserved_concurrency
        with self._lock:
            if reserved is not None and self._running[function.function_arn] >= int(reserved):
                raise ThrottledError
            self._running[function.function_arn] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[function.function_arn] -= 1

    def _call(self, function: Any, event: Any, identifier: str) -> tuple[Outcome, list[str]]:
        _lines.kept = []
        deadline = time.monotonic() + float(function.timeout)
        context = SimpleNamespace(
            aws_request_id=identifier,
            function_name=function.function_name,
            get_remaining_time_in_millis=lambda: int((deadline - time.monotonic()) * 1000),
        )
        try:
            given = self._handler(function)(event, context)
            return Outcome(json.dumps(given).encode(), False), _lines.kept
        except Exception as error:  # as on Lambda, every exception is reported to the caller
            answer = {"errorMessage": str(error), "errorType": type(error).__name__}
            return Outcome(json.dumps(answer).encode(), True), [
                *_lines.kept,
                f"[ERROR] {type(error).__name__}: {error}",
            ]

    def _handler(self, function: Any) -> Handler:
        variables = {str(name): str(value) for name, value in function.environment_vars.items()}
        key = hashlib.sha256(function.code_bytes + repr((function.handler, sorted(variables.items()))).encode())
        name = f"lambda_{key.hexdigest()[:24]}"
        with self._lock:
            if name not in self._handlers:
                folder = self._folder / name
                zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(folder)
                session = roles.session(function.role, function.function_name)
                environment = self._clients.environment(function.region, session) | variables
                self._handlers[name] = _imported(folder, function.handler, name, environment)
            return self._handlers[name]


def _imported(folder: Path, handler: str, name: str, environment: Mapping[str, str]) -> Handler:
    """Import `module.function` from the folder under a unique name, with these environment variables."""
    module_name, _, function_name = handler.rpartition(".")
    specification = importlib.util.spec_from_file_location(name, folder / f"{module_name}.py")
    if specification is None or specification.loader is None:
        raise ImportError(f"Unable to import module '{module_name}'")
    module = importlib.util.module_from_spec(specification)
    with _importing, _environment(environment):
        sys.modules[name] = module
        specification.loader.exec_module(module)
    found: Handler = getattr(module, function_name)
    return found


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set these variables for imports inside the block, and for boto3's default session created there."""
    before, session = dict(os.environ), boto3.DEFAULT_SESSION
    os.environ.update(variables)
    boto3.DEFAULT_SESSION = None
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = session
        for name in variables:
            if name in before:
                os.environ[name] = before[name]
            else:
                del os.environ[name]


class _ThreadLog(logging.Handler):
    """Keeps the log records of a thread that runs a function."""

    def emit(self, record: logging.LogRecord) -> None:
        kept = getattr(_lines, "kept", None)
        if kept is not None:
            kept.append(f"[{record.levelname}]\t{record.getMessage()}")


def _stream_name() -> str:
    return f"{time.strftime('%Y/%m/%d')}/[$LATEST]{uuid.uuid4().hex}"


def _timed_out(function: Any, identifier: str) -> Outcome:
    message = f"{identifier} Task timed out after {float(function.timeout):.2f} seconds"
    return Outcome(json.dumps({"errorMessage": message}).encode(), True)
