"""Spelling correction: map an unknown word to the known word from which it differs by one typing error.

Known words are indexed by the results of deleting letters, so a search takes a few dozen lookups (SymSpell, Garbe
2012).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from sentiment.text.vocabulary import UNKNOWN

# In shorter words a typing error too often gives another word, and a wrong letter does so in most words.
_SHORTEST = 3
_LONG = 7
# No word in a review is longer, and the time is quadratic in the number of letters.
_LONGEST = 40
_REMEMBERED = 1 << 14
_PLAIN = re.compile("[a-z]+")


class Spelling:
    """Typing errors of `words`, which are ordered by id, most frequent first.

    A typing error is a swap of two adjacent letters, a missing letter, an extra letter or, in words of seven letters or
    more, a wrong letter. The first letter is never missing, extra or wrong: people notice that one.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._ids = {word: number for number, word in enumerate(words) if _may_be_corrected(word)}
        # In reverse, so that the most frequent word of those that lack a letter alike stays.
        self._lacking = {
            word[:place] + word[place + 1 :]: number
            for word, number in reversed(self._ids.items())
            for place in range(1, len(word))
        }
        self._words = words
        self.meant = lru_cache(_REMEMBERED)(self._meant)

    def _meant(self, word: str) -> int:
        """Return the id of the known word meant by an unknown one, or that of unknown words.

        The most reliable kind of error is tried first: swapped and doubled letters are hardly ever a coincidence. If a
        missing and an extra letter would both explain the word, a missing one is more likely. Among several words
        explained by one kind, the most frequent one is returned.
        """
        if not _may_be_corrected(word):
            return UNKNOWN
        shorter = _without_a_letter(word)
        doubled = [left for left, one, other in zip(shorter, word, word[1:], strict=False) if one == other]
        return (
            self._commonest(_swapped(word))
            or (self._commonest(doubled) if doubled else 0)
            or self._lacking.get(word, 0)
            or self._commonest(shorter)
            or (self._one_wrong(word, shorter) if len(word) >= _LONG else 0)
            or UNKNOWN
        )

    def _commonest(self, words: list[str]) -> int:
        """Return the id of the most frequent known word in `words`, 0 if there is none."""
        known = self._ids.keys() & words
        return min(map(self._ids.__getitem__, known)) if known else 0

    def _one_wrong(self, word: str, shorter: list[str]) -> int:
        """Return the id of the most frequent known word that differs from `word` by one substituted letter, or 0."""
        lacking = [number for left in shorter if (number := self._lacking.get(left))]
        return min((number for number in lacking if _differs_once(word, self._words[number])), default=0)


def _may_be_corrected(word: str) -> bool:
    return _SHORTEST <= len(word) <= _LONGEST and _PLAIN.fullmatch(word) is not None


def _without_a_letter(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(1, len(word))]


def _swapped(word: str) -> list[str]:
    return [word[:place] + word[place + 1] + word[place] + word[place + 2 :] for place in range(len(word) - 1)]


def _differs_once(word: str, other: str) -> bool:
    return len(word) == len(other) and sum(map(str.__ne__, word, other)) == 1
