"""The launch page: from a labelled table to a job that trains for real."""

import dataclasses
import os
import shutil
import signal

import pytest
from streamlit.testing.v1 import AppTest

from pages.train.table_columns import excerpt
from sentiment.jobs import estimates, registry, training_request
from sentiment.jobs.run_directory import recorded
from sentiment.model import bundle
from sentiment.system import storage
from sentiment.training.loop.config import PRETRAINING, PRETRAINING_SETTINGS, TrainConfig
from sentiment.training.pretraining import network_file
from tests.support.waiting import until

GOOD = ["a warm and funny film", "the cast is wonderful", "moving and clever", "I would see it again"]
BAD = ["a dull and clumsy film", "the plot is a mess", "tedious from the start", "I left before the end"]
SMALL = {"hidden_size": 4, "embedding_size": 4, "epochs": 2, "vocabulary_size": 100, "maximum_length": 20}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("IMDB_ARCHIVE", raising=False)
    yield
    for job in [*registry.all_jobs(), *registry.all_jobs("estimate")]:
        if job.is_active and job.status.process:
            os.kill(job.status.process.pid, signal.SIGKILL)


@pytest.fixture
def table(tmp_path):
    """Write a labelled table of 120 reviews; grade C is neither good nor bad."""
    lines = ["text,grade"]
    for number in range(50):
        lines += [f"{GOOD[number % 4]} take {number},A", f"{BAD[number % 4]} take {number},D"]
    lines += [f"it was shown on a Sunday {number},C" for number in range(20)]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def opened(**query):
    app = AppTest.from_file(str(storage.PROJECT / "streamlit_app.py"), default_timeout=120).run()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/train/launch.py").run()
    assert not app.exception
    return app


def from_nothing(app):
    """Select another preset than the one suggested for a small table."""
    app.button_group(key="preset fine-tune").set_value("modern").run()


def button(app, label):
    return next((one for one in app.button if one.label == label), None)


def choose_path(app, path, kind="train"):
    app.button_group(key=f"source {kind}").set_value("A path on this machine").run()
    app.text_input(key="path").set_value(str(path)).run()
    assert not app.exception
    return app


def told_plainly(table):
    """Rewrite the table so that its labels are self-explanatory, and return its text."""
    text = table.read_text().replace("grade", "sentiment")
    text = text.replace(",A", ",positive").replace(",D", ",negative").replace(",C", ",neutral")
    table.write_text(text)
    return text


def said(app):
    return "\n".join(one.value for one in [*app.markdown, *app.caption, *app.error, *app.info])


def test_without_the_archive_imdb_is_offered_and_nothing_can_be_started():
    app = opened()
    assert "not on this machine yet" in said(app)
    assert button(app, "Get IMDb") is not None
    assert button(app, "Start").disabled
    assert "Choose the data first." in said(app)


def test_the_form_has_every_setting_with_its_default_and_its_reason():
    app = opened()
    widgets = {one.key for kind in (app.number_input, app.selectbox, app.checkbox, app.text_input) for one in kind}
    for item in dataclasses.fields(TrainConfig):
        assert f"modern {item.name}" in widgets
    assert app.number_input(key="modern hidden_size").value == TrainConfig().hidden_size
    assert "Units per direction" in said(app)
    assert "time grows with their square" in said(app)


def test_another_preset_brings_its_own_defaults():
    app = opened()
    app.button_group(key="preset modern").set_value("classic").run()
    assert app.number_input(key="classic vocabulary_size").value == 5_000
    assert app.selectbox(key="classic text").value == "classic"


