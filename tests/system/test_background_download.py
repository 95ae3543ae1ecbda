"""A download beside the dashboard, from a real server on this machine."""

import functools
import hashlib
import http.server
import threading

import pytest

from sentiment.data.imdb_download import download
from sentiment.system.background_download import BackgroundDownload

CONTENT = b"not really an archive" * 10_000


@pytest.fixture
def address(tmp_path):
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "archive.tar.gz").write_bytes(CONTENT)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/archive.tar.gz"
        server.shutdown()


def ended(background):
    background._thread.join(timeout=20)
    assert not background.is_running
    return background


def test_the_file_arrives_and_the_bytes_are_counted(tmp_path, address):
    fetch = functools.partial(download, url=address, md5=hashlib.md5(CONTENT).hexdigest())
    background = BackgroundDownload(fetch)
    background.start(tmp_path / "data")
    ended(background)
    assert (tmp_path / "data" / "archive.tar.gz").read_bytes() == CONTENT
    assert (background.error, background.share) == ("", 1.0)
    assert background.total_bytes == len(CONTENT)


def test_a_failure_is_a_sentence_and_the_next_start_clears_it(tmp_path, address):
    background = BackgroundDownload(functools.partial(download, url=address, md5="0" * 32))
    background.start(tmp_path / "data")
    assert "is not the archive" in ended(background).error
    background.start(tmp_path / "data")
    ended(background)
    assert not (tmp_path / "data" / "archive.tar.gz").exists()


def test_a_second_start_does_not_begin_a_second_download(tmp_path):
    begun, go = [], threading.Event()

    def slow(destination, report):
        begun.append(destination)
        go.wait(timeout=20)
        return destination

    background = BackgroundDownload(slow)
    background.start(tmp_path)
    background.start(tmp_path)
    go.set()
    ended(background)
    assert len(begun) == 1
