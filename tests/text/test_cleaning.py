"""Cleaning raw reviews: markup removed, entities decoded, and no text that fails."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.cleaning import MAXIMUM_CHARACTERS, clean, tokens_cut
from tests.support.hostile_texts import HOSTILE_TEXTS

# Fragments that are hard for HTML parsers and entity decoders, in any order, among any other text.
PIECES = r"""
<!-- --> <![CDATA[ ]]> <![ <![foo]> <![1 <!DOCTYPE <! <? <?xml ?> <b> </b> </ <a <a=" href=x> > <script> </script>
<br />
<style> </style> <title> <textarea> <o:p> <p &# &#x &#xD800; &#99999999999; &amp; &amp;amp; &amp;#8217; &notit; & ; ' "
""".split()
TRICKY = st.lists(
    st.sampled_from([*PIECES, " ", "\n", "\x00", "\ud83d", "\ude00", "\u0300", "\uff9e", "\ue03c", "good", "1" * 4_400])
    | st.text(max_size=4),
    max_size=25,
).map("".join)
ANY = st.text(st.characters(), max_size=200) | TRICKY


@pytest.mark.parametrize(
    ("review", "cleaned"),
    [
        ("good<br />bad<br/>end<BR>", "good bad end"),
        ("a<b>very</b>good <i>film</i>", "a very good film"),
        ("Tom &amp; Jerry &quot;live&quot; &#39;95", 'Tom & Jerry "live" \'95'),
        ("<p>one</p><p>two</p>", "one two"),
        ("don’t “quote”", 'don\'t "quote"'),
        ("ﬁne ＡＢＣ", "fine ABC"),
        ("in\u200bvisible so\u00adft", "invisible soft"),
        ("5 < 6 > 4, I <3 it", "5 < 6 > 4, I <3 it"),
        ("<!-- hidden --> shown", "shown"),
        ("<a href='http://example.com'>link</a>", "link"),
        ("<IMG SRC='x.png' alt='a picture'/>seen<o:p></o:p>", "seen"),
        ("a <span class=x>b</span><hr/>c</ br>d", "a b c d"),
        ("kept <script>if (1 < 2) hidden()</script> <style>b {}</style>shown", "kept shown"),
        ("<script> in a review hides nothing", "in a review hides nothing"),
        ("<title>not the end", "not the end"),
    ],
)
def test_cleaning(review, cleaned):
    assert clean(review).split() == cleaned.split()


@pytest.mark.parametrize(
    "review",
    [
        "lasts <one hour",
        "lasts <one hour, >2 on standby",
        "<a lot of people> liked it",
        "a battery of <b milliamperes",
        "I said <sigh> and left",
        "<3 this, </3 that",
        "a < b and b > a",
        "is x<y or y>x?",
        "<!-- and no end",
        "<![1 and <![ and <! and </ and <?",
    ],
)
def test_angle_brackets_around_anything_but_an_element_are_text(review):
    assert clean(review).split() == review.split()
    assert clean(f"<b>{review}</b>").split() == review.split()


@pytest.mark.parametrize("times", range(1, 12))
def test_entities_are_decoded_however_often_they_were_escaped(times):
    review = "it’s “good” & <3"
    escaped = "it&#8217;s &ldquo;good&rdquo; &amp; &lt;3"
    for _ in range(times - 1):
        escaped = html.escape(escaped)
    assert clean(escaped) == clean(review)


def test_markup_that_was_escaped_is_markup():
    assert clean("good&lt;br /&gt;bad &amp;lt;i&amp;gt;film&amp;lt;/i&amp;gt;").split() == ["good", "bad", "film"]


@pytest.mark.parametrize(
    ("reference", "decoded"),
    [("&#" + "0" * 5_000 + "65;", "A"), ("&#" + "1" * 5_000 + ";", "\ufffd"), ("&#1114111;", ""), ("&#00039;", "'")],
)
def test_a_reference_of_any_number_is_decoded(reference, decoded):
    assert clean(reference) == decoded
    assert clean(f"<b>x</b>{reference}").split() == ["x", *decoded.split()]


def test_halves_of_a_character_are_put_together_and_a_half_alone_is_none():
    assert clean("\ud83d\ude00 good \ud83d bad") == "😀 good \ufffd bad"


def test_a_long_review_keeps_its_beginning_and_its_end():
    review = f"begin {'word ' * 10_000}end"
    cleaned = clean(review)
    assert cleaned.startswith("begin word ")
    assert cleaned.endswith(" word end")
    assert len(cleaned) == MAXIMUM_CHARACTERS + 1
    assert len(cleaned.split()) + tokens_cut(review) == pytest.approx(len(review.split()), abs=3)


def test_white_space_around_a_review_does_not_make_it_long():
    review = " \n" * MAXIMUM_CHARACTERS + "good" + " " * MAXIMUM_CHARACTERS
    assert clean(review) == "good"
    assert tokens_cut(review) == 0


def test_thirty_combining_marks_are_kept_and_further_ones_are_not():
    assert clean("q" + "\u0323" * 30) == "q" + "\u0323" * 30
    assert clean("q" + "\u0323" * 31 + "é" + "\u0323" * 31) == "q" + "\u0323" * 30 + "ẹ" + "\u0323" * 29 + "\u0301"


@given(ANY)
def test_any_text_is_cleaned(review):
    cleaned = clean(review)
    assert cleaned.encode().decode() == cleaned  # no half of a character is left
    assert len(cleaned) <= 18 * MAXIMUM_CHARACTERS  # as far as one character grows by NFKC


@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_hostile_texts_are_cleaned(kind):
    assert isinstance(clean(HOSTILE_TEXTS[kind](MAXIMUM_CHARACTERS)), str)


@given(st.from_regex(r"[a-z]{2,8}", fullmatch=True), st.from_regex(r"[a-z]{2,8}", fullmatch=True))
@pytest.mark.parametrize("tag", ["<br />", "<br>", "</p>", "<b>", "<div class='x'>", "<!-- note -->"])
def test_a_tag_never_fuses_the_words_beside_it(tag, before, after):
    assert clean(f"{before}{tag}{after}").split() == [before, after]


def test_escapes_that_nobody_has_undone():
    written = r"""It was late.\n\nWe didn\'t eat; \"closed\"."""
    assert clean(written).split() == """It was late. We didn't eat; "closed".""".split()
    path = r"Saved in C:\new, on the share \\netdisk"
    assert clean(path) == path


@pytest.mark.parametrize(
    ("review", "cleaned"),
    [
        (r"It\u2019s fine \ud83d\ude00", "It's fine 😀"),
        ("It<U+2019>s fine <U+1F600>", "It's fine 😀"),
        (r"\u003cb\u003eFine\u003c/b\u003e \u0026amp; good", "Fine  & good"),
        (r"Saved in C:\users\ubad", r"Saved in C:\users\ubad"),
        (r"A path \\u2019 of a share", r"A path \\u2019 of a share"),
        (r"\u20 is cut, and so is <U+20>", r"\u20 is cut, and so is <U+20>"),
        (r"Half of one: \ud83d", "Half of one: \ufffd"),
    ],
)
def test_characters_that_programs_escaped_are_read(review, cleaned):
    assert clean(review) == cleaned
