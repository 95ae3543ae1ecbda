"""The time for a text is at most linear in its length, and bounded where no model reads on."""

import time
from collections.abc import Callable

import pytest

from sentiment.explanation.sentences import clauses
from sentiment.text.cleaning import MAXIMUM_CHARACTERS, clean
from sentiment.text.reader import Reader
from sentiment.text.tokenizer import tokenizer
from sentiment.text.vocabulary import Vocabulary
from tests.support.hostile_texts import HOSTILE_TEXTS

WORDS = "the a film was is and it i very good bad not plot wonderful terrible acting but . , !".split()
READER = Reader("modern", Vocabulary(["<padding>", "<unknown>", *WORDS]), 800)
TOKENIZER = tokenizer("modern")
# Four times the text takes four times as long, or sixteen times if the growth is quadratic.
MOST_GROWTH = 9.0
# Below this, the clock's resolution and other load determine the ratio.
FLOOR_SECONDS = 0.004


def seconds(work: Callable[[str], object], text: str) -> float:
    """Return the processor time of one call, the minimum of three."""

    def once() -> float:
        started = time.thread_time()
        work(text)
        return time.thread_time() - started

    return min(once() for _ in range(3))


def all_steps(text: str) -> None:
    cleaned = clean(text)
    TOKENIZER.spans(cleaned)
    clauses(cleaned)
    READER.read(text)


@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_four_times_the_text_takes_about_four_times_as_long(kind):
    small, middle, large = (seconds(all_steps, HOSTILE_TEXTS[kind](MAXIMUM_CHARACTERS // share)) for share in (4, 2, 1))
    growth = large / max(small, FLOOR_SECONDS)
    assert growth <= MOST_GROWTH, f"{kind}: {small:.4f} s, {middle:.4f} s, {large:.4f} s"


@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_a_text_of_five_million_characters_takes_no_longer_than_what_is_read_of_it(kind):
    text = HOSTILE_TEXTS[kind](5_000_000)
    assert seconds(READER.read, text) <= 0.5
