"""Findings about the synthetic hotel reviews, computed once for all tests here."""

from datetime import date

import pytest

from sentiment.answers.facts import TableFacts
from sentiment.answers.themes.lists import Theme
from sentiment.reporting.findings import Findings, Source
from sentiment.reporting.making import findings_of
from tests.support.hotel_reviews import scored_stays, stays
from tests.support.word_scorer import WordScorer

SOURCE = Source("hotels.csv", "moods", "0" * 64, (0.4, 0.6), "3,000 reviews of hotels")
THEMES = (Theme("smell", ("smell*", "damp")), Theme("money", ("fee", "charged")))


@pytest.fixture(scope="session")
def hotels(tmp_path_factory) -> TableFacts:
    return TableFacts(scored_stays(tmp_path_factory.mktemp("hotels"), stays()))


@pytest.fixture(scope="session")
def findings(hotels, tmp_path_factory) -> Findings:
    store = tmp_path_factory.mktemp("store") / "sentences.npz"
    return findings_of(hotels, SOURCE, store, WordScorer(), themes=THEMES)


@pytest.fixture
def today():
    return date(2026, 11, 30)
