"""What a model reads of a review, and what it reports about the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.reader import Reader
from sentiment.text.vocabulary import UNKNOWN, Vocabulary

WORDS = "the a film was is and it i very good bad not plot of to this in with for but . , !".split()
VOCABULARY = Vocabulary(["<padding>", "<unknown>", *WORDS, *(f"word{n}" for n in range(300))])
READER = Reader("modern", VOCABULARY, 20)
SENTENCE = "This film was good and the plot was not bad."


def numbered(count):
    return " ".join(f"word{n}" for n in range(count))


def test_ids_are_those_of_the_tokens():
    reading = READER.read("The film was zzq!")
    assert VOCABULARY.decode(reading.ids) == ["the", "film", "was", "<unknown>", "!"]
    assert reading.ids.dtype == np.int32
    assert reading.unknown_share == pytest.approx(0.2)


@pytest.mark.parametrize("count", [1, 19, 20, 21, 200])
def test_a_long_review_keeps_its_opening_and_its_end(count):
    reading = READER.read(numbered(count))
    kept = READER.kept(count)
    assert reading.tokens_total == count
    assert len(reading.ids) == min(count, 20)
    assert VOCABULARY.decode(reading.ids) == [f"word{place}" for place in kept]
    assert ("truncated" in reading.flags) == (count > 20)
    assert kept[0] == 0
    assert kept[-1] == count - 1


@pytest.mark.parametrize("word", ["word1", "x" * 60_000, "<b>", "电影"])
def test_a_review_that_is_too_long_to_clean_is_truncated_and_its_length_an_estimate(word):
    reading = READER.read(f"word1 {word * (60_000 // len(word))} word2 word3 " + "word4 " * 60_000)
    assert VOCABULARY.decode(reading.ids[[0, -1]]) == ["word1", "word4"]
    assert "truncated" in reading.flags
    assert reading.tokens_total == pytest.approx(60_000, rel=0.1)


@given(st.text(st.characters(), max_size=60))
def test_any_text_is_read(review):
    reading = READER.read(review)
    assert len(reading.ids) == min(reading.tokens_total, 20)


@given(st.integers(0, 100), st.integers(8, 40))
def test_the_positions_kept_are_rising_and_as_many_as_may_be(total, cap):
    kept = Reader("modern", VOCABULARY, cap).kept(total)
    assert len(kept) == min(total, cap)
    assert kept == sorted(set(kept))


@pytest.mark.parametrize("review", ["veryyyy goooood", "VERRRRY goood", "very good"])
def test_stretched_words_are_read_and_known(review):
    reading = Reader("modern-2", VOCABULARY, 20).read(f"The plot is {review}")
    assert VOCABULARY.decode(reading.ids) == ["the", "plot", "is", "very", "good"]
    assert reading.unknown_share == 0


def test_a_bundle_from_before_reads_stretched_words_as_it_did():
    assert READER.read("The plot is goooood").ids.tolist() == [*READER.ids("The plot is"), UNKNOWN]


def test_a_typing_error_is_seen_through_and_still_counts_as_unknown():
    reading = READER.read("The flim was zzq.")
    assert VOCABULARY.decode(reading.ids) == ["the", "film", "was", "<unknown>", "."]
    assert reading.unknown_share == pytest.approx(0.4)


@pytest.mark.parametrize("review", ["the Flim was", "so, Flim was", "The Flim was. the flim was"])
def test_an_unknown_word_with_a_capital_inside_a_sentence_is_a_name_and_no_typing_error(review):
    assert "film" not in VOCABULARY.decode(READER.ids(review))


@pytest.mark.parametrize("review", ["Flim was", "the end. Flim was", "THE FLIM WAS", "the film. The flim was"])
def test_a_capital_where_any_word_has_one_makes_no_name(review):
    assert "film" in VOCABULARY.decode(READER.ids(review))


def test_stems_are_not_mended():
    assert VOCABULARY.decode(Reader("classic", VOCABULARY, 20).ids("flim")) == ["<unknown>"]


@given(st.sampled_from([*WORDS, "flim", "wrod7", "zzq"]).flatmap(lambda word: st.lists(st.just(word), max_size=9)))
def test_training_and_scoring_mend_the_same(words):
    review = " ".join(words)
    assert READER.ids(review).tolist() == READER.read(review).ids.tolist()


@given(st.text(max_size=60))
def test_training_and_scoring_read_the_same(review):
    assert READER.ids(review).tolist() == READER.read(review).ids.tolist()


@pytest.mark.parametrize(
    ("review", "flags", "legible"),
    [
        ("", ("empty",), False),
        ("<br />", ("empty",), False),
        (SENTENCE, (), True),
        ("Good film", ("short",), True),
        ("!!!!!", ("short",), True),
        (f"{SENTENCE} {SENTENCE}", ("truncated",), True),
        ("This film was good and zzq zzr zzs zzt", ("unknown_words",), True),
        ("zzq zzr zzs zzt film", ("short", "unknown_words"), False),
        ("这部电影很好看", ("short", "unknown_words", "not_english"), False),
        ("Это очень хороший фильм, всем советую", ("short", "unknown_words", "not_english"), False),
    ],
)
def test_flags_and_whether_it_can_be_judged(review, flags, legible):
    reading = READER.read(review)
    assert (reading.flags, reading.legible) == (flags, legible)


def test_another_language_is_not_judged_even_when_many_words_are_known():
    spanish = "esta película es una obra maravillosa y los actores están muy bien en todas las escenas"
    reader = Reader("modern", Vocabulary(["<padding>", "<unknown>", *spanish.split()]), 50)
    reading = reader.read(spanish)
    assert reading.unknown_share == 0
    assert "not_english" in reading.flags
    assert not reading.legible


def test_the_classic_preset_drops_what_identifies_a_language():
    reader = Reader("classic", VOCABULARY, 20)
    assert "not_english" not in reader.read(SENTENCE).flags


def test_unknown_words_have_one_id():
    assert READER.ids("zzq zzr").tolist() == [UNKNOWN, UNKNOWN]
