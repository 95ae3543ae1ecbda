import numpy as np
import pytest

from sentiment.answers.themes.scores import ThemeScores, theme_table

NAN = np.nan
SCORES = ThemeScores(
    ("price", "noise", "pool"),
    np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]], dtype=bool),
    np.array([[0.1, 0.9, NAN], [0.5, NAN, NAN], [NAN, NAN, NAN], [NAN, NAN, NAN], [NAN, NAN, NAN]], dtype=np.float32),
    (0.4, 0.6),
    True,
)
EVERY = np.ones(5, dtype=bool)


def test_a_theme_is_judged_by_its_own_sentences():
    price = SCORES.outcome("price")
    assert price.hit.tolist() == [True, False, False, False, False]
    assert price.counted.tolist() == [True, True, False, False, False]


def test_table_has_the_mentioned_themes_most_negative_first():
    table = theme_table(SCORES, EVERY, EVERY)
    price, noise = table.themes
    assert (price.name, price.rows, price.judged, price.negative) == ("price", 3, 2, 1)
    assert (price.share_of_rows, price.negative_share) == (pytest.approx(3 / 5), 0.5)
    assert (noise.name, noise.negative) == ("noise", 0)


def test_only_scored_rows_count():
    scored = np.array([True, True, False, True, False])
    table = theme_table(SCORES, EVERY, scored)
    assert (table.uncaught, table.rows) == (1, 3)
    assert (table.themes[0].rows, table.themes[0].share_of_rows) == (2, pytest.approx(2 / 3))
    assert theme_table(SCORES, np.array([True, False, False, False, False]), scored).uncaught == 0
