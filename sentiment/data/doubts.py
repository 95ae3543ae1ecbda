"""Sanity checks of labelled reviews, as sentences: labels that seem reversed, another language."""

import random
import re
from collections.abc import Sequence

from sentiment.data.examples import NEGATIVE, POSITIVE, Example
from sentiment.text.language import FUNCTION_WORDS, SAMPLE_TOKENS, other_language

# Words that are hardly ever used with the opposite sentiment; occurrences after a "not" are ignored.
_PRAISE = frozenset(
    ("excellent", "wonderful", "perfect", "great", "love", "loved", "amazing", "fantastic", "superb", "delicious")
)
_BLAME = frozenset(
    ("terrible", "awful", "worst", "horrible", "dreadful", "disappointing", "waste", "refund", "rude", "boring")
)
_WORD = re.compile(r"[^\W\d_]+(?:'t)?")
_CHARACTERS = 2_000
_SAMPLE = 2_000
_LANGUAGE_SAMPLE = 60
_ENOUGH_WORDS = 20
_REVERSED_SHARE = 0.25
_FOREIGN_SHARE = 0.5


def doubts(examples: Sequence[Example]) -> list[str]:
    """Return the sentences; none if nothing is suspicious."""
    drawn = random.Random(0).sample(list(examples), min(_SAMPLE, len(examples)))
    found = []
    if _are_reversed(drawn):
        found.append(
            "The labels seem to be reversed: reviews labelled negative praise, and those labelled "
            "positive complain. Swap the two meanings (--label-mapping on the command line) if "
            "that is so."
        )
    foreign = sum(map(_is_foreign, drawn[:_LANGUAGE_SAMPLE]))
    if foreign > _FOREIGN_SHARE * len(drawn[:_LANGUAGE_SAMPLE]):
        found.append(
            f"{foreign} of {len(drawn[:_LANGUAGE_SAMPLE])} sampled reviews are not in English. A "
            "model trained from scratch can learn their language, but the shipped one was trained "
            "on English only."
        )
    return found


def _are_reversed(examples: Sequence[Example]) -> bool:
    """Whether most words of praise and blame occur in reviews of the opposite label."""
    fitting = unfitting = 0
    for example in examples:
        words = _WORD.findall(example.review[:_CHARACTERS].casefold())
        for before, word in zip(["", *words], words, strict=False):
            if before in ("not", "no", "never") or before.endswith("n't") or word not in _PRAISE | _BLAME:
                continue
            fits = example.label == (POSITIVE if word in _PRAISE else NEGATIVE)
            fitting, unfitting = fitting + fits, unfitting + (not fits)
    return fitting + unfitting >= _ENOUGH_WORDS and fitting < _REVERSED_SHARE * (fitting + unfitting)


def _is_foreign(example: Example) -> bool:
    text = example.review[:_CHARACTERS]
    words = _WORD.findall(text.casefold())[:SAMPLE_TOKENS] or [""]
    # Without a vocabulary every word may be unknown, so the function words and the language identifier decide.
    return other_language(text, sum(word in FUNCTION_WORDS for word in words) / len(words), 0.0)
