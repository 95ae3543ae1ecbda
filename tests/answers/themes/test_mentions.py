import numpy as np
import pytest

from sentiment.answers.facts import TableFacts
from sentiment.answers.themes import mentions
from sentiment.answers.themes.lists import Theme, shipped_themes
from sentiment.answers.themes.mentions import review_themes, score_themes
from sentiment.answers.themes.scores import theme_table
from sentiment.errors import JobError
from tests.support.scored_tables import scored, write_csv
from tests.support.word_scorer import WordScorer, prediction_of

REVIEWS = (
    "The staff were wonderful and great. The breakfast was awful.",
    "A dull breakfast.<br />Good, lovely staff!",
    "The breakfast was awful.",
    "Nothing to say about it.",
    "",
)
THEMES = (Theme("staff", ("staff",)), Theme("food", ("breakfast*", "dinner")))
BAND = (0.4, 0.6)


@pytest.fixture
def facts(tmp_path):
    return TableFacts(scored(write_csv(tmp_path / "r.csv", ["review", "n"], [[r, n] for n, r in enumerate(REVIEWS)])))


def test_a_theme_gets_the_sentiment_of_its_sentences_not_of_the_review(facts, tmp_path):
    found = score_themes(facts, THEMES, WordScorer(), BAND, tmp_path / "sentences.npz")
    assert found.outcome("food").hit.tolist() == [True, True, True, False, False]
    assert found.outcome("staff").hit.tolist() == [False] * 5
    assert found.outcome("staff").counted.tolist() == [True, True, False, False, False]
    table = theme_table(found, np.ones(5, dtype=bool), np.array([True] * 4 + [False]))
    assert (table.themes[0].name, table.themes[0].negative_share, table.uncaught) == ("food", 1.0, 1)
    assert table.sample_in_words() == ""


def test_equal_sentences_are_scored_once_and_others_not_at_all(facts, tmp_path):
    scorer = WordScorer()
    score_themes(facts, THEMES, scorer, BAND, tmp_path / "sentences.npz")
    assert sorted(scorer.asked) == [
        "A dull breakfast.",
        "Good, lovely staff!",
        "The breakfast was awful.",
        "The staff were wonderful and great.",
    ]


def test_other_themes_score_only_new_sentences(facts, tmp_path):
    store, scorer = tmp_path / "sentences.npz", WordScorer()
    first = score_themes(facts, THEMES[:1], scorer, BAND, store)
    scorer.asked.clear()
    again = score_themes(facts, THEMES[:1], scorer, BAND, store)
    np.testing.assert_array_equal(again.probability, first.probability)
    assert scorer.asked == []
    reports = []
    score_themes(facts, THEMES, scorer, BAND, store, lambda done, of: reports.append((done, of)))
    assert scorer.asked == ["The breakfast was awful.", "A dull breakfast."]
    assert reports == [(0, 2), (2, 2)]


def test_a_damaged_store_is_work_to_do(facts, tmp_path):
    store = tmp_path / "sentences.npz"
    store.write_bytes(b"PK\x03\x04 nonsense")
    assert score_themes(facts, THEMES, WordScorer(), BAND, store).mentioned.any()
    scorer = WordScorer()
    score_themes(facts, THEMES, scorer, BAND, store)
    assert scorer.asked == []


def test_a_stop_keeps_what_was_scored(facts, tmp_path, monkeypatch):
    monkeypatch.setattr(mentions, "_SCORED_AT_ONCE", 1)
    store, scorer = tmp_path / "sentences.npz", WordScorer()
    with pytest.raises(JobError):
        score_themes(facts, THEMES, scorer, BAND, store, should_stop=lambda: True)
    assert len(scorer.asked) == 1
    score_themes(facts, THEMES, scorer, BAND, store)
    assert len(scorer.asked) == 4


def test_of_very_many_sentences_an_even_share_of_the_rows_is_judged(facts, tmp_path, monkeypatch):
    monkeypatch.setattr(mentions, "MOST_SENTENCES", 2)
    found = score_themes(facts, THEMES, WordScorer(), BAND, tmp_path / "sentences.npz")
    assert found.mentions("food").tolist() == [True, True, True, False, False]
    assert found.outcome("food").counted.tolist() == [True, False, True, False, False]
    table = theme_table(found, np.ones(5, dtype=bool), np.ones(5, dtype=bool))
    assert "one row in 2 were judged" in table.sample_in_words()


def test_without_a_model_here_the_reviews_verdict_stands_in(facts):
    found = review_themes(facts, THEMES, BAND)
    assert not found.by_sentence
    assert found.mentions("staff").tolist() == [True, True, False, False, False]
    assert found.outcome("food").hit.tolist() == [False, False, True, False, False]


def test_planted_damp_makes_cleanliness_negative_in_its_hotel(hotels, tmp_path):
    class Nose:
        """A scorer that judges sentences by what they smell of."""

        name, fingerprint = "nose", "0" * 64

        def score(self, reviews):
            return [prediction_of("bad" if "damp" in review else "good") for review in reviews]

    found = score_themes(hotels, shipped_themes(), Nose(), BAND, tmp_path / "sentences.npz")
    hotel = hotels.categories("hotel")
    outcome = found.outcome("cleanliness")
    assert set(np.array(hotel.names)[hotel.codes[outcome.hit]]) == {"Harbour View"}
