from datetime import date

import numpy as np
import pytest

from sentiment.answers.filters import Filter, matching
from sentiment.answers.themes.scores import ThemeScores

EVERYTHING = Filter(
    group_column="hotel",
    groups=("Old Mill", "Park Lodge & Spa"),
    date_column="date",
    first=date(2025, 5, 1),
    last=date(2025, 7, 31),
    stars=(1.0, 2.5),
    sentiments=("negative", "uncertain"),
    flags=("short",),
    phrase="smelled of damp",
    theme="cleanliness",
    text="100 % “sure”",
    label="negative",
    probability=(0.0, 0.5),
)


@pytest.mark.parametrize("wanted", [Filter(), EVERYTHING, Filter(first=date(2025, 1, 2), date_column="day")])
def test_a_filter_survives_a_link(wanted):
    assert Filter.from_query(wanted.to_query()) == wanted


def test_a_link_holds_only_what_is_set():
    assert Filter().to_query() == {}
    assert Filter(phrase="resort fee").to_query() == {"phrase": ["resort fee"]}


@pytest.mark.parametrize(
    "query",
    [
        {"from": ["yesterday"]},
        {"stars": ["many"]},
        {"stars": ["5~1"]},
        {"p": ["nan~1"]},
        {"sentiment": ["angry"]},
        {"flag": ["red"]},
        {"label": ["good"]},
        {"job": ["2025"]},
        {"phrase": [""]},
    ],
)
def test_what_a_link_gets_wrong_is_left_out(query):
    assert Filter.from_query(query | {"text": ["pool"]}) == Filter(text="pool")


def test_words_say_what_is_set():
    assert Filter().words() == ""
    assert Filter(group_column="hotel", groups=("Old Mill",), sentiments=("negative",)).words() == (
        "hotel: Old Mill · negative"
    )
    assert "1 May 2025 to 31 July 2025" in EVERYTHING.words()
    assert "1 to 2.5 stars" in EVERYTHING.words()


def test_empty_means_that_every_row_passes(hotels):
    assert Filter().is_empty
    assert Filter(text="  ", group_column="hotel").is_empty
    assert not EVERYTHING.is_empty
    assert matching(hotels, Filter()).all()


def test_each_condition_keeps_its_rows(hotels):
    texts = np.array(hotels.reviews(np.arange(hotels.row_count)))
    hotel, day = hotels.categories("hotel"), hotels.dates("date")
    named = np.array(hotel.names)[hotel.codes]
    stars = np.array(hotels.table.column("stars").to_pylist(), dtype=float)
    sentiment = hotels.scores.sentiment
    damp = np.array(["smelled of damp" in text for text in texts])
    expected = {
        Filter(group_column="hotel", groups=("Lakeside", "Old Mill")): np.isin(named, ["Lakeside", "Old Mill"]),
        Filter(date_column="date", first=date(2025, 5, 1), last=date(2025, 5, 31)): (
            (day >= np.datetime64("2025-05-01")) & (day <= np.datetime64("2025-05-31"))
        ),
        Filter(stars=(1, 2)): stars <= 2,
        Filter(sentiments=("negative", "unscored")): np.isin(sentiment, [1, 3]),
        Filter(flags=("empty",)): texts == "",
        Filter(phrase="smelled of damp"): damp,
        Filter(text="SMELLED OF"): damp,
        Filter(label="negative", probability=(0.5, 1.0)): (stars <= 2) & (hotels.scores.probability >= 0.5),
    }
    for wanted, keep in expected.items():
        assert 0 < keep.sum() < len(keep) or wanted.label
        np.testing.assert_array_equal(matching(hotels, wanted), keep, err_msg=wanted.words())


def test_conditions_go_together(hotels):
    both = matching(hotels, Filter(phrase="resort fee", group_column="hotel", groups=("Old Mill",)))
    assert both.sum() == matching(hotels, Filter(phrase="resort fee")).sum() > 0
    assert not matching(hotels, Filter(phrase="resort fee", group_column="hotel", groups=("Lakeside",))).any()


def test_what_the_table_does_not_have_lets_no_row_pass(hotels):
    for wanted in (
        Filter(group_column="shop", groups=("a",)),
        Filter(date_column="hotel", first=date(2025, 1, 1)),
        Filter(phrase="marble staircase"),
        Filter(theme="noise"),
    ):
        assert not matching(hotels, wanted).any()


def test_a_theme_keeps_the_rows_that_mention_it(hotels):
    mentioned = np.zeros((hotels.row_count, 1), dtype=bool)
    mentioned[[3, 5]] = True
    themes = ThemeScores(("noise",), mentioned, np.full(mentioned.shape, np.nan, np.float32), (0.4, 0.6), True)
    assert np.flatnonzero(matching(hotels, Filter(theme="noise"), themes)).tolist() == [3, 5]


def test_a_phrase_that_was_not_counted_is_found_in_the_texts(hotels):
    """The phrase ends with a stop word, so it was not counted."""
    assert "smelled of" not in hotels.phrases.places
    assert matching(hotels, Filter(phrase="smelled of")).sum() == matching(hotels, Filter(phrase="smelled")).sum()
