"""Split a review into sentences with a simple rule (. ! ? and line breaks end one), and sentences at contrasts."""

import re
from itertools import pairwise

# Matches only from the first mark of a run and without backtracking: a run of marks that ends no sentence is scanned
# once.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"')\]»”]*+(?=\s)|\n+")
_ABBREVIATIONS = frozenset("mr mrs ms dr prof st jr sr vs etc e.g i.e cf approx".split())
_LAST_WORD = re.compile(r"[\w.]*\w$")
_NEXT = re.compile(r"\s*(\S)")
# Before a word that contrasts what follows with what came before; "but" needs no comma, except after "nothing" and the
# like.
_CONTRAST = re.compile(
    r"(?<=[,;:)–—-])\s++(?=(?:and yet|but|yet|although|though|however|whereas|while|except|unfortunately|sadly)\b)"
    r"|(?<!\bnothing)(?<!\banything)(?<!\beverything)(?<!\bnone)(?<!\ball)(?<!\bhelp)(?<!\bchoice)(?<!\bnot only)"
    r"(?<!\s)\s++(?=but\b)",
    re.IGNORECASE,
)
# Up to the first comma of a sentence that begins with a concession: "Although it was cheap, it broke."
_CONCESSION = re.compile(r"(?:even though|although|though|while|whereas|despite)\b[^,]*,\s+", re.IGNORECASE)


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


def clauses(cleaned: str) -> list[tuple[int, int]]:
    """Return the start and end of each sentence, or of its clauses if it contains a contrast, in order.

    A clause has two words or more.

    Example:
        >>> text = "The room smelled of damp, but the staff were lovely. Avoid."
        >>> [text[start:end] for start, end in clauses(text)]
        ['The room smelled of damp,', 'but the staff were lovely.', 'Avoid.']
    """
    found = []
    for start, end in sentences(cleaned):
        bounds = [start, *_contrasts(cleaned, start, end), end]
        found += [_stripped(cleaned, first, last) for first, last in pairwise(bounds)]
    return found


def _contrasts(cleaned: str, start: int, end: int) -> list[int]:
    """Return where clauses of the sentence begin, leaving out those that would have a single word."""
    places = [mark.end() for mark in _CONTRAST.finditer(cleaned, start, end)]
    if concession := _CONCESSION.match(cleaned, start, end):
        places.append(concession.end())
    kept, last = [], start
    for place in sorted(places):
        if min(len(cleaned[last:place].split()), len(cleaned[place:end].split())) > 1:
            kept.append(place)
            last = place
    return kept


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
