import numpy as np
import pytest

from sentiment.answers.phrases import counts as phrase_counts
from sentiment.answers.phrases.counts import count_phrases, phrases_in
from sentiment.text.stop_words import STOP_WORDS


def phrases(text, names=frozenset()):
    return set(phrases_in(text, STOP_WORDS | names, names))


def test_phrases_neither_begin_nor_end_with_a_stop_word():
    assert phrases("The room smelled of damp") == {
        "room", "smelled", "damp", "room smelled", "smelled of damp",
    }  # fmt: skip


def test_a_negation_may_begin_a_phrase():
    assert {"not clean", "didn't work", "no hot water"} <= phrases("It was not clean, it didn't work; no hot water!")
    assert "not" not in phrases("It was not clean")


def test_no_phrase_goes_over_punctuation_or_a_name():
    found = phrases("Cold room. Service by Maria failed", frozenset({"maria"}))
    assert not found & {"room service", "by maria failed", "maria", "service by maria", "maria failed"}
    assert {"cold room", "service", "failed"} <= found


def test_a_review_counts_a_phrase_once_and_rare_phrases_do_not_count():
    texts = ["damp damp damp walls"] * 5 + ["dry walls"] * 4
    counts = count_phrases(texts, len(texts))
    assert counts.phrases == ("damp", "damp damp", "damp damp damp", "damp damp walls", "damp walls", "walls")
    assert counts.matrix.max() == 1
    everywhere = counts.reviews_with(list(range(6)), np.ones(9, dtype=bool))
    assert everywhere.tolist() == [5, 5, 5, 5, 5, 9]


def test_names_are_left_out():
    texts = [f"The tour with Giovanni was fine, number {n}" for n in range(20)]
    counts = count_phrases(texts, len(texts))
    assert "giovanni" in counts.names
    assert not [phrase for phrase in counts.phrases if "giovanni" in phrase]
    assert "tour" in counts.phrases


def test_markup_and_typographic_marks_do_not_split_phrases():
    texts = ["it didn’t work<br />at <b>all</b>"] * 6
    assert "didn't work" in count_phrases(texts, 6).phrases


def test_a_table_without_phrases_has_none():
    for texts in ([], ["", ""], ["one", "two"]):
        assert count_phrases(texts, len(texts)).phrases == ()


@pytest.mark.parametrize("rows", [1_000, 1_001])
def test_of_a_very_long_table_an_even_sample_is_counted(monkeypatch, rows):
    monkeypatch.setattr(phrase_counts, "MOST_WORDS", 1_000)
    counts = count_phrases((f"cold water number{row}" for row in range(rows)), rows)
    assert counts.matrix.shape[0] == len(counts.rows)
    assert 0 < len(counts.rows) * 3 <= 1_000
    assert len(set(np.diff(counts.rows))) == 1
    assert counts.rows[-1] > rows - 8
