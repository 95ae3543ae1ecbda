"""Names of people, places and works in reviews: words that are capitalised wherever they occur."""

import re
from collections import Counter
from collections.abc import Iterable

from sentiment.text.cleaning import clean

# A word at the start of a sentence is always capitalised; after a word or a comma, a capital indicates a name.
_WITHIN_SENTENCE = re.compile(r"(?<=[a-z,] )[A-Za-z][a-z]{2,}\b")
# A rarer word may be a typing error.
_MINIMUM_COUNT = 5
_CAPITAL_SHARE = 0.97


def stands_as_name(word: str, text: str) -> bool:
    """Whether the first capitalised occurrence of a lower-case word in a cleaned text is inside a sentence."""
    place = text.find(f" {word.capitalize()}")
    return place > 0 and (text[place - 1].islower() or text[place - 1] == ",")


def names_in(reviews: Iterable[str]) -> list[str]:
    """Return the names that occur often in raw `reviews`, most frequent first."""
    counts: Counter[str] = Counter()
    for review in reviews:
        counts.update(_WITHIN_SENTENCE.findall(clean(review)))
    return [
        word
        for word, count in counts.most_common()
        if count >= _MINIMUM_COUNT and word[0].isupper() and count >= _CAPITAL_SHARE * (count + counts[word.lower()])
    ]