def test_a_table_is_asked_once_what_its_labels_mean_and_then_trained_on(table):
    app = choose_path(opened(), table)
    app.selectbox(key=f"label {table}").set_value("grade").run()
    assert "negative and which positive" in app.error[0].value
    assert button(app, "Start").disabled
    app.multiselect(key=f"negative {table} grade").set_value(["d"]).run()
    app.multiselect(key=f"positive {table} grade").set_value(["a"]).run()
    assert "**50 negative reviews**" in said(app)
    assert "a warm and funny film" in said(app)
    from_nothing(app)
    for name, value in SMALL.items():
        app.number_input(key=f"modern {name}").set_value(value)
    button(app, "Start").click().run()
    assert not app.exception
    assert app.title[0].value == "Monitor"
    (job,) = registry.all_jobs()
    request = training_request.from_settings(job.settings)
    assert request.config == dataclasses.replace(TrainConfig(), **SMALL)
    assert request.mapping.left_out == ("c",)
    until(lambda: not registry.load(job.directory).is_active)
    job = registry.load(job.directory)
    assert (job.state, job.reason) == ("done", "")
    assert job.bundle is not None
    assert len(job.history) >= 1
    estimate = estimates.known(request)
    assert 0 < estimate.seconds < 60
    assert job.id in estimate.source


def test_what_is_chosen_is_there_again_when_the_page_was_left(table):
    app = opened()
    app.button_group(key="source train").set_value("Upload a table").run()
    app.file_uploader(key="uploaded_turn 0").upload("mine.csv", table.read_bytes(), "text/csv").run()
    kept = next((storage.home() / "tables").rglob("mine.csv"))
    app.selectbox(key=f"label {kept}").set_value("grade").run()
    app.multiselect(key=f"negative {kept} grade").set_value(["d"]).run()
    app.multiselect(key=f"positive {kept} grade").set_value(["a"]).run()
    app.button_group(key="preset fine-tune").set_value("quick").run()
    app.switch_page("pages/train/monitor.py").run()
    app.switch_page("pages/train/launch.py").run()
    assert not app.exception
    assert "Uploaded: mine" in said(app)
    assert "**50 negative reviews**" in said(app)
    assert "As modern with one pass" in said(app)


def test_changed_settings_are_reported_outlive_leaving_the_page_and_can_be_reset():
    app = opened()
    assert "Changed" not in said(app)
    app.number_input(key="modern epochs").set_value(9).run()
    app.checkbox(key="modern names").set_value(True).run()
    app.switch_page("pages/train/monitor.py").run()
    app.switch_page("pages/train/launch.py").run()
    epochs = TrainConfig().epochs
    assert f"Changed: Names on instead of off; Epochs 9 instead of {epochs}." in said(app).replace("\\", "")
    button(app, "Reset").click().run()
    assert not app.exception
    assert "Changed" not in said(app)
    assert button(app, "Reset") is None
    assert [one.value for one in app.number_input if one.label == "Epochs"] == [epochs]


def test_a_cloned_job_opens_as_it_was_whatever_was_changed_before(tmp_path):
    directory = storage.home() / "runs" / "tuned-0101-0101"
    with recorded(directory, "train", {"data": "/nowhere.csv", "epochs": 3}):
        pass
    app = opened(**{"from": directory.name})
    app.number_input(key="clone epochs").set_value(8).run()
    assert "Changed: Epochs 8 instead of 3." in said(app).replace("\\", "")
    app.switch_page("pages/train/monitor.py").run()
    app.query_params["from"] = directory.name
    app.switch_page("pages/train/launch.py").run()
    assert app.number_input(key="clone epochs").value == 3


def test_the_time_is_estimated_and_follows_the_settings_as_they_are_changed(table):
    told_plainly(table)
    app = choose_path(opened(), table)
    from_nothing(app)
    for name, value in SMALL.items():
        app.number_input(key=f"modern {name}").set_value(value)
    button(app, "Estimate the time").click().run()
    assert not app.exception
    until(lambda: "for 2 epochs, measured on this machine" in said(app.run()), 120)
    app.number_input(key="modern epochs").set_value(5).run()
    assert "for 5 epochs, measured on this machine" in said(app)
    app.number_input(key="modern hidden_size").set_value(5).run()
    assert "it measures a few seconds of training" in said(app)
    assert registry.all_jobs() == []


