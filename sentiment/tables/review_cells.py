"""The review in a cell: a text, a text inside an object or a list, or one that a program has wrapped.

Programs that keep a text in a column of another type wrap it: in JSON, in what Python prints for a dictionary, for
bytes or for a scalar of NumPy, in a formula that spreadsheets read as text, behind a date and an author, with its
spaces percent-encoded, or in Base64.
"""

import ast
import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from sentiment.tables.columns import TEXT_NAMES, is_address, is_value, words_of
from sentiment.tables.rows import cell_text

_DEEPEST = 8
_FIELDS = ("review", "text", "body", "content", "comment", "message")
_SPECIFIC_NAMES = 5
_FEWEST_WORDS = 3  # of a sentence
_SURE_NAMES = frozenset((*TEXT_NAMES[:_SPECIFIC_NAMES], "text", "comment", "comments", "comment text", "feedback"))
# Fields next to a value that say what it is, as in `{"type": "literal", "value": "A fine place."}`.
_ABOUT_NAMES = frozenset(
    ("type", "id", "lang", "xml lang", "language", "datatype", "url", "uri", "href", "link", "color", "user agent")
)
_LONGEST_LITERAL = 20_000  # characters; Python's parser takes hundreds of bytes of memory for each
# How every wrapped text begins; in the syntax of RE2, too.
WRAPPED = r"""^(?:\s*(?:[\[{]|b["']|="|(?:np|numpy)\.)|\d{1,2}/[A-Z][a-z]{2}/\d\d|\S*%20|[A-Za-z0-9+/]{16,}=*$)"""
_WRAPPED = re.compile(WRAPPED)
_BYTES = re.compile(r"""\s*(b(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"))\s*""", re.DOTALL)
# A scalar of NumPy, as version 2 prints it.
_SCALAR = re.compile(
    r"""\b(?:np|numpy)\.(?:str_|bytes_|bool_?|u?int\d*|float\d*)\(("""
    r"""(?:b?(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"))|[\w.+-]*+)\)""",
    re.DOTALL,
)
# Before each comment in an export of Jira: "01/May/24 10:00 AM;ann;".
_DATED = re.compile(r"\d{1,2}/[A-Z][a-z]{2}/\d{2,4} \d{1,2}:\d\d(?: [AP]M)?;[^;\n]{1,80};(?=\s*\S)")
_FORMULA = re.compile(r'\s*="((?:[^"]|"")*+)"\s*')
_PERCENT_ENCODED = re.compile(r"[^\s%]*+(?:%[0-9A-Fa-f]{2}[^\s%]*+)++")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){4,}+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_STRING = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\"""", re.DOTALL)
# What Python prints around strings; on anything else its parser may warn.
_AROUND_STRINGS = re.compile(
    r"(?:[\s\[\]{}(),:]|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])|\b(?:None|True|False|b)\b)*+", re.DOTALL
)
_PRINTED_ESCAPES = frozenset("\\'\"nrtxuU")


def text_of(cell: object) -> str:
    """Return the review in a cell of any type.

    For an object, it is the field with a usual name of a review, empty if that is empty, else the longest text; for a
    list, all its texts. For an object without a field for a text, as for any other cell, it is `cell_text`, of its
    number if it holds one value only. A wrapped text is unwrapped.

    Examples:
        >>> text_of('{"stars": 5, "text": "A fine place."}')
        'A fine place.'
        >>> text_of("b'A fine place.'")
        'A fine place.'
    """
    if isinstance(cell, str):
        return _unwrapped(cell) if _WRAPPED.match(cell) else cell
    if cell == []:
        return ""
    value = only_value(cell)
    return cell_text(value) if isinstance(value, int | float) else _found_text(cell, cell_text(cell))


def holds_several(cell: object) -> bool:
    """Return whether a cell is a list with an object, or a row of its own, for each of several reviews.

    The list may be written as JSON or as Python prints it.
    """
    value = parsed_cell(cell) if isinstance(cell, str) and _WRAPPED.match(cell) else cell
    if not isinstance(value, list):
        return False
    objects = [one for one in value if isinstance(one, dict) and _nested_text(one, _DEEPEST)]
    rows = [one for one in value if isinstance(one, list | tuple) and any(map(_is_sentence, one))]
    return len(objects) > 1 or len(rows) > 1


def holds_several_inside(cell: object, depth: int = _DEEPEST) -> bool:
    """Return whether a value is, or has at any depth, a list of several objects with sentences."""
    if isinstance(cell, dict) and depth:
        return any(holds_several_inside(value, depth - 1) for value in cell.values())
    if not isinstance(cell, list):
        return False
    return sum(isinstance(one, dict) and _is_sentence(_nested_text(one, _DEEPEST)) for one in cell) > 1


def has_named_text(cell: object, depth: int = _DEEPEST) -> bool:
    """Return whether an object or a list has, at any depth, a text in a field with the name of a review."""
    if isinstance(cell, list) and depth:
        return any(has_named_text(one, depth - 1) for one in cell)
    if not isinstance(cell, dict) or not depth:
        return False
    return any(
        has_named_text(value, depth - 1) or (words_of(str(name)) in _SURE_NAMES and bool(_nested_text(value, depth)))
        for name, value in cell.items()
    )


def _unwrapped(text: str) -> str:
    if found := _DATED.match(text):
        return text[found.end() :]
    if found := _FORMULA.fullmatch(text):
        return found[1].replace('""', '"')
    if "np." in text or "numpy." in text:
        scalar = _SCALAR.fullmatch(text.strip())
        text = _SCALAR.sub(r"\1", text)
        if scalar and not text.lstrip().startswith(("b'", 'b"')):
            return cell_text(_printed(text) or text)
    if found := _BYTES.fullmatch(text):
        return cell_text(_printed(found[1]) or text)
    if _PERCENT_ENCODED.fullmatch(text):
        return unquote(text)
    if _BASE64.fullmatch(text):
        return _of_base64(text) or text
    return _found_text(parsed_cell(text), text)


def _found_text(value: object, otherwise: str) -> str:
    """Return the review inside a value, "" if it has a field for it that is empty, `otherwise` if it has none."""
    if text := _nested_text(value, _DEEPEST):
        return text
    if isinstance(value, dict) and _ABOUT_NAMES.issuperset(map(words_of, map(str, value))):
        return max((_nested_text(each, _DEEPEST) for each in value.values()), key=len, default="") or otherwise
    return "" if _holds_empty(value, _DEEPEST) else otherwise


def only_value(value: object) -> object:
    """Return what an object holds as its only value, next to fields that describe it, at any depth; else the value.

    Examples:
        >>> only_value({"type": "number", "number": 5}), only_value({"en-US": 5}), only_value({"low": 1, "high": 5})
        (5, 5, {'low': 1, 'high': 5})
    """
    for _ in range(_DEEPEST):
        held = [each for name, each in value.items() if not _is_about(name)] if isinstance(value, dict) else []
        if len(held) != 1:
            break
        (value,) = held
    return value


def _is_about(name: object) -> bool:
    return words_of(str(name)) in _ABOUT_NAMES


def _holds_empty(value: object, depth: int) -> bool:
    """Return whether a value without a text has an empty one, or an empty field with the name of a text."""
    if isinstance(value, list):
        return (value != [] and not any(value)) or (depth > 0 and any(_holds_empty(each, depth - 1) for each in value))
    if not isinstance(value, dict) or not depth:
        return value == ""
    fields = {name: each for name, each in value.items() if not _is_about(name)}
    return any(_is_named_empty(str(name), each) or _holds_empty(each, depth - 1) for name, each in fields.items())


def _is_named_empty(name: str, value: object) -> bool:
    words = words_of(name)
    is_named = words in TEXT_NAMES or words.rpartition(" ")[2] in _FIELDS
    return is_named and not value and not isinstance(value, int | float)


def _of_base64(text: str) -> str:
    """Return the words that Base64 encodes; "" if the text is a word by itself, which does not decode to several."""
    try:
        decoded = base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return ""
    return decoded if " " in decoded and all(map(str.isprintable, decoded.split())) else ""


def parsed_cell(text: str) -> dict[str, Any] | list[Any] | None:
    """Return the object or list that a text is as JSON or as Python prints it, else None."""
    readers: tuple[Callable[[str], Any], ...] = (json.loads, _printed)
    for read in readers:
        try:
            value = read(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict | list):
            return value
    return None


def _printed(text: str) -> Any:
    """Return the value that Python prints as the text; None if it is none."""
    if len(text) > _LONGEST_LITERAL and not text.startswith("b"):
        return None
    if not _PRINTED_ESCAPES.issuperset(_ESCAPE.findall(text)) or not _AROUND_STRINGS.fullmatch(_STRING.sub("", text)):
        return None
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _nested_text(cell: object, depth: int) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, list) and cell and all(map(_is_pair, cell)):
        cell = dict(cell)  # a map of Parquet
    if isinstance(cell, dict) and depth:
        texts = {str(name): _nested_text(value, depth - 1) for name, value in cell.items()}
        named = next((texts[name] for name in _FIELDS if texts.get(name)), "") or _telling(texts)
        return named or _longest(texts, is_left_empty=any(_is_left_empty(name, cell, texts) for name in texts))
    if isinstance(cell, list) and depth:
        if written := [value for value in cell if isinstance(value, dict) and value.get("role") == "user"]:
            cell = written  # for a chat, the user's messages
        elif fitting := [value for value in cell if isinstance(value, dict) and any(map(value.get, _FIELDS))]:
            cell = fitting
        return "\n".join(filter(None, (_nested_text(value, depth - 1) for value in cell)))
    return ""


def _is_sentence(value: object) -> bool:
    return isinstance(value, str) and len(value.split()) >= _FEWEST_WORDS


def _is_pair(one: object) -> bool:
    return isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str)


def _is_left_empty(name: str, cell: dict[Any, Any], texts: dict[str, str]) -> bool:
    """Return whether a field is the one for the review, and has no text; a number in it is something else."""
    is_named = name in _FIELDS or words_of(name) in TEXT_NAMES[:_SPECIFIC_NAMES]
    return is_named and not texts[name] and not isinstance(cell.get(name), int | float)


def _longest(texts: dict[str, str], *, is_left_empty: bool) -> str:
    """Return the longest text, if possible of a field such as "full_text", or one that is no number, date or link.

    If the field for the review is left empty, only such a field counts.
    """
    fields = {name: text for name, text in texts.items() if not _is_about(name)}
    named = [text for name, text in fields.items() if words_of(name).rpartition(" ")[2] in _FIELDS]
    if is_left_empty:
        return max(named, key=len, default="")
    prose = [text for text in fields.values() if not is_value(text) and not is_address(text)]
    return max(next(filter(any, (named, prose)), list(fields.values())), key=len, default="")


def _telling(texts: dict[str, str]) -> str:
    """Return the text of the field whose name, in any spelling, is the most specific one of a review; "" if none is."""
    names = {words_of(name): text for name, text in texts.items() if text}
    return next((names[name] for name in TEXT_NAMES[:_SPECIFIC_NAMES] if name in names), "")
