"""Where sentences end, and where they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.explanation.sentences import clauses, sentences


def cut(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good film. Bad end! Why? Ask.", ["Good film.", "Bad end!", "Why?", "Ask."]),
        ("no capitals here. still two", ["no capitals here.", "still two"]),
        ("First line\nsecond line\n\nthird", ["First line", "second line", "third"]),
        ("Mr. Smith met Dr. Jones vs. J. R. Hartley.", ["Mr. Smith met Dr. Jones vs. J. R. Hartley."]),
        ("It has stars, e.g. her. Fine.", ["It has stars, e.g. her.", "Fine."]),
        ("Well... it was long... But good.", ["Well... it was long...", "But good."]),
        ('He said "no." She left.', ['He said "no."', "She left."]),
        ("Scored 7.5 on imdb.com today", ["Scored 7.5 on imdb.com today"]),
        ("What?! Really!!! Yes.", ["What?!", "Really!!!", "Yes."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_of_a_text(text, expected):
    assert cut(text) == expected


@given(st.text(alphabet=".!?… \nab'\")A…", max_size=60) | st.text(max_size=60))
def test_sentences_are_in_order_and_leave_out_only_white_space(text):
    found = sentences(text)
    edges = [0, *(edge for pair in found for edge in pair), len(text)]
    assert edges == sorted(edges)
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in found)
    assert "".join("".join(cut(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The room smelled of damp, but the staff were lovely.",
            ["The room smelled of damp,", "but the staff were lovely."],
        ),
        ("Great food but the wait was long. Fine.", ["Great food", "but the wait was long.", "Fine."]),
        ("Although it was cheap, it broke within a week.", ["Although it was cheap,", "it broke within a week."]),
        ("It is small; however, it is loud.", ["It is small;", "however, it is loud."]),
        ("Nothing but trouble.", ["Nothing but trouble."]),
        ("Slow, but sure.", ["Slow, but sure."]),
        ("A butler met us, and we liked him.", ["A butler met us, and we liked him."]),
        ("", []),
    ],
)
def test_a_contrast_divides_a_sentence_into_clauses(text, expected):
    assert [text[start:end] for start, end in clauses(text)] == expected


@given(
    st.lists(st.sampled_from(["but ", "although ", ", ", "a ", "nice ", ". ", "\n"])).map("".join)
    | st.text(max_size=60)
)
def test_clauses_leave_out_only_white_space(text):
    assert "".join("".join(text[start:end].split()) for start, end in clauses(text)) == "".join(text.split())
