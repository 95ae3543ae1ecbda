"""What goes back over HTTP: an answer, and an error as AWS's JSON services put it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ServiceError(Exception):
    """A refusal or failure that a service answers with, by its status and name; botocore makes an exception of it."""

    def __init__(self, status: int, code: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.fields = status, code, fields

    def reply(self) -> Reply:
        """As it goes over HTTP."""
        headers = {"content-type": "application/json", "x-amzn-errortype": self.code}
        answer = {"__type": self.code, "Message": str(self), **self.fields}
        return Reply(self.status, headers, json.dumps(answer).encode())
