"""Background work, queries and downloads of a page: in threads, from a real server on this machine."""

import functools
import hashlib
import http.server
import threading

import pytest

from sentiment.data.imdb_download import download
from sentiment.errors import CloudError
from sentiment.system.background import BackgroundDownload, BackgroundLook, BackgroundWork
from tests.support.waiting import until

CONTENT = b"not really an archive" * 10_000


def test_work_says_how_far_it_is_and_what_came_of_it():
    go_on = threading.Event()

    def work(report):
        report("half-way")
        go_on.wait()
        return "Done."

    running = BackgroundWork("Working", work)
    until(lambda: running.line == "half-way")
    assert (running.is_done, running.result) == (False, "")
    go_on.set()
    until(lambda: running.is_done)
    assert (running.result, running.error) == ("Done.", "")
    assert running.seconds > 0


def test_work_that_fails_has_a_sentence():
    def fail(report):
        raise CloudError("AWS said no.")

    running = BackgroundWork("Working", fail)
    until(lambda: running.is_done)
    assert (running.result, running.error) == ("", "AWS said no.")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_program_is_reported_too():
    running = BackgroundWork("Deploying", lambda report: 1 / 0)
    until(lambda: running.is_done)
    assert running.error.startswith("Deploying has failed")


def test_a_look_is_renewed_only_when_it_is_old_and_keeps_its_value_when_it_fails():
    answers = iter([1, 2])

    def ask():
        try:
            return next(answers)
        except StopIteration:
            raise CloudError("AWS said no.") from None

    look = BackgroundLook(ask)
    assert look.value is None
    look.renew(60)
    until(lambda: look.value == 1)
    look.renew(60)
    assert look.value == 1
    until(lambda: (look.renew(0), look.value == 2)[1])
    until(lambda: (look.renew(0), look.error)[1])
    assert (look.value, look.error) == (2, "AWS said no.")


def test_what_was_asked_before_is_asked_again_when_its_answer_may_be_too_old():
    asked, go_on = [], threading.Event()

    def ask():
        asked.append(1)
        go_on.wait()
        return len(asked)

    look = BackgroundLook(ask)
    look.renew(60)
    until(lambda: asked)
    look.renew(0)
    go_on.set()
    until(lambda: (look.renew(60), look.value == 2)[1])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_question_that_fails_by_a_fault_of_the_program_is_not_waited_for():
    look = BackgroundLook(lambda: 1 // 0)
    look.renew(60)
    until(lambda: all(thread.name != "look" for thread in threading.enumerate()))
    assert "server's log" in look.error


def test_one_question_is_asked_at_a_time():
    asked, go_on = [], threading.Event()

    def ask():
        asked.append(1)
        go_on.wait()

    look = BackgroundLook(ask)
    for _ in range(5):
        look.renew(0)
    until(lambda: asked)
    go_on.set()
    assert len(asked) == 1


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
    until(lambda: not background.is_running)
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
        go.wait(timeout=300)
        return destination

    background = BackgroundDownload(slow)
    background.start(tmp_path)
    background.start(tmp_path)
    go.set()
    ended(background)
    assert len(begun) == 1
