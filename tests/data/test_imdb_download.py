import hashlib
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sentiment.data import imdb
from sentiment.data.imdb_download import download, find_imdb
from sentiment.errors import DataError

PROJECT = Path(__file__).resolve().parents[2]
NAME = "aclImdb_v1.tar.gz"


class Server(ThreadingHTTPServer):
    """Serves `content` as the archive; after `stop_after` bytes, it hangs up, or waits for `release` if that is set."""

    daemon_threads = True

    def __init__(self, content: bytes):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.stop_after = len(content)
        self.release: threading.Event | None = None
        self.requests = 0
        self.url = f"http://127.0.0.1:{self.server_port}/data/{NAME}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests += 1
        if not self.path.endswith(NAME):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(server.content)))
        self.end_headers()
        self.wfile.write(server.content[: server.stop_after])
        if server.release:
            server.release.wait(300)

    def log_message(self, *args):
        pass


@pytest.fixture
def content(miniature_archive):
    return miniature_archive.read_bytes() + bytes(300_000)  # several pieces of a download


@pytest.fixture
def md5(content):
    return hashlib.md5(content).hexdigest()


@pytest.fixture
def server(content):
    with Server(content) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_download_arrives_whole_and_reports_its_progress(server, content, md5, tmp_path):
    reports = []
    archive = download(tmp_path / "data", lambda *progress: reports.append(progress), url=server.url, md5=md5)
    assert archive == tmp_path / "data" / NAME
    assert archive.read_bytes() == content
    assert [path.name for path in archive.parent.iterdir()] == [NAME]
    assert reports[-1] == (len(content), len(content))
    assert len(reports) > 3
    assert reports == sorted(reports)


def test_a_verified_copy_is_not_downloaded_again(server, md5, tmp_path):
    download(tmp_path, url=server.url, md5=md5)
    download(tmp_path, url=server.url, md5=md5)
    assert server.requests == 1


def test_a_damaged_copy_is_replaced(server, content, md5, tmp_path):
    (tmp_path / NAME).write_bytes(content[:1000])
    assert download(tmp_path, url=server.url, md5=md5).read_bytes() == content


def test_something_else_than_the_archive_is_refused(server, tmp_path):
    with pytest.raises(DataError, match="is not the archive"):
        download(tmp_path, url=server.url, md5="0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_connection_leaves_nothing_and_the_next_try_succeeds(server, content, md5, tmp_path):
    server.stop_after = len(content) // 2
    with pytest.raises(DataError, match="the connection broke off"):
        download(tmp_path, url=server.url, md5=md5)
    assert list(tmp_path.iterdir()) == []
    server.stop_after = len(content)
    assert download(tmp_path, url=server.url, md5=md5).read_bytes() == content


def test_a_killed_download_is_never_taken_for_the_archive(server, content, md5, tmp_path):
    server.stop_after, server.release = len(content) // 2, threading.Event()
    code = (
        "import pathlib, sys; from sentiment.data.imdb_download import download\n"
        "download(pathlib.Path(sys.argv[1]), lambda *_: print(flush=True), url=sys.argv[2], md5=sys.argv[3])"
    )
    command = [sys.executable, "-c", code, str(tmp_path), server.url, md5]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) as process:
        process.stdout.readline()  # the first piece has been written
        process.send_signal(signal.SIGKILL)
    server.release.set()
    assert NAME not in [path.name for path in tmp_path.iterdir()]
    server.stop_after, server.release = len(content), None
    assert download(tmp_path, url=server.url, md5=md5).read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_an_answer_that_is_no_file_is_reported(server, tmp_path):
    with pytest.raises(DataError, match="the server answered 404"):
        download(tmp_path, url=server.url.replace(NAME, "missing"))


def test_no_network_is_reported(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DataError, match=r"cannot be reached from this machine.*IMDB_ARCHIVE"):
        download(tmp_path, url=f"http://127.0.0.1:{port}/{NAME}")


def test_a_folder_that_cannot_be_made_is_reported(server, md5, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        download(tmp_path / "file", url=server.url, md5=md5)


def test_the_archive_is_found_where_it_was_downloaded(miniature_archive, tmp_path, monkeypatch):
    monkeypatch.delenv("IMDB_ARCHIVE", raising=False)
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    assert find_imdb() is None
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / NAME).write_bytes(miniature_archive.read_bytes())
    assert find_imdb() == tmp_path / "data" / NAME
    assert len(imdb.load(find_imdb()).train) == 200


def test_imdb_archive_goes_first_and_must_exist(miniature_archive, tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_ARCHIVE", str(miniature_archive))
    assert find_imdb() == miniature_archive
    monkeypatch.setenv("IMDB_ARCHIVE", str(tmp_path / "missing"))
    with pytest.raises(DataError, match=r"IMDB_ARCHIVE is set to .*missing, which does not exist"):
        find_imdb()


def test_the_script_prints_where_the_archive_is(server, md5, tmp_path):
    script = [sys.executable, str(PROJECT / "scripts" / "get_imdb.py"), "--url", server.url]
    good = subprocess.run([*script, "--output", str(tmp_path), "--md5", md5], capture_output=True, text=True)
    assert (good.returncode, good.stdout) == (0, f"{tmp_path / NAME}\n")
    assert "100%" in good.stderr
    bad = subprocess.run([*script, "--output", str(tmp_path / "other")], capture_output=True, text=True)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "is not the archive" in bad.stderr.splitlines()[-1]
    assert "Traceback" not in bad.stderr
