"""The monitor page in a browser: no click is lost, whatever the jobs do meanwhile."""

import re

import pytest
from playwright.sync_api import expect

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
