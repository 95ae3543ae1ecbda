"""The list of models, the picker, the loaded predictor, and errors in a box."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.shared import ui
from sentiment.errors import BundleError
from sentiment.model import bundle
from sentiment.model.architecture import Architecture
from sentiment.model.bundle import BundleConfig
from sentiment.model.calibration import Calibration
from sentiment.model.network import Network
from sentiment.system import storage
from sentiment.text.vocabulary import Vocabulary

SMALL = Architecture(embedding_size=4, hidden_size=3)


def write_bundle(directory, accuracy=None):
    """Write a complete bundle with random weights."""
    vocabulary = Vocabulary.build([["good", "bad", "film"]], size=10)
    config = BundleConfig(directory.name, "modern", 20, SMALL, (), Calibration(), {}, {}, {})
    weights = {name: weight.numpy() for name, weight in Network(SMALL, len(vocabulary)).state_dict().items()}
    figures = {
        **dict.fromkeys(("accuracy_low", "accuracy_high", "bce", "ece", "decided_share", "decided_accuracy"), 0.9),
        "accuracy": accuracy,
        "reviews": 2_500,
    }
    report = {} if accuracy is None else {"test": figures}
    return bundle.save(directory, config, vocabulary, weights, [], report)


@pytest.fixture
def three_models(tmp_path, monkeypatch):
    """Create a shipped model and two trained ones, `newer` being the last; return the folder of the runs."""
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    monkeypatch.setattr(storage, "SHIPPED_BUNDLE", tmp_path / "assets" / "shipped")
    write_bundle(storage.SHIPPED_BUNDLE, accuracy=0.934)
    for seconds, name in enumerate(("older", "newer")):
        write_bundle(tmp_path / "runs" / name / "model")
        os.utime(tmp_path / "runs" / name / "model", (seconds, seconds))
    return tmp_path / "runs"


def ids():
    return [ui.model_id(card) for card in ui.models()]


def test_models_are_the_shipped_one_then_the_newest_run(three_models):
    assert ids() == ["shipped", "newer", "older"]


def test_a_damaged_model_is_passed_over(three_models):
    (three_models / "newer" / "model" / "report.json").write_text("{")
    (three_models / "older" / "model" / "weights.safetensors").unlink()
    assert ids() == ["shipped"]


def test_label_has_name_accuracy_and_device_as_far_as_known(three_models):
    name = ui.warm_up().result()
    shipped, newer, _ = ui.models()
    assert ui.label(shipped) == f"shipped · 0.93 on 2,500 reviews · {name}"
    assert ui.label(newer) == f"newer · {name}"


def test_device_is_not_reported_before_it_is_known(monkeypatch, three_models):
    monkeypatch.setattr(ui, "_warm", lambda: 1 / 0)
    ui._warming.clear()
    ui.warm_up().exception()
    assert ui.label(ui.models()[0]) == "shipped · 0.93 on 2,500 reviews"
    ui._warming.clear()


def test_predictor_is_loaded_once_and_anew_when_its_weights_are(three_models):
    directory = three_models / "newer" / "model"
    first = ui.predictor(directory)
    assert ui.predictor(directory) is first
    again = write_bundle(directory)
    assert ui.predictor(directory).fingerprint == again.fingerprint != first.fingerprint


def test_predictor_of_a_directory_without_weights_is_refused(three_models):
    with pytest.raises(BundleError, match=re.escape("config.json")):
        ui.predictor(three_models)


def picking():
    """A page that shows the picker, and another page when a button is pressed."""
    import streamlit

    from pages.shared import ui

    if not streamlit.checkbox("Elsewhere"):
        with ui.errors_shown():
            streamlit.text(str(ui.pick_model()))
    ui.show_model_in_use()


@pytest.fixture
def page(three_models):
    ui.warm_up().result()
    return AppTest.from_function(picking, default_timeout=120)


def picked(page):
    return page.text[0].value.removesuffix("/model").rsplit("/", 1)[-1]


def test_first_model_is_picked_and_the_address_is_left_alone(page):
    page.run()
    assert picked(page) == "shipped"
    assert not page.query_params


def test_picked_model_stands_in_the_address_and_outlasts_another_page(page):
    page.run()
    page.selectbox[0].set_value("older").run()
    assert page.query_params == {"model": "older"}
    page.checkbox[0].check().run()
    assert not page.selectbox
    page.checkbox[0].uncheck().run()
    assert picked(page) == "older"
    assert "older" in page.caption[0].value


def test_model_in_the_address_is_picked_until_the_user_picks_another(page):
    page.query_params["model"] = "newer"
    page.run()
    assert picked(page) == "newer"
    page.selectbox[0].set_value("older").run()
    assert picked(page) == "older"
    page.selectbox[0].set_value("shipped").run()
    assert picked(page) == "shipped"
    assert not page.query_params


def test_link_followed_later_replaces_the_choice(page):
    page.run()
    page.selectbox[0].set_value("older").run()
    page.query_params["model"] = "newer"
    page.run()
    assert picked(page) == "newer"


def test_model_that_was_deleted_gives_way_to_the_first(page, three_models):
    page.run()
    page.selectbox[0].set_value("older").run()
    (three_models / "older").rename(three_models / "moved")
    page.run()
    assert picked(page) == "shipped"


def test_no_model_at_all_is_said_in_a_box(page, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "empty"))
    monkeypatch.setattr(storage, "SHIPPED_BUNDLE", tmp_path / "nothing")
    page.run()
    assert "no model on this machine" in page.error[0].value
    assert not page.exception


def failing():
    import streamlit

    from pages.shared import ui
    from sentiment.errors import TableError

    @ui.errors_shown()
    def read():
        raise TableError("my_*file*.csv has no column ![x](http://example.invalid/x.png).")

    read()
    streamlit.text("never reached")


def test_error_is_shown_as_it_is_and_ends_the_page():
    page = AppTest.from_function(failing).run()
    assert not page.exception
    assert not page.text
    assert page.error[0].value == ui.plain("my_*file*.csv has no column ![x](http://example.invalid/x.png).")


def test_a_fault_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError), ui.errors_shown():
        raise ZeroDivisionError


@given(st.text())
def test_plain_escapes_all_punctuation_and_changes_nothing_else(text):
    escaped = ui.plain(text)
    assert re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL) == text
    assert not re.search(r"(?<!\\)[*_`\[\]<>$:!~#]", escaped.replace("\\\\", ""))


def test_an_unknown_model_in_the_address_is_said_and_the_first_is_used(page):
    page.query_params["model"] = "gone"
    page.run()
    assert "There is no model called gone" in page.warning[0].value
    assert picked(page) == "shipped"
    assert not page.run().warning
