"""Split a review into sentences with a simple rule: . ! ? and line breaks end one."""

import re

# Matches only from the first mark of a run and without backtracking: a run of marks that ends no sentence is scanned
# once.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"')\]»”]*+(?=\s)|\n+")
_ABBREVIATIONS = frozenset("mr mrs ms dr prof st jr sr vs etc e.g i.e cf approx".split())
_LAST_WORD = re.compile(r"[\w.]*\w$")
_NEXT = re.compile(r"\s*(\S)")


def sentences(cleaned: str) -> list[tuple[int, int]]:
    """Return the start and end of each sentence, in order and without surrounding white space.

    A full stop after an abbreviation or an initial does not end a sentence, nor does an ellipsis followed by a
    lower-case letter ("well... it was").
    """
    found, start = [], 0
    for mark in _END.finditer(cleaned):
        if _ends_sentence(cleaned, mark):
            found.append(_stripped(cleaned, start, mark.end()))
            start = mark.end()
    found.append(_stripped(cleaned, start, len(cleaned)))
    return [(first, last) for first, last in found if first < last]


def _ends_sentence(cleaned: str, mark: re.Match[str]) -> bool:
    marks = mark[0].rstrip("\"')]»”")
    if marks.endswith(("..", "…")):
        following = _NEXT.match(cleaned, mark.end())
        return following is None or not following[1].islower()
    if marks != ".":
        return True
    word = _LAST_WORD.search(cleaned, max(0, mark.start() - 20), mark.start())
    return word is None or not (word[0].lower() in _ABBREVIATIONS or (len(word[0]) == 1 and word[0].isupper()))


def _stripped(cleaned: str, start: int, end: int) -> tuple[int, int]:
    piece = cleaned[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
