"""HTTP responses, and errors in the format of AWS's JSON services."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An HTTP response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ServiceError(Exception):
    """A service's error response, with status and error code; botocore raises it as an exception."""

    def __init__(self, status: int, code: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.fields = status, code, fields

    def reply(self) -> Reply:
        """Return the error as an HTTP response."""
        headers = {"content-type": "application/json", "x-amzn-errortype": self.code}
        answer = {"__type": self.code, "Message": str(self), **self.fields}
        return Reply(self.status, headers, json.dumps(answer).encode())
