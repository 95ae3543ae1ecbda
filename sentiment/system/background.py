"""Slow work and slow questions beside a page: in a thread, looked at from time to time, never waited for."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from sentiment.errors import SentimentError

Value = TypeVar("Value")
Report = Callable[[str], None]
Received = Callable[[int, int], None]  # is called with the bytes that have come, and with all that are to come


class BackgroundWork:
    """One piece of work, which has begun; `line` is what it said last.

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
        """Whether it has come to its end."""
        return not self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.monotonic() - self._started

    def wait(self, seconds: float) -> None:
        """Return when it has come to its end, or after so many seconds. Not for a page, which would stand still."""
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
    """What a slow question was answered last, None before the first answer; `error` is the last failure's sentence."""

    def __init__(self, ask: Callable[[], Value]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._asked = self._wanted = float("-inf")
        self.value: Value | None = None
        self.error = ""

    def renew(self, seconds: float) -> None:
        """Begin to ask again when the last question is older than so many seconds and nothing is being asked.

        While something is, its answer may be too old already: then the next call asks again.
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
    """One download at a time; `error` is the sentence of the last one's failure, "" when there was none."""

    def __init__(self, download: Callable[[Path, Received], Path]) -> None:
        self._download = download
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.done_bytes = 0
        self.total_bytes = 0
        self.error = ""

    @property
    def is_running(self) -> bool:
        """Whether bytes are coming in, or are being verified."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def share(self) -> float:
        """How much of it has come, 0 to 1; 0 while its size is unknown."""
        return self.done_bytes / self.total_bytes if self.total_bytes else 0.0

    def start(self, destination: Path) -> None:
        """Begin to download into the directory; nothing when a download is running."""
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
