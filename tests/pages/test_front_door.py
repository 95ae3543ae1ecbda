"""The entry point without a browser: every page runs behind it, and the sidebar shows the current model."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import ui
from sentiment.jobs import registry
from sentiment.system import storage

PAGES = (
    *("score/review", "score/batch", "train/launch", "train/monitor", "models/compare"),
    *("cloud/endpoints", "score/transform", "cloud/running", "models/manage"),
)


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    return AppTest.from_file(storage.PROJECT / "streamlit_app.py", default_timeout=120)


@pytest.mark.parametrize("name", PAGES)
def test_page_runs_twice_behind_the_front_door(app, name):
    app.run()
    app.switch_page(f"pages/{name}.py").run()
    app.run()
    assert not app.exception
    assert app.title
    assert app.sidebar.caption


def test_sidebar_names_the_first_model_and_its_device(app):
    name = ui.warm_up().result()
    app.run()
    shipped = ui.models()[0]
    elsewhere = shipped.report["kinds"]["never_met"]["balanced_accuracy"]
    label = f"Reviews of anything (shipped) · {elsewhere:.2f} on new kinds of goods · {name}"
    assert ui.plain(label) in app.sidebar.caption[0].value


def test_sidebar_links_to_the_jobs_that_work(app, tmp_path):
    assert not app.run().sidebar.get("page_link")
    script = tmp_path / "work.py"
    script.write_text("import signal; signal.pause()")
    job = registry.start("train", [], {}, "slow", _script=script)
    try:
        links = app.run().sidebar.get("page_link")
        assert [link.proto.label for link in links] == [f"{ui.plain(job.name)} · training"]
    finally:
        job.stop()
