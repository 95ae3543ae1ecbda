"""The page of one review, without a browser."""

import shutil
import time
from pathlib import Path

import pytest
import sqlalchemy as sql
import streamlit as st
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from pages.score.examples import EXAMPLES, OPENING
from pages.score.why import named_word
from sentiment.data.feedback import Feedback
from sentiment.system import storage
from tests.support.api_server import Server

PRAISE = "The plot is wonderful and the cast is superb. I loved it."
BLAME = "The plot is dreadful and the cast is awful. Avoid it."
HEADINGS = ("Positive", "Negative", "Uncertain", "Unscored")


@pytest.fixture
def home(tmp_path, monkeypatch, tiny_bundle) -> Path:
    """Return a folder of state with one trained model, and no shipped one."""
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    monkeypatch.setattr(storage, "SHIPPED_BUNDLE", tmp_path / "none")
    shutil.copytree(tiny_bundle, tmp_path / "runs" / "tiny" / "model")
    return tmp_path


@pytest.fixture
def page(home):
    """Return the dashboard, opened on its first page."""
    return AppTest.from_file(storage.PROJECT / "streamlit_app.py", default_timeout=120).run()


@pytest.fixture
def secrets(monkeypatch):
    """Add connections to the secrets: AppTest's own do not reach st.connection, which also caches them."""
    st.cache_resource.clear()
    yield lambda **connections: monkeypatch.setattr(secrets_singleton, "_secrets", {"connections": connections})
    st.cache_resource.clear()


def score(page, review):
    page.text_area(key="review").set_value(review).run()
    assert not page.exception
    return page


def verdict(page):
    return next(word for word in HEADINGS if word in page.header[0].value)


def said(page):
    return "\n".join(one.value for kind in (page.markdown, page.caption, page.info, page.error) for one in kind)


def markup(page):
    return "".join(one.proto.body for one in page.get("html"))


def opinions(home):
    engine = sql.create_engine(f"sqlite:///{home / 'feedback.sqlite'}")
    try:
        return Feedback(engine).opinions()
    finally:
        engine.dispose()


def test_it_opens_with_an_example_already_scored(page):
    assert not page.exception
    assert page.text_area(key="review").value == EXAMPLES[OPENING]
    assert verdict(page)
    assert [button.label for button in page.button if button.proto.type == "primary"] == ["Score"]


def test_the_verdict_follows_the_text(page):
    assert verdict(score(page, PRAISE)) == "Positive"
    assert verdict(score(page, BLAME)) == "Negative"
    assert "Probability of positive" in said(page)
    assert "of 5 stars · read 13 of 13 tokens" in said(page)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_picked(page, name):
    page.pills(key="example").set_value(name).run()
    assert not page.exception
    assert page.text_area(key="review").value == EXAMPLES[name]
    assert verdict(page)


@pytest.mark.parametrize("review", ["", "  \n"])
def test_an_empty_text_box_asks_for_a_review_and_gets_no_verdict(page, review):
    assert "Write or paste a review" in said(score(page, review))
    assert not page.header


def test_the_verdict_is_announced_to_screen_readers_and_has_no_icon_in_its_heading(page):
    score(page, PRAISE)
    assert '<p role="alert"' in markup(page)
    assert "Positive, probability of positive" in markup(page)
    assert ":material" not in page.header[0].value


@pytest.mark.parametrize("review", ["这部电影很好看", "asdf qwer zxcv"])
def test_what_cannot_be_read_is_unscored_and_says_so(page, review):
    assert verdict(score(page, review)) == "Unscored"
    assert "Probability" not in said(page)
    assert not page.get("vega_lite_chart")


def test_a_cut_review_says_what_was_not_read(page):
    score(page, PRAISE * 20)
    assert "tokens in the middle were not read" in said(page)
    assert "not read" in markup(page)


def test_markup_in_a_review_stays_text(page):
    score(
        page, f"{PRAISE} if 1 < 2 <script>alert(1)</script> & **bold** [link](http://example.com) :red[x] $x$ &lt;b&gt;"
    )
    assert "<script" not in markup(page)
    assert "&lt;" in markup(page)
    for line in said(page).splitlines():
        assert "[link](" not in line


def test_a_mark_among_the_strongest_words_stands_in_quotes():
    assert [named_word(word) for word in (",", "fine")] == ["“\\,”", "fine"]


def test_sentences_and_trace_come_when_asked_for(page):
    score(page, PRAISE)
    assert len(page.get("vega_lite_chart")) == 1
    page.segmented_control(key="why_view").set_value("Sentences").run()
    assert "without it" in markup(page)
    page.segmented_control(key="why_view").set_value("Reading trace").run()
    assert not page.exception
    assert len(page.get("vega_lite_chart")) == 2
    assert "The largest turn is from" in said(page)


