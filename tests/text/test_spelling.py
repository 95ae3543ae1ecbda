"""How an unknown word is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.spelling import Spelling
from sentiment.text.vocabulary import UNKNOWN

WORDS = ["<padding>", "<unknown>", "film", "terrible", "best", "wonderful", "acting", "beast", "actin", "café", "n't"]
SPELLING = Spelling(WORDS)


def read(word):
    return WORDS[SPELLING.meant(word)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("trerible", "terrible"),  # swapped
        ("etrrible", "terrible"),
        ("terible", "terrible"),  # missing
        ("terribl", "terrible"),
        ("terriblle", "terrible"),  # one too many
        ("terriblee", "terrible"),
        ("terrjble", "terrible"),  # wrong
        ("flim", "film"),
        ("filmm", "film"),
        ("bst", "best"),
    ],
)
def test_a_slip_is_seen_through(written, meant):
    assert read(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "fi",  # too short to tell
        "fulm",  # a wrong letter makes another word of a short one
        "tterible",  # two slips
        "derrible",  # another first letter
        "errible",
        "film7",
        "caféé",
        "asdf",
        "",
    ],
)
def test_what_is_no_slip_stays_unknown(written):
    assert SPELLING.meant(written) == UNKNOWN


def test_other_letters_mean_less_than_another_order():
    words = ["<padding>", "<unknown>", "sick", "stick"]
    assert words[Spelling(words).meant("sitck")] == "stick"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cear", "clear"),
        ("carr", "car"),
        ("caer", "care"),
        ("carx", "car"),
        ("promiss", "promises"),
        ("promide", "promise"),
    ],
)
def test_the_surest_slip_comes_first_even_where_another_word_is_commoner(written, meant):
    words = ["<padding>", "<unknown>", "car", "clear", "care", "carry", "promise", "promises"]
    assert words[Spelling(words).meant(written)] == meant


def test_of_several_words_the_commonest_is_meant():
    assert read("beest") == "best"
    assert read("actinn") == "actin"
    assert read("actign") == "acting"


@given(st.text("abcdefgh", min_size=4, max_size=10), st.data())
def test_every_slip_after_the_first_letter_leads_back(word, data):
    spelling = Spelling(["<padding>", "<unknown>", word])
    place = data.draw(st.integers(1, len(word) - 2))
    surplus = word[:place] + "z" + word[place:]
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    assert spelling.meant(surplus) == 2
    if swapped != word:
        assert spelling.meant(swapped) == 2
    if len(word) > 4:
        assert spelling.meant(word[:place] + word[place + 1 :]) == 2
