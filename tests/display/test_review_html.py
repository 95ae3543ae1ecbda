"""An explained review as HTML: no text becomes markup, and colour is never the only cue."""

import html
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from sentiment.display.review_html import ANNOUNCED, Part, highlighted, legend, sentence_list, strongest
from sentiment.explanation.effects import Passage
from sentiment.prediction import Prediction

OUR_TAGS = {"div", "span", "mark", "ol", "li", "strong", "br"}


class Tags(HTMLParser):
    """Collects the elements and the text of some HTML."""

    def __init__(self, markup):
        super().__init__()
        self.elements = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def stripped(markup):
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def part(passage, without, sentiment="positive", probability=0.9):
    return Part(passage, Prediction(sentiment, probability, None, 2, 2, 0.0), without)


def passages(*effects, **changes):
    """One passage a character, with these effects."""
    return [Passage(place, place + 1, effect, **changes) for place, effect in enumerate(effects)]


@st.composite
def explained(draw):
    """Any text, cut anywhere, with any effects."""
    text = draw(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&\"'/="), max_size=40))
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=16, unique=True)))
    pairs = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False) if start < end]
    effect = st.floats(-20, 20, allow_subnormal=False)
    return text, [Passage(*pair, draw(effect), draw(st.booleans()), draw(st.booleans())) for pair in pairs]


@given(explained())
def test_without_its_tags_the_html_is_exactly_the_text(example):
    text, parts = example
    assert stripped(highlighted(text, parts)) == text


@given(explained())
def test_nothing_of_the_text_becomes_a_tag_or_an_attribute(example):
    text, parts = example
    for markup in (highlighted(text, parts), sentence_list(text, [part(one, 0.5) for one in parts])):
        tags = Tags(markup).elements
        assert {name for name, _ in tags} <= OUR_TAGS
        assert {name for _, attributes in tags for name in attributes} <= {"style", "title", "aria-description"}


def test_a_script_in_a_review_stays_text():
    text = '<script>alert(1)</script><img src=x onerror=alert(2)> & "quotes"'
    markup = highlighted(text, [Passage(0, 8, 1.0), Passage(9, len(text), -1.0)])
    assert "<script" not in markup
    assert "<img" not in markup
    assert stripped(markup) == text


def test_direction_is_shown_by_tint_by_line_and_in_words():
    up, down = Tags(highlighted("ab", passages(1.0, -1.0))).named("mark")
    assert "rgba(31,119,180," in up["style"]
    assert "underline solid" in up["style"]
    assert up["aria-description"] == up["title"] == "+1.00 towards positive"
    assert "rgba(217,102,10," in down["style"]
    assert "underline dotted" in down["style"]
    assert down["aria-description"] == "−1.00 towards negative"


def test_a_stronger_effect_has_a_stronger_tint():
    def opacities(*effects):
        styles = [attributes["style"] for _, attributes in Tags(highlighted("abc", passages(*effects))).elements[1:]]
        return [float(re.search(r"rgba\(\d+,\d+,\d+,([\d.]+)\)", style)[1]) for style in styles]

    weak, middle, strong = opacities(1.0, -2.0, 4.0)
    assert weak < middle < strong < 0.6
    assert opacities(0.01, 0.02, -0.04)[2] < 0.1


def test_only_the_strongest_words_are_announced():
    parts = passages(*(n / 20 for n in range(20)))
    marks = Tags(highlighted("abcdefghijklmnopqrst", parts)).named("mark")
    assert len(marks) == ANNOUNCED
    assert marks[0]["title"] == "+0.50 towards positive"


def test_the_strongest_come_first_and_weak_ones_never():
    parts = passages(0.1, -3.0, 2.0, 0.5)
    assert [part.effect for part in strongest(parts)] == [-3.0, 2.0]
    assert strongest(passages(0.0, 0.01)) == []
    assert strongest([]) == []


def test_a_word_without_effect_is_plain_text():
    assert Tags(highlighted("ab", passages(0.0, 0.004))).elements[1:] == []


def test_an_unknown_word_has_a_dashed_line_and_says_so():
    ((tag, attributes),) = Tags(highlighted("a", passages(0.0, known=False))).elements[1:]
    assert tag == "span"
    assert "underline dashed" in attributes["style"]
    assert attributes["title"] == "not in the vocabulary"


def test_a_typing_error_says_what_it_was_read_as():
    ((_, attributes),) = Tags(highlighted("a", passages(0.0, known=False, read_as="fine"))).elements[1:]
    assert attributes["title"] == "not in the vocabulary, read as “fine”"


def test_an_unknown_word_that_moved_the_score_shows_both():
    ((_, attributes),) = Tags(highlighted("a", passages(-1.0, known=False))).elements[1:]
    assert "rgba(217,102,10," in attributes["style"]
    assert attributes["style"].rindex("dashed") > attributes["style"].rindex("dotted")
    assert attributes["title"] == "not in the vocabulary, −1.00 towards negative"


def test_thousands_of_unread_words_are_one_pale_piece():
    text = "word " * 5_000
    parts = [Passage(place * 5, place * 5 + 4, 0.0, read=place in (0, 4_999)) for place in range(5_000)]
    (_, attributes), *others = Tags(highlighted(text, parts)).elements[1:]
    assert "opacity" in attributes["style"]
    assert others == []
    assert stripped(highlighted(text, parts)) == text


def test_the_list_of_sentences_says_what_each_does():
    text = "Good film. Bad end. It is."
    parts = [
        part(Passage(0, 10, 1.2), 0.4),
        part(Passage(11, 19, -0.8), 0.9, "negative", 0.05),
        part(Passage(20, 26, 0.0), 0.7, "unscored", None),
    ]
    said = stripped(sentence_list(text, parts)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Positive · 90 % positiveraises · 40 % without itGood film." in said
    assert "Negative · 5 % positivelowers · 90 % without itBad end." in said
    assert "Unscoredno effect · 70 % without itIt is." in said


def test_a_sentence_that_hardly_moves_the_score_is_said_to_move_it_a_little():
    said = stripped(
        sentence_list("Good film. It ends.", [part(Passage(0, 10, 1.5), 0.4), part(Passage(11, 19, 0.1), 0.7)])
    )
    assert "raises ·" in said
    assert "raises a little ·" in said


def test_a_very_long_sentence_shows_its_two_ends():
    text = "start " + "x" * 5_000 + " end"
    said = stripped(sentence_list(text, [part(Passage(0, len(text), 1.0), 0.5)]))
    assert len(said) < 1_000
    assert "start" in said
    assert said.endswith("end")


def test_the_legend_explains_what_occurs():
    assert stripped(legend(passages(1.0))) == "towards positive"
    every = [*passages(1.0, -1.0), Passage(2, 3, 0.0, known=False), Passage(3, 4, 0.0, read=False)]
    said = stripped(legend(every))
    assert all(name in said for name in ("positive", "negative", "not in the vocabulary", "not read"))
