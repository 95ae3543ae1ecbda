"""The page of all models, without a browser."""

import shutil

import pytest

from sentiment.jobs import model_library
from sentiment.model import bundle_archive
from sentiment.system import storage
from tests.support.dashboard import checked, open_page, words

PAGE = "pages/models/manage.py"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def tiny(home, tiny_bundle):
    return shutil.copytree(tiny_bundle, home / "runs" / "tiny" / "model")


def names(app):
    return [heading.value.split(" :")[0].replace("\\", "") for heading in app.header]


def press(app, label):
    return checked(next(one for one in app.button if one.label == label).click().run())


def test_the_shipped_model_is_shown_and_cannot_be_deleted():
    app = open_page(PAGE)
    assert names(app) == ["shipped"]
    assert "default" in app.header[0].value
    assert "on new kinds of goods · " in words(app)
    assert "on 12,500 reviews of IMDb" in words(app)
    assert "trained on" in words(app)
    assert {"films", "restaurants: zomato"} <= set(app.dataframe[0].value["kind"])
    assert "Delete the model" not in [one.label for one in app.button]


def test_a_model_is_renamed_with_notes_and_the_picker_calls_it_so(tiny):
    app = open_page(PAGE)
    app.text_input[1].set_value("Hotels")
    app.text_area[1].set_value("Only *our* hotels.")
    checked(app.button(key="FormSubmitter:edit_tiny-Save").click().run())
    assert names(app) == ["shipped", "Hotels"]
    assert "Only *our* hotels." in words(app)
    app.switch_page("pages/score/review.py").run()
    named = [option.split(" · ")[0] for option in app.selectbox(key="model").options]
    assert named == ["Reviews of anything (shipped)", "Hotels"]


def test_a_name_that_is_taken_is_refused_in_words(tiny):
    app = open_page(PAGE)
    app.text_input[1].set_value("shipped")
    checked(app.button(key="FormSubmitter:edit_tiny-Save").click().run())
    assert "Another model is called shipped" in words(app)
    assert "Delete the model" in [one.label for one in app.button]  # the page goes on below the error


def test_another_default_is_what_a_new_session_opens_with(tiny):
    checked(open_page(PAGE).button(key="default_tiny").click().run())
    app = open_page("pages/score/review.py")
    assert app.selectbox(key="model").value == "tiny"


def test_use_leads_to_a_review_scored_by_the_model(tiny):
    app = checked(open_page(PAGE).button(key="use_tiny").click().run())
    assert app.title[0].value == "Score a review"
    assert app.selectbox(key="model").value == "tiny"


def test_a_model_is_deleted(tiny):
    app = press(open_page(PAGE), "Delete the model")
    assert names(app) == ["shipped"]


def test_an_exported_model_is_imported_and_the_note_can_be_dismissed(tiny_bundle):
    app = open_page(PAGE)
    app.file_uploader(key="import_0").upload("hotels.tar.gz", bundle_archive.packed(tiny_bundle), "application/gzip")
    checked(app.run())
    assert len(names(app)) == 2
    assert "Imported hotels" in words(app)
    assert "Imported" not in words(press(app, "Dismiss"))


def test_an_imported_model_keeps_the_name_that_it_was_exported_with(tiny_bundle):
    archive = bundle_archive.packed(tiny_bundle, {"name": "Hotels *2*", "notes": "From Ana."})
    app = open_page(PAGE)
    app.file_uploader(key="import_0").upload("download.tar.gz", archive, "application/gzip")
    checked(app.run())
    assert names(app) == ["shipped", "Hotels *2*"]
    assert "Imported Hotels *2*." in words(app)
    assert "From Ana." in words(app)


def test_a_link_shows_its_model_and_one_button_shows_all_again(tiny):
    app = open_page(PAGE, model="tiny")
    assert names(app) == ["tiny"]
    app = press(app, "Show all 2 models")
    assert names(app) == ["shipped", "tiny"]
    assert "model" not in app.query_params


def test_a_link_to_an_unknown_model_says_so_and_shows_all(tiny):
    app = open_page(PAGE, model="go*ne")
    assert "There is no model called go*ne on this machine" in words(app)
    assert names(app) == ["shipped", "tiny"]


def test_a_linked_model_can_be_deleted_without_a_warning(tiny):
    app = press(open_page(PAGE, model="tiny"), "Delete the model")
    assert names(app) == ["shipped"]
    assert "There is no model" not in words(app)


def test_a_file_that_is_no_model_is_refused_in_words():
    app = open_page(PAGE)
    app.file_uploader(key="import_0").upload("hotels.tar.gz", b"something else", "application/gzip")
    assert "hotels.tar.gz was not imported. The file is not an exported model" in words(checked(app.run()))
    assert "not imported" not in words(press(app, "Dismiss"))
    assert list(model_library.cards()) == ["shipped"]


def test_many_models_can_be_searched(tiny_bundle):
    for number in range(6):
        shutil.copytree(tiny_bundle, storage.home() / "runs" / f"model{number}" / "model")
    app = open_page(PAGE)
    app.text_input(key="model_search").set_value("MODEL3").run()
    assert names(checked(app)) == ["model3"]
