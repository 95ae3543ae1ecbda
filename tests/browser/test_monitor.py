"""Pages with timed fragments in a browser: no click is lost and no page cleared, whatever the jobs do meanwhile."""

import re

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from sentiment.jobs import registry
from sentiment.system import storage
from tests.support.waiting import until

WAITS = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(storage.PROJECT)!r})
from sentiment.jobs.run_directory import recorded
with recorded(Path(sys.argv[sys.argv.index("--run") + 1]), "train", {{}}) as run:
    while not run.stop_requested:
        time.sleep(0.01)
"""


@pytest.fixture
def waiting_job(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(server.home))
    script = tmp_path / "train.py"
    script.write_text(WAITS)
    job = registry.start("train", (), {"epochs": 8}, "waiting", _script=script)
    until(lambda: registry.load(job.directory).state == "running")
    return job


def test_a_click_counts_that_comes_when_the_job_has_just_moved_on(server, page, settle, waiting_job):
    page.goto(f"{server.url}/monitor?run={waiting_job.id}")
    # While a page is drawn Streamlit's own header has a button Stop, too.
    expect(page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True)).to_be_enabled()
    # The page now looks at its jobs only when something is clicked.
    page.get_by_text("Live", exact=True).click()
    settle(page)
    waiting_job.stop()
    until(lambda: not registry.load(waiting_job.directory).is_active)
    page.get_by_role("button", name="Clone with changes").click()
    expect(page).to_have_url(re.compile(f"/train\\?from={waiting_job.id}"))


class LateTimer:
    """Repeats the browser's last request for a timed fragment while the server draws the next page.

    That is a timer that fires before the browser knows of the next page, and whose request takes long to arrive.
    """

    def __init__(self):
        self.last, self.late = None, None

    def connect(self, socket):
        server = socket.connect_to_server()
        socket.on_message(lambda message: self._forward(server, message))
        server.on_message(lambda message: self._answer(socket, server, message))

    def _forward(self, server, message):
        server.send(message)
        asked = BackMsg.FromString(message).rerun_script
        if asked.is_auto_rerun:
            self.last = message
        elif asked.page_script_hash:
            self.last, self.late = None, self.last
            if self.late:
                server.send(self.late)

    def _answer(self, socket, server, message):
        socket.send(message)
        if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
            self.late = None
        elif self.late:
            server.send(self.late)


def test_a_page_stays_when_a_timer_of_the_previous_one_fires_late(server, page, settle, waiting_job):
    timer = LateTimer()
    page.route_web_socket(re.compile("_stcore/stream"), timer.connect)
    page.goto(f"{server.url}/monitor?run={waiting_job.id}")
    settle(page)
    for title in ("Models", "Monitor"):
        until(lambda: (page.wait_for_timeout(100), timer.last)[1])
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
        settle(page)
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()