def test_a_table_of_one_label_is_refused_with_what_it_lacks(tmp_path):
    path = tmp_path / "all_good.csv"
    path.write_text("text,label\n" + "".join(f"a film number {n},good\n" for n in range(30)))
    app = choose_path(opened(), path)
    assert "holds one label only, good (30)" in app.error[0].value.replace("\\", "")
    assert not app.multiselect


def test_an_example_of_a_class_shows_a_review_without_markup_of_any_kind():
    assert excerpt("Bold<br /><br />and *new* " + "so " * 200).startswith(r"Bold and \*new\* so so")
    assert excerpt("one\n\ntwo") == "one two"


def test_too_few_reviews_are_refused_in_words(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("text,label\n" + "".join(f"a film {n},{n % 2}\n" for n in range(18)))
    app = choose_path(opened(), path)
    assert app.error
    assert "at least 10 of each class" in app.error[0].value
    assert button(app, "Start").disabled


def test_a_path_with_nothing_there_is_reported():
    app = choose_path(opened(), "/nowhere/reviews.csv")
    assert "There is no file" in app.error[0].value


def test_a_small_table_goes_on_from_the_shipped_model(table):
    told_plainly(table)
    app = choose_path(opened(), table)
    button(app, "Start").click().run()
    (job,) = registry.all_jobs()
    until(lambda: not registry.load(job.directory).is_active)
    job = registry.load(job.directory)
    assert (job.state, job.reason) == ("done", "")
    without_dropout = {"dropout_words": 0.0, "dropout_embedding": 0.0, "dropout_output": 0.0}
    trained, shipped = (
        dataclasses.replace(bundle.describe(directory).config.architecture, **without_dropout)
        for directory in (job.bundle, storage.SHIPPED_BUNDLE)
    )
    assert trained == shipped
    app.switch_page("pages/train/monitor.py").run()
    assert "for the starting model" in said(app)
    assert not app.get("vega_lite_chart")


def test_a_setting_that_cannot_work_is_reported_and_starts_nothing(table):
    told_plainly(table)
    app = choose_path(opened(), table)
    assert not button(app, "Start").disabled
    from_nothing(app)
    app.number_input(key="modern epochs").set_value(0)
    button(app, "Start").click().run()
    assert not app.exception
    assert "epochs" in app.error[0].value
    assert registry.all_jobs() == []


def test_an_uploaded_table_is_kept_where_a_job_finds_it(table):
    app = opened()
    app.button_group(key="source train").set_value("Upload a table").run()
    content = told_plainly(table)
    app.file_uploader(key="uploaded_turn 0").upload("mine.csv", content.encode(), "text/csv").run()
    assert not app.exception
    (kept,) = (storage.home() / "tables").rglob("mine.csv")
    assert kept.read_text() == content
    assert "**50 positive reviews**" in said(app)


def test_a_job_that_is_gone_cannot_be_cloned_and_the_page_says_so():
    app = opened(**{"from": "gone"})
    assert "no job called" in app.error[0].value
    assert "Start" in [one.label for one in app.button]


def test_a_pretrained_network_that_is_gone_is_reported_and_the_form_stays():
    app = opened(start="gone")
    assert "There is no job called gone" in app.error[0].value
    assert [header.value for header in app.header] == ["1. Data", "2. Method", "3. Start"]


@pytest.fixture
def finished_pretraining(tiny_pretrained):
    """Create a finished pretraining job in the folder of jobs."""
    directory = storage.home() / "runs" / "words-0101-0101"
    with recorded(directory, "pretrain", {"kind": "pretrain", "data": "/nowhere.csv"}):
        shutil.copytree(tiny_pretrained, directory / "model")
    return registry.load(directory)


def pretraining(app):
    app.button_group(key="goal train").set_value("pretrain").run()
    assert not app.exception
    return app


def test_pretraining_asks_for_its_own_settings_only_and_offers_no_sample_table():
    app = pretraining(opened())
    widgets = {one.key for kind in (app.number_input, app.selectbox, app.checkbox, app.text_input) for one in kind}
    asked = {key.removeprefix("pretrain ") for key in widgets if key and key.startswith("pretrain ")}
    assert asked == set(PRETRAINING_SETTINGS)
    assert app.number_input(key="pretrain hidden_size").value == PRETRAINING["pretrain"].hidden_size
    assert not any("Sample table" in option for option in app.button_group(key="source pretrain").options)


def test_pretraining_needs_no_labels_and_starts_a_job_that_says_when_there_is_too_little_text(table):
    app = choose_path(pretraining(opened()), table, "pretrain")
    assert app.selectbox(key=f"text {table}").value == "text"
    assert "**120 reviews**" in said(app)
    assert "a warm and funny film" in said(app)
    assert not app.error
    app.number_input(key="pretrain epochs").set_value(7)
    button(app, "Start").click().run()
    assert not app.exception
    assert app.title[0].value == "Monitor"
    (job,) = registry.all_jobs("pretrain")
    request = training_request.from_settings(job.settings)
    assert request.config == dataclasses.replace(PRETRAINING["pretrain"], epochs=7)
    assert (request.kind, request.data, request.text_column) == ("pretrain", table, "text")
    until(lambda: not registry.load(job.directory).is_active)
    assert "tokens to train on" in registry.load(job.directory).reason


def test_training_can_start_from_a_finished_pretraining(table, finished_pretraining):
    told_plainly(table)
    app = choose_path(opened(start=finished_pretraining.id), table)
    start = app.selectbox(key="pretrained start")
    assert start.value == str(finished_pretraining.pretrained)
    assert start.options[0] == "Nothing"
    assert any(option.startswith("Reviews of anything (shipped)") for option in start.options)
    assert f"{finished_pretraining.id}, pretrained" in start.options
    app.number_input(key="pretrained epochs").set_value(1)
    app.number_input(key="pretrained batch_size").set_value(2)
    app.number_input(key="pretrained phrases").set_value(0)
    button(app, "Start").click().run()
    (job,) = registry.all_jobs("train")
    until(lambda: not registry.load(job.directory).is_active)
    job = registry.load(job.directory)
    assert (job.state, job.reason) == ("done", "")
    assert (
        bundle.load(job.bundle).vocabulary.tokens
        == network_file.load(finished_pretraining.pretrained).vocabulary.tokens
    )


def test_a_cloned_pretraining_opens_as_one(finished_pretraining):
    app = opened(**{"from": finished_pretraining.id})
    assert app.button_group(key="goal pretrain cloned").value == "pretrain"
    assert app.number_input(key="clone hidden_size") is not None


def test_a_directory_that_the_form_does_not_know_is_kept_as_the_start(tmp_path):
    directory = storage.home() / "runs" / "tuned-0101-0101"
    with recorded(directory, "train", {"data": "/nowhere.csv", "start": str(tmp_path / "mine")}):
        pass
    app = opened(**{"from": directory.name})
    assert app.selectbox(key="clone start").value == str(tmp_path / "mine")


def test_how_an_uploaded_table_is_read_can_be_chosen(table):
    app = opened()
    app.button_group(key="source train").set_value("Upload a table").run()
    content = "some export\nmade in May\n" + told_plainly(table)
    app.file_uploader(key="uploaded_turn 0").upload("mine.csv", content.encode(), "text/csv").run()
    (kept,) = (storage.home() / "tables").rglob("mine.csv")
    app.selectbox(key=f"skip_rows {kept}").set_value(2).run()
    assert not app.exception
    assert "**50 positive reviews**" in said(app)
