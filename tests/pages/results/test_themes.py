"""The themes of a scored table: drawn once their sentences are scored, used as a filter, and edited for this table."""

import pandas as pd
import pytest

from pages.results.themes import themes_in, themes_of
from sentiment.answers.filters import Filter
from sentiment.answers.themes.lists import Theme, shipped_themes
from sentiment.errors import ThemeError
from tests.support.dashboard import checked, open_page, words
from tests.support.hotel_reviews import MoodScorer, stays, write_table
from tests.support.scored_jobs import finished_job
from tests.support.waiting import until

RESULT, LISTS = "pages/results/result.py", "pages/results/theme_lists.py"


@pytest.fixture
def job(tmp_path, monkeypatch, tiny_bundle):
    """Return a job of 300 hotel reviews, scored by the moods of their authors."""
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    rows = stays()[:300]
    return finished_job("hotels", write_table(tmp_path / "hotels.csv", rows), MoodScorer(rows), tiny_bundle)


def test_themes_are_scored_beside_the_page_and_one_of_them_filters_it(job):
    app = open_page(RESULT, job=job.id)
    until(lambda: "no theme" in words(app.run()), 120)
    assert "Most negative mentions: " in words(checked(app))
    assert not app.download_button(key="report").disabled
    app = open_page(RESULT, job=job.id, **Filter(theme="cleanliness").to_query())
    assert "theme cleanliness" in words(app)
    review = next(one.value for one in app.dataframe if "review" in one.value)["review"]
    assert review.str.contains("damp|clean|dirt|stain|smell", case=False).all()


def test_a_theme_is_changed_for_this_table_and_the_original_ones_can_be_restored(job):
    app = open_page(LISTS, job=job.id, **Filter(text="fee").to_query())
    app = checked(next(one for one in app.button if one.label == "Save").click().run())
    assert app.title[0].value == "hotels\\.csv"
    assert "containing “fee”" in words(app)
    assert themes_of(job) == shipped_themes()
    own = job.directory / "themes.toml"
    own.write_text(f'{own.read_text()}wellness = ["sauna", "gym*"]\n')
    app = open_page(RESULT, job=job.id)
    assert "wellness" in next(one for one in app.selectbox if one.label == "Theme").options
    app = open_page(LISTS, job=job.id)
    checked(next(one for one in app.button if one.label == "Restore the original themes").click().run())
    assert not own.exists()


def test_what_is_typed_becomes_themes_or_is_refused_by_name():
    frame = pd.DataFrame({"theme": ["noise", None], "words": ["Loud*, thin walls ,", None]})
    assert themes_in(frame) == (Theme("noise", ("loud*", "thin walls")),)
    with pytest.raises(ThemeError, match='"noise"'):
        themes_in(pd.DataFrame({"theme": ["noise"], "words": ["lo*ud"]}))
    with pytest.raises(ThemeError, match="Two themes are called noise"):
        themes_in(pd.DataFrame({"theme": ["noise", "noise"], "words": ["loud", "quiet"]}))
