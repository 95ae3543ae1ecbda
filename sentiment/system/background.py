"""Slow work and slow queries in the background of a page: in a thread that the page polls and never waits for."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from sentiment.errors import SentimentError

Value = TypeVar("Value")
Report = Callable[[str], None]
Received = Callable[[int, int], None]  # called with the bytes received and the total


class BackgroundWork:
    """One piece of work, which has started; `line` is its latest message.

    Once it `is_done`, `result` is the sentence that it returned, or `error` that of its failure.
    """

    def __init__(self, title: str, work: Callable[[Report], str]) -> None:
        self.title = title
        self.line = self.result = self.error = ""
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True, name=title)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """The seconds since it started."""
        return time.monotonic() - self._started

    def wait(self, seconds: float) -> None:
        """Return when it has ended, or after that many seconds. Not for use in a page, which would freeze."""
        self._thread.join(seconds)

    def _run(self, work: Callable[[Report], str]) -> None:
        try:
            self.result = work(self._report)
        except SentimentError as error:
            self.error = str(error)
        except BaseException:
            self.error = f"{self.title} has failed; the server's log says why."
            raise

    def _report(self, line: str) -> None:
        self.line = line


class BackgroundLook(Generic[Value]):
    """The latest answer to a slow query, None before the first one; `error` is the last failure's sentence."""

    def __init__(self, ask: Callable[[], Value]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._asked = self._wanted = float("-inf")
        self.value: Value | None = None
        self.error = ""

    def renew(self, seconds: float) -> None:
        """Start the query again if the last one is older than that many seconds and none is running.

        If the running query's answer may already be too old, the next call starts another query.
        """
        with self._lock:
            is_asking = self._thread is not None and self._thread.is_alive()
            self._wanted = max(self._wanted, time.monotonic() - seconds)
            if is_asking or self._asked >= self._wanted:
                return
            self._asked = time.monotonic()
            self._thread = threading.Thread(target=self._run, daemon=True, name="look")
            self._thread.start()

    def _run(self) -> None:
        try:
            self.value, self.error = self._ask(), ""
        except SentimentError as error:
            self.error = str(error)
        except BaseException:
            self.error = "This has failed; the server's log says why."
            raise


class BackgroundDownload:
    """One download at a time; `error` is the sentence of the last one's failure, "" if it did not fail."""

    def __init__(self, download: Callable[[Path, Received], Path]) -> None:
        self._download = download
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.done_bytes = 0
        self.total_bytes = 0
        self.error = ""

    @property
    def is_running(self) -> bool:
        """Whether bytes are being received or verified."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def share(self) -> float:
        """The share received, 0 to 1; 0 while the size is unknown."""
        return self.done_bytes / self.total_bytes if self.total_bytes else 0.0

    def start(self, destination: Path) -> None:
        """Start a download into the directory; no effect while a download is running."""
        with self._lock:
            if self.is_running:
                return
            self.done_bytes, self.total_bytes, self.error = 0, 0, ""
            self._thread = threading.Thread(target=self._run, args=(destination,), daemon=True)
            self._thread.start()

    def _run(self, destination: Path) -> None:
        try:
            self._download(destination, self._report)
        except SentimentError as error:
            self.error = str(error)

    def _report(self, done: int, total: int) -> None:
        self.done_bytes, self.total_bytes = done, total