def test_words_that_do_not_add_up_are_not_shown(page, monkeypatch):
    monkeypatch.setattr("sentiment.explanation.effects.MAXIMUM_GAP", -1.0)
    score(page, "The music is charming, do see it.")
    assert "do not add up" in said(page)
    assert "<mark" not in markup(page)


def test_text_and_view_last_over_a_change_of_page(page):
    score(page, PRAISE)
    page.segmented_control(key="why_view").set_value("Sentences").run()
    page.switch_page("pages/train/monitor.py").run()
    page.switch_page("pages/score/review.py").run()
    assert page.text_area(key="review").value == PRAISE
    assert page.segmented_control(key="why_view").value == "Sentences"
    assert verdict(page) == "Positive"


def test_an_opinion_is_kept_and_can_be_downloaded(page, home):
    score(page, PRAISE)
    assert not page.get("download_button")
    page.button(key="opinion_positive").click().run()
    assert "Saved: this review is positive." in said(page)
    page.button(key="opinion_negative").click().run()
    (kept,) = opinions(home)
    assert (kept.review, kept.label, kept.verdict) == (PRAISE, "negative", "positive")
    assert len(kept.model) == 64
    assert page.get("download_button")
    assert "1 review with feedback" in said(page)
    assert "Kept" not in said(score(page, BLAME))


def test_the_buttons_say_what_they_mean_for_the_verdict(page):
    def labels():
        return [page.button(key=f"opinion_{label}").label for label in ("positive", "negative", "mixed")]

    score(page, PRAISE)
    assert labels() == ["Correct, positive", "It's negative", "It's mixed"]
    score(page, "这部电影很好看")
    assert labels() == ["It's positive", "It's negative", "It's mixed"]


def test_a_broken_database_of_opinions_does_not_take_the_verdict_away(home):
    (home / "feedback.sqlite").write_text("not a database, " * 100)
    page = AppTest.from_file(storage.PROJECT / "streamlit_app.py", default_timeout=120).run()
    assert not page.exception
    assert verdict(page)
    assert "cannot be used" in page.error[0].value


def test_another_database_is_taken_from_the_secrets(home, secrets, tmp_path):
    secrets(feedback={"url": f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"})
    page = AppTest.from_file(storage.PROJECT / "streamlit_app.py", default_timeout=120).run()
    assert not page.exception
    assert (tmp_path / "elsewhere.sqlite").exists()
    assert not (home / "feedback.sqlite").exists()


@pytest.mark.parametrize(
    "settings", [{"url": "nosuchbase://here/feedback"}, {"url": "not a url"}, {"dialect": "mysql"}]
)
def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(home, secrets, settings):
    secrets(feedback=settings)
    page = AppTest.from_file(storage.PROJECT / "streamlit_app.py", default_timeout=120).run()
    assert not page.exception
    assert "connections" in page.error[0].value


def test_without_any_model_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    monkeypatch.setattr(storage, "SHIPPED_BUNDLE", tmp_path / "none")
    page = AppTest.from_file(storage.PROJECT / "streamlit_app.py", default_timeout=120).run()
    assert not page.exception
    assert "train or import one" in page.error[0].value


def test_a_verdict_takes_a_fraction_of_a_second_once_the_model_is_loaded(page):
    score(page, "")
    started = time.process_time()
    score(page, "The acting is clever. Recommended.")
    assert time.process_time() - started < 1.0


def test_a_published_api_is_not_asked_without_its_key(page):
    score(page, PRAISE)
    page.text_input(key="api_url").set_value("http://127.0.0.1:9/live")
    next(one for one in page.button if one.label == "Score by the API").click().run()
    assert not page.exception
    assert "Enter the address of the API and your key to it" in said(page)


def test_a_published_api_scores_the_same_review_and_its_failures_are_reported_at_once(page):
    server = Server()
    try:
        score(page, PRAISE)
        page.text_input(key="api_url").set_value(server.url)
        page.text_input(key="api_key").set_value("key")
        button = next(one for one in page.button if one.label == "Score by the API")
        button.click().run()
        assert not page.exception
        assert server.asked[-1] == PRAISE
        assert f"Model `{server.model[:12]}`" in said(page)
        server.next.append((503, {"error": "later"}))
        next(one for one in page.button if one.label == "Score by the API").click().run()
        assert "check the address" in said(page)
    finally:
        server.http.shutdown()
        server.http.server_close()
