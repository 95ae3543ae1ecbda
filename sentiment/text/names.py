"""The names of people, places and works that reviews mention: words written with a capital wherever they stand."""

import re
from collections import Counter
from collections.abc import Iterable

from sentiment.text.cleaning import clean

# A word after the end of a sentence has a capital in any case; one after a word or a comma has it for its own sake.
_WITHIN_SENTENCE = re.compile(r"(?<=[a-z,] )[A-Za-z][a-z]{2,}\b")
# What stands more seldom may be a slip.
_MINIMUM_COUNT = 5
_CAPITAL_SHARE = 0.97


def stands_as_name(word: str, text: str) -> bool:
    """Whether a word, given in lower case, has a capital inside a sentence of a cleaned text, where it stands first."""
    place = text.find(f" {word.capitalize()}")
    return place > 0 and (text[place - 1].islower() or text[place - 1] == ",")


def names_in(reviews: Iterable[str]) -> list[str]:
    """Return the names that stand often in raw `reviews`, commonest first."""
    counts: Counter[str] = Counter()
    for review in reviews:
        counts.update(_WITHIN_SENTENCE.findall(clean(review)))
    return [
        word
        for word, count in counts.most_common()
        if count >= _MINIMUM_COUNT and word[0].isupper() and count >= _CAPITAL_SHARE * (count + counts[word.lower()])
    ]
