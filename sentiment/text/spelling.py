"""Typing errors: an unknown word is read as the known word that one slip of the fingers makes it of.

Known words are looked up by what a slip leaves of them, so a search costs a few dozen lookups (SymSpell, Garbe 2012).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from sentiment.text.vocabulary import UNKNOWN

# In shorter words a slip makes another word too often, and a wrong letter does so in most.
_SHORTEST = 3
_LONG = 7
# No word of a review is longer, and the work grows with the square of its letters.
_LONGEST = 40
_REMEMBERED = 1 << 16
_PLAIN = re.compile("[a-z]+")


class Spelling:
    """The slips that lead to `words`, which are in order of their ids, commonest first.

    A slip is two neighbours swapped or else a letter missing or one too many, and in words of seven
    letters or more a wrong one. The first letter is never missing, surplus or wrong: people see that one.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._ids: dict[str, int] = {}
        self._lacking: dict[str, int] = {}
        for number, word in enumerate(words):
            if _may_be_corrected(word):
                self._ids[word] = number
                for left in _without_a_letter(word):
                    self._lacking.setdefault(left, number)
        self._words = words
        self.meant = lru_cache(_REMEMBERED)(self._meant)

    def _meant(self, word: str) -> int:
        """Return the id of the word that is meant by an unknown one, or that of unknown words.

        The surest kind of slip first: the same letters in another order, or one twice, are hardly chance. A letter is
        missing more often than there is another, where either would explain the word. Of several words that one kind
        explains, the commonest is meant.
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
        """Return the id of the commonest known one of `words`, 0 where there is none."""
        known = self._ids.keys() & words
        return min(map(self._ids.__getitem__, known)) if known else 0

    def _one_wrong(self, word: str, shorter: list[str]) -> int:
        """Return the id of the commonest known word that differs from `word` by one letter in its place, or 0."""
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
