"""The download of the IMDb archive beside the dashboard: in a thread, watched from any page."""

import threading
from collections.abc import Callable
from pathlib import Path

from sentiment.data import imdb_download
from sentiment.errors import SentimentError

Report = Callable[[int, int], None]


class BackgroundDownload:
    """One download at a time; `error` is the sentence of the last one's failure, "" when there was none."""

    def __init__(self, download: Callable[[Path, Report], Path] = imdb_download.download) -> None:
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
