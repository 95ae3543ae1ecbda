"""Every place in `sentiment/cloud` that calls AWS, found in its source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sentiment.cloud.aws.iam_actions import operation_name
from sentiment.system.storage import PROJECT


@dataclass(frozen=True)
class CallSite:
    """A `call` or `pages` of an account, or the block inside `as_cloud_error`; `place` is "file:line"."""

    place: str
    kind: str
    service: str
    method: str

    @property
    def operation(self) -> str:
        """The operation's AWS name."""
        return operation_name(self.method)


# Parsed while tests are collected: Python 3.11's parser sometimes fails if another thread parses too, as the pages
# under test do.
_TREES = {path: ast.parse(path.read_text()) for path in sorted((PROJECT / "sentiment" / "cloud").rglob("*.py"))}


@cache
def calls() -> tuple[tuple[str, str, ast.Call], ...]:
    """Return every function call: its place, the function's last name, and the call itself."""
    return tuple(_calls())


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    for path, tree in _TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield f"{path.relative_to(PROJECT)}:{node.lineno}", name, node


def account_calls() -> list[CallSite]:
    """Return the calls of an account's operation, whose name must be a literal there."""
    return [
        CallSite(place, name, *_written_out(node, place))
        for place, name, node in calls()
        if name in ("call", "pages") and isinstance(node.func, ast.Attribute)
    ]


def other_calls() -> list[CallSite]:
    """Return the calls of boto3 or the SDK without an account whose errors are converted to sentences."""
    return [
        CallSite(place, name, *_written_out(node, place))
        for place, name, node in calls()
        if name == "as_cloud_error" and len(node.args) == 2 and isinstance(node.args[0], ast.Constant)
    ]


def _written_out(node: ast.Call, place: str) -> tuple[str, str]:
    service, method = node.args[:2]
    assert isinstance(service, ast.Constant), f"{place}: the service is not written out"
    assert isinstance(method, ast.Constant), f"{place}: the operation is not written out"
    return service.value, method.value
