"""Write a container's output to CloudWatch Logs as it is printed."""

import codecs
import os
import time
from collections.abc import Callable
from typing import IO, Any

from botocore.exceptions import ClientError

READ_BYTES = 65536


class LogStream:
    """One stream of a log group; both are created if missing."""

    def __init__(self, logs: Any, group: str, name: str) -> None:
        self._logs, self.group, self.name = logs, group, name
        for make, names in (
            (logs.create_log_group, {"logGroupName": group}),
            (logs.create_log_stream, {"logGroupName": group, "logStreamName": name}),
        ):
            try:
                make(**names)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                    raise

    def follow(self, output: IO[bytes], on_line: Callable[[str], None] = lambda line: None) -> None:
        """Log each line of `output` as it arrives, until it is closed; `on_line` is called after each logged line."""
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        rest = ""
        while read := os.read(output.fileno(), READ_BYTES):
            *lines, rest = (rest + decode(read)).split("\n")
            self.put(lines, on_line)
        if rest:
            self.put([rest], on_line)

    def put(self, lines: list[str], on_line: Callable[[str], None] = lambda line: None) -> None:
        """Log lines with the current time."""
        if not lines:
            return
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line.rstrip("\r") or " "} for line in lines]
        self._logs.put_log_events(logGroupName=self.group, logStreamName=self.name, logEvents=events)
        for line in lines:
            on_line(line)
