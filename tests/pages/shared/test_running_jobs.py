"""The running jobs in the sidebar: every kind has a link, and an ended job is announced once."""

import pytest
from streamlit.testing.v1 import AppTest

from sentiment.jobs import registry
from sentiment.system import storage
from tests.support.dashboard import end_jobs
from tests.support.waiting import until


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    yield AppTest.from_file(storage.PROJECT / "streamlit_app.py", default_timeout=120)
    end_jobs("train", "score")


def started(tmp_path, kind, settings):
    script = tmp_path / "work.py"
    script.write_text("import signal; signal.pause()")
    return registry.start(kind, [], settings, "slow", _script=script)


def links(app):
    assert not app.exception
    return [link.proto.label.replace("\\", "") for link in app.sidebar.get("page_link")]


def test_jobs_of_every_kind_have_a_link_and_their_ending_is_announced_once(app, tmp_path):
    assert links(app.run()) == []
    training = started(tmp_path, "train", {})
    scoring = started(tmp_path, "score", {"path": "/tables/hotel reviews.csv"})
    assert sorted(links(app.run())) == ["hotel reviews.csv · scoring", f"{training.name} · training"]
    scoring.stop()
    until(lambda: not registry.load(scoring.directory).is_active)
    app.run()
    assert links(app) == [f"{training.name} · training"]
    assert [toast.value.replace("\\", "") for toast in app.toast] == ["hotel reviews.csv: scoring stopped"]
    assert not app.run().toast


def test_a_long_title_leaves_room_for_what_the_job_does(app, tmp_path):
    name = "all hotel reviews of the year 2025, cleaned.csv"
    started(tmp_path, "score", {"path": f"/tables/{name}"})
    assert links(app.run()) == ["all hotel reviews of… · scoring"]
    assert app.sidebar.get("page_link")[0].proto.help.replace("\\", "") == name


def test_a_job_that_is_deleted_meanwhile_is_not_announced(app, tmp_path):
    job = started(tmp_path, "train", {})
    app.run()
    job.stop()
    until(lambda: not registry.load(job.directory).is_active)
    registry.load(job.directory).delete()
    assert links(app.run()) == []
    assert not app.toast
