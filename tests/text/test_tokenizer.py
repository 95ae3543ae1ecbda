"""Raw reviews to tokens: markup removed, words kept whole, and the position of each token known."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.cleaning import clean
from sentiment.text.stop_words import STOP_WORDS
from sentiment.text.tokenizer import Preset, tokenizer

PRESETS = get_args(Preset)
MODERN = tokenizer("modern")
MODERN_2 = tokenizer("modern-2")
CLASSIC = tokenizer("classic")
# Any text, and text with sequences that cleaning and splitting treat specially.
PIECES = r"""
<br /> <b> </b> < > &amp; &#39; & don't it's n't ' ’ :) ;-( <3 ... ! İ ß ﬁ word TWO 7/10 4/5 é 电影 😀 👍🏽 ❤️ ★★☆ ⭐
""".split()
TRICKY = st.lists(st.sampled_from([*PIECES, " ", "\n", "\x01", "\u200b", "\ufeff"]), max_size=12).map("".join)
ANY = st.text(max_size=80) | TRICKY


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I didn't like it.", ["i", "did", "n't", "like", "it", "."]),
        ("It's GREAT!!", ["it", "'s", "great", "!", "!"]),
        ("well-made, isn't it?", ["well", "made", ",", "is", "n't", "it", "?"]),
        ("so good :) but ;-( and <3", ["so", "good", ":)", "but", ";-(", "and", "<3"]),
        ("7/10 - (not) 'bad'", ["7", "10", "not", "bad"]),
        ("Amélie was charmant", ["amélie", "was", "charmant"]),
        ("See https://example.com/great?x=1. Great (www.example.org/a)!", ["see", ".", "great", "!"]),
        ("Thanks, @jo.at.home. #great, a@b and sh@t", ["thanks", ",", ".", "great", ",", "a", "b", "and", "sh", "t"]),
        ("WWW.EXAMPLE.ORG/AWFUL is fine, and so is awww.", ["is", "fine", ",", "and", "so", "is", "awww", "."]),
        ("", []),
        ("--- ###", []),
    ],
)
def test_modern_tokens(text, tokens):
    assert MODERN.tokens(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Great phone 👍👍🏽, love it❤️", ["great", "phone", "👍", "👍", ",", "love", "it", "❤"]),
        ("😡", ["😡"]),
        ("★★★★☆ or 4/5, 8/10.", ["4/5", "or", "4/5", ",", "8/10", "."]),
        ("⭐⭐⭐⭐⭐ ⭐ ★★★★★★★☆☆☆", ["5/5", "⭐", "7/10"]),
        ("on 4/5/2020, 1/2 of 14/100", ["on", "4", "5", "2020", ",", "1", "2", "of", "14", "100"]),
        ("#GreatPhone :-) isn't bad", ["greatphone", ":-)", "is", "n't", "bad"]),
    ],
)
def test_modern_2_reads_what_people_write_in_place_of_words(text, tokens):
    assert MODERN_2.tokens(clean(text)) == tokens


def test_modern_reads_as_before_pictures_and_ratings_counted():
    assert MODERN.tokens("👍 4/5 ★★★★☆ good") == ["4", "5", "good"]


def test_stars_in_a_row_stand_where_they_were_written():
    review = "Room: ★★★★☆ good"
    assert [review[span.start : span.end] for span in MODERN_2.spans(review)] == ["Room", "★★★★☆", "good"]


def test_a_word_of_an_address_is_not_taken_for_the_word_after_it():
    review = "https://example.com/great is great"
    assert [review[span.start : span.end] for span in MODERN.spans(review)] == ["is", "great"]
    assert MODERN.spans(review)[-1].start == len(review) - len("great")


def test_modern_keeps_what_turns_a_verdict_round():
    assert {"not", "no", "never", "n't", "but"} <= set(MODERN.tokens("It's not good, no, never, but don't ask"))


def test_classic_drops_stop_words_and_stems():
    assert CLASSIC.tokens("The movies were not running, a happy ending!") == ["movi", "run", "happi", "end"]


def test_stems_and_words_lead_from_classic_to_every_word_one_change_at_a_time():
    assert tokenizer("stems").tokens("The movies weren't running!") == ["the", "movi", "weren", "t", "run"]
    assert tokenizer("words").tokens("The movies weren't running!") == ["the", "movies", "weren", "t", "running"]
    assert "not" in STOP_WORDS


@pytest.mark.parametrize("preset", PRESETS)
@given(ANY)
def test_spans_hold_the_tokens_in_order(preset, review):
    cleaned = clean(review)
    spans = tokenizer(preset).spans(cleaned)
    assert [span.token for span in spans] == tokenizer(preset).tokens(cleaned)
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(cleaned)]
    assert edges == sorted(edges)
    assert all(span.start < span.end for span in spans)


@given(ANY)
def test_a_modern_span_is_the_token_but_for_case(review):
    cleaned = clean(review)
    for span in MODERN.spans(cleaned):
        place = cleaned[span.start : span.end]
        # Letters whose lower-case form has another length, such as İ, are not changed.
        assert span.token == "".join(c.lower() if len(c.lower()) == 1 else c for c in place)


@given(ANY)
def test_tokens_hold_no_white_space_and_are_never_empty(review):
    for preset in PRESETS:
        assert all(token and not any(c.isspace() for c in token) for token in tokenizer(preset).tokens(clean(review)))


@given(ANY)
def test_html_line_breaks_and_plain_ones_read_the_same(review):
    plain = review.replace("<", " ").replace("&", " ")
    assert MODERN.tokens(clean(f"good {plain}<br />bad")) == MODERN.tokens(clean(f"good {plain}\nbad"))
