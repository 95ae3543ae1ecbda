"""Convert a raw review to plain text: remove markup, decode entities, normalise Unicode.

Every string is accepted, whatever its source. The work is bounded: a very long review is truncated first, and each step
takes time linear in the length of the text.
"""

import html
import re
import unicodedata
from functools import lru_cache

# A longer review is reduced to its beginning and its end, each far longer than what a model reads of it.
MAXIMUM_CHARACTERS = 20_000
_PART = MAXIMUM_CHARACTERS // 2
# No text is escaped more often than this by accident.
_MOST_ESCAPES = 16
# The maximum number of combining marks in a row in Unicode's stream-safe text format (Unicode Standard Annex 15).
# Sorting them takes time quadratic in their number.
_MOST_MARKS = 30

_TAG_NAMES = """
    a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption center
    cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure
    font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label
    legend li link main map mark marquee menu meta meter nav nobr noscript object ol optgroup option output p param
    picture pre progress q rp rt ruby s samp script section select slot small source span strike strong style sub
    summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr
    o:p st1:[a-z]+
""".split()
# Attributes contain an equals sign, so "<a lot of people>" is not a link. Every repetition is possessive, so that an
# unterminated tag is scanned only once.
_TAG = re.compile(
    rf"<(?P<closing>/?)(?P<name>{'|'.join(_TAG_NAMES)})(?:\s*+/?\s*+|\s++[^<>=]*+=[^<>]*+)>", re.IGNORECASE
)
_BREAK = re.compile(r"<\s*+/?\s*+(?:br|p)\s*+/?\s*+>", re.IGNORECASE)
# Line breaks, tabs and quotes as escaped by programs for JSON or a database and never unescaped; a backslash after a
# colon or a backslash belongs to a path.
_ESCAPE = re.compile(r"(?<![:\\])\\(?:([nrt])|([\"']))")
# Characters as JSON escapes them, and as R prints those that a Windows code page lacks.
_CODE_POINT = re.compile(r"(?<![:\\])\\u([0-9A-Fa-f]{4})|<U\+([0-9A-F]{4,5})>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# The content of these is not meant for people, if they have an end tag.
_HIDDEN = ("script", "style")
# A parser takes everything up to their end tag for text, in a way that differs between versions of Python.
_RAW = ("iframe", "noscript", "textarea", "title")
# Characters that a parser would take for markup, moved to a private block of Unicode while it runs.
_SHIELDED = {ord("<"): "\ue03c", ord("&"): "\ue026"}
_UNSHIELDED = {0xE03C: "<", 0xE026: "&"}

_LONG_NUMBER = re.compile(r"&#(\d{8,});?")
_LONGEST_NUMBER = 7  # the number of digits of the largest code point
_ASCII = bytes(range(128))
_SURROGATE = re.compile("[\ud800-\udfff]")
_FOREIGN_RUN = re.compile(rf"[^\x00-\x7f]{{{_MOST_MARKS + 1},}}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ue000-\ue07f]")
_TYPEWRITER = {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "“": '"', "”": '"'}
_TYPESET = re.compile(f"[{''.join(_TYPEWRITER)}]")


def clean(review: str) -> str:
    """Return the review as plain text: no HTML, entities decoded, Unicode in NFKC.

    A tag becomes a space, so that the words on both sides of it are not joined. Angle brackets around anything but the
    name of an HTML element are text: `"lasts <one hour, >2 on standby"` is unchanged. A line break written as `\\n`
    becomes a space, and `\\u2019` or `<U+2019>` an apostrophe. Of a review longer than 20,000 characters, the first and
    last 10,000 are returned.

    Example:
        >>> clean("Tom &amp;amp; Jerry:<br />a <b>classic</b>")
        'Tom & Jerry: a  classic'
    """
    review = _shortened(review)
    if "\\u" in review or "<U+" in review:
        review = _CODE_POINT.sub(lambda point: chr(int(point[1] or point[2], 16)), review)
    review = _without_markup(_unescaped(review))
    if "\\" in review:
        review = _ESCAPE.sub(lambda escape: escape[2] or " ", review)
    if review.isascii():
        return review
    # Few characters of a text are not ASCII, so each step checks those first and searches the text only if needed.
    foreign = foreign_characters(review)
    if _SURROGATE.search(foreign):
        # Join surrogate pairs, which some programs write for a single character, and replace unpaired ones.
        review = review.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    # Before NFKC, which turns a standalone accent into a space.
    if _TYPESET.search(foreign):
        review = _TYPESET.sub(lambda mark: _TYPEWRITER[mark[0]], review)
    if len(foreign) > _MOST_MARKS:
        review = _FOREIGN_RUN.sub(_with_few_marks, review)
    if not unicodedata.is_normalized("NFKC", review):
        review = unicodedata.normalize("NFKC", review)
    return _INVISIBLE.sub("", review) if _INVISIBLE.search(foreign_characters(review)) else review


def foreign_characters(text: str) -> str:
    """Return the characters of a text that are not ASCII, in order; through UTF-8, which is faster than a search."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def tokens_cut(review: str) -> int:
    """Estimate how many words `clean` removes from a long raw review, by counting spaces; 0 if it is not too long."""
    review = _stripped(review)
    return review.count(" ", _PART, -_PART) + 1 if len(review) > MAXIMUM_CHARACTERS else 0


def _shortened(review: str) -> str:
    review = _stripped(review)
    return f"{review[:_PART]} {review[-_PART:]}" if len(review) > MAXIMUM_CHARACTERS else review


def _stripped(review: str) -> str:
    return review.strip() if len(review) > MAXIMUM_CHARACTERS else review


def _unescaped(review: str) -> str:
    """Return the review with its entities decoded, even if they were escaped more than once."""
    for _ in range(_MOST_ESCAPES):
        if "&" not in review:
            break
        decoded = html.unescape(_LONG_NUMBER.sub(_short_number, review))
        if decoded == review:
            break
        review = decoded
    return review


def _short_number(reference: re.Match[str]) -> str:
    """Return a character reference that `html` can decode: it fails on numbers with thousands of digits."""
    digits = reference[1].lstrip("0") or "0"
    return f"&#{digits};" if len(digits) <= _LONGEST_NUMBER else "\ufffd"


def _without_markup(review: str) -> str:
    if "<" in review:
        # Most markup in reviews is a line break, usually written like this; it needs no parser.
        review = review.replace("<br />", " ")
    if "<" in review:
        review = _BREAK.sub(" ", review)
        # Only up to the end of the last comment: for an unterminated one, the search would run to the end of the text.
        commented, end, rest = review.rpartition("-->")
        review = _COMMENT.sub(" ", commented + end) + rest
        if _TAG.search(review):
            review = _parsed(review)
    return review


def _parsed(review: str) -> str:
    """Return the text between the tags of a review.

    The parser gets real tags without attributes, and everything else as text: otherwise it would fail on some
    incomplete tags, scan to the end of the text repeatedly for others, and differ between versions of Python.
    """
    from bs4 import BeautifulSoup

    last_closing = {tag["name"].lower(): tag.start() for tag in _TAG.finditer(review) if tag["closing"]}
    markup, end = [], 0
    for tag in _TAG.finditer(review):
        name = tag["name"].lower()
        if name in _RAW or (name in _HIDDEN and tag.start() > last_closing.get(name, -1)):
            name = "div"
        markup += [review[end : tag.start()].translate(_SHIELDED), f"<{tag['closing']}{name}>"]
        end = tag.end()
    markup.append(review[end:].translate(_SHIELDED))
    return BeautifulSoup("".join(markup), "html.parser").get_text(" ").translate(_UNSHIELDED)


def _with_few_marks(run: re.Match[str]) -> str:
    """Return a run of characters without the combining marks after the 30th in a row."""
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


@lru_cache(1 << 12)
def _is_mark(character: str) -> bool:
    """Return whether a character, once decomposed by NFKC, combines with the one before it."""
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) > 0
