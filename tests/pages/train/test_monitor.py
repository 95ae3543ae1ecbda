"""The monitor page, with jobs that are real processes and real run directories."""

import os
import signal

import pytest
from streamlit.testing.v1 import AppTest

from sentiment.jobs import registry
from sentiment.jobs.run_directory import read_status
from sentiment.system import storage
from tests.support.waiting import until

SCRIPT = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(storage.PROJECT)!r})
from sentiment.jobs.run_directory import recorded
directory = Path(sys.argv[sys.argv.index("--run") + 1])
with recorded(directory, Path(__file__).stem, {{}}) as run:
    for number, bce in enumerate([0.5, 0.3, 0.4, 0.45], start=1):
        print(f"epoch={{number}} train_bce={{0.6 / number}} train_accuracy=0.8 validation_bce={{bce}} "
              f"validation_accuracy=0.{{9 - number}} seconds=60.0")
    print("step=30 of=60 train_bce=0.1")
    while "--wait" in sys.argv and not run.stop_requested:
        time.sleep(0.01)
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    yield
    for job in registry.all_jobs():
        if job.is_active and job.status.process:
            os.kill(job.status.process.pid, signal.SIGKILL)


@pytest.fixture
def start(tmp_path):
    def start(name, *arguments, kind="train", **settings):
        script = tmp_path / f"{kind}.py"
        script.write_text(SCRIPT)
        job = registry.start(kind, arguments, {"epochs": 8} | settings, name, _script=script)
        until(lambda: len(registry.load(job.directory).rows) == 5)
        if kind == "pretrain":
            (job.directory / "model").mkdir()
            (job.directory / "model" / "config.json").write_text("{}")
        if "--wait" not in arguments:
            until(lambda: not registry.load(job.directory).is_active)
        return job

    return start


def opened(*runs):
    app = AppTest.from_file(str(storage.PROJECT / "streamlit_app.py"), default_timeout=120).run()
    if runs:
        app.query_params["run"] = list(runs)
    app.switch_page("pages/train/monitor.py").run()
    assert not app.exception
    return app


def button(app, label):
    return next((one for one in app.button if one.label == label), None)


def text(app):
    return "\n".join(one.value for one in [*app.markdown, *app.caption, *app.error, *app.info])


def test_without_jobs_the_page_explains_itself():
    app = opened()
    assert "No model has been trained here yet" in app.info[0].value
    assert not app.dataframe


def test_without_jobs_the_curves_of_the_shipped_model_are_shown():
    app = opened()
    assert len(app.get("vega_lite_chart")) == 2
    assert "The model that ships with the project" in [heading.value for heading in app.header]


def test_costs_are_listed_where_there_are_any(start):
    start("free")
    assert "cost" not in opened().dataframe[0].value.columns


def test_the_last_job_is_shown_with_curves_verdict_command_and_log(start):
    start("older")
    job = start("newer")
    app = opened()
    assert app.dataframe[0].value["job"][0] == job.id
    assert list(app.dataframe[0].value["state"]) == ["✓ done", "✓ done"]
    assert app.dataframe[0].value["accuracy"][0] == 0.7
    assert app.dataframe[0].proto.HasField("placeholder")  # else Streamlit writes None for a missing accuracy
    assert "overfitting, best was epoch 2" in text(app)
    assert len(app.get("vega_lite_chart")) == 2
    assert job.command in [block.value for block in app.code]
    assert any("step=30 of=60" in block.value for block in app.code)
    assert "✓ done 2" in text(app)


def test_a_job_that_does_not_exist_is_said_to_and_the_newest_is_shown(start):
    app = opened()
    app.query_params["run"] = "gone"
    app.run()
    assert "There is no job called gone" in app.warning[0].value
    job = start("tiny")
    app = opened()
    app.query_params["run"] = "gone"
    app.run()
    assert "There is no job called gone" in app.warning[0].value
    assert job.command in [block.value for block in app.code]


def test_a_running_job_shows_its_progress_and_can_be_stopped(start):
    job = start("tiny", "--wait")
    app = opened()
    (bar,) = app.get("progress")
    assert bar.value == round(100 * 4.5 / 8)
    assert "Epoch 5 of 8, step 30 of 60" in bar.text
    assert "4 min left" in bar.text
    assert button(app, "Delete").disabled
    assert button(app, "Resume") is None
    button(app, "Stop").click().run()
    until(lambda: read_status(job.directory).state == "stopped")
    app.run()
    assert not app.exception
    assert button(app, "Stop") is None
    assert button(app, "Resume") is not None


def test_a_stopped_job_is_resumed(start):
    job = start("tiny", "--wait")
    registry.load(job.directory).stop()
    until(lambda: read_status(job.directory).state == "stopped")
    app = opened()
    button(app, "Resume").click().run()
    assert registry.load(job.directory).is_active


def test_a_dead_job_is_shown_as_failed_with_its_reason(start):
    job = start("tiny", "--wait")
    os.kill(read_status(job.directory).process.pid, signal.SIGKILL)
    app = opened()
    assert list(app.dataframe[0].value["state"]) == ["✕ failed"]
    assert "The process died" in app.error[0].value


def test_jobs_of_the_same_settings_are_said_to_be_so(start):
    one, other = start("one", dropout=0.1), start("other", dropout=0.1)
    app = opened(one.id, other.id)
    assert "these jobs have the same settings" in text(app)
    assert len(app.dataframe) == 1


def test_several_jobs_are_compared_by_what_differs(start):
    one, other = start("one", dropout=0.1), start("other", dropout=0.5)
    app = opened(one.id, other.id)
    assert button(app, "Delete") is None
    differing = app.dataframe[1].value
    assert list(differing.index) == ["dropout"]
    assert differing.loc["dropout", other.id] == "0.5"


def test_the_address_chooses_the_job(start):
    older = start("older")
    start("newer")
    app = opened(older.id)
    assert older.command in [block.value for block in app.code]


def test_delete_asks_first_and_then_removes_the_directory(start):
    job = start("tiny")
    app = opened()
    button(app, "Delete").click().run()
    assert job.directory.exists()
    button(app, "Delete the job").click().run()
    assert not job.directory.exists()
    assert not app.exception


def test_clone_opens_the_form_with_the_settings_of_the_job(start):
    start("tiny", hidden_size=24, data="/nowhere/reviews.csv")
    app = opened()
    button(app, "Clone with changes").click().run()
    assert not app.exception
    assert app.title[0].value == "Train a model"
    assert app.number_input(key="clone hidden_size").value == 24


def test_a_pretraining_is_labelled_as_what_it_is_and_offers_to_train_from_it(start):
    job = start("words", kind="pretrain")
    app = opened()
    row = app.dataframe[0].value.iloc[0]
    assert (row["task"], row["accuracy"]) == ("language model", None)
    assert "Cross-entropy per token" in text(app)
    assert "Share of next words guessed" in text(app)
    assert "BCE" not in text(app)
    assert "overfitting, best was epoch 2" in text(app)
    assert button(app, "Use this model") is None
    button(app, "Train from it").click().run()
    assert not app.exception
    assert app.title[0].value == "Train a model"
    assert app.selectbox(key="pretrained start").value == str(job.directory / "model")


def test_a_language_and_verdicts_have_curves_of_their_own(start):
    one, other = start("one"), start("words", kind="pretrain")
    app = opened(one.id, other.id)
    assert len(app.get("vega_lite_chart")) == 4
    assert "**BCE**" in text(app)
    assert "Cross-entropy per token" in text(app)
