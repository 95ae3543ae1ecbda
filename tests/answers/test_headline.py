import numpy as np
import pytest

from sentiment.answers.headline import headline
from sentiment.prediction import FLAGS, SENTIMENTS
from sentiment.scoring.view import Scores


def test_all_rows(hotels, every_row):
    found = headline(hotels.scores, every_row)
    assert found.rows == 3_000
    assert found.scored == found.rows - found.counts["unscored"]
    assert found.negative_share == pytest.approx(found.counts["negative"] / found.scored)
    assert found.low < found.negative_share < found.high


def test_reasons_for_no_verdict_each_row_once():
    flags = np.array([1 << FLAGS.index(flag) for flag in ("empty", "empty", "not_english", "unknown_words")] + [0])
    scores = Scores(np.full(5, 3, np.uint8), np.full(5, np.nan), flags.astype(np.uint8))
    found = headline(scores, np.ones(5, dtype=bool))
    assert found.unscored == {"empty": 2, "not English": 1, "mostly unknown words": 1, "unreadable row": 1}
    assert (found.scored, found.negative_share) == (0, None)


def test_only_the_rows_of_the_mask(hotels):
    mask = hotels.scores.sentiment == 1
    found = headline(hotels.scores, mask)
    assert found.negative_share == 1
    assert found.unscored == {}


def test_a_single_scored_row_has_a_verdict_and_several_have_none(hotels):
    first = np.flatnonzero(hotels.scores.sentiment == SENTIMENTS.index("negative"))[:2]
    rows = np.arange(hotels.row_count)
    assert headline(hotels.scores, rows == first[0]).only == "negative"
    assert headline(hotels.scores, np.isin(rows, first)).only is None
    assert headline(hotels.scores, rows < 0).only is None
