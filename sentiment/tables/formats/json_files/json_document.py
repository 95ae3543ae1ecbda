"""A JSON document as rows: an array of objects, an object that contains one, or columns as written by pandas."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sentiment.errors import TableError
from sentiment.tables.columns import column_labels, has_header, has_strong_name
from sentiment.tables.formats import encoding
from sentiment.tables.formats.explaining_rows import rows_below_header
from sentiment.tables.formats.json_files.decoding import decoded, integer
from sentiment.tables.formats.json_files.embedded import refuse_text, unpacked
from sentiment.tables.formats.json_files.log_streams import log_rows
from sentiment.tables.formats.json_files.nested_reviews import field_of_reviews, reviews_inside, texts_in
from sentiment.tables.formats.json_files.result_sets import result_set
from sentiment.tables.review_cells import has_named_text

# As in Twitter archives, JavaScript modules, and JSONP responses; before it, what keeps an answer from being run as a
# script.
_ASSIGNMENT = re.compile(
    r"\s*(?:/\*(?:(?!\*/).)*+\*/\s*|while ?\(1\);|for ?\(;;\);|\)\]\}',?)?\s*"
    r"(?:(?:(?:var|let|const)\s+)?[\w.$]+\s*=|export\s+default\s|[\w.$]+\()?\s*(?=[\[{])",
    re.DOTALL,
)
_ROW_COUNT = re.compile(r"\d+ rows? in set\b[^\n]*\s*\Z")  # as the shell of MySQL writes it below the rows
_MOST_BYTES = 1 << 30
_DEEPEST = 8
_SAMPLE = 200
# The keys under which programs that return a table list its columns, and the key of each column's name.
_HEADERS = ("columns", "headers", "header", "fields", "cols", "names")
_NAMES = ("name", "label", "title", "field", "id")


def document_rows(path: Path, found: encoding.Encoding) -> Iterator[Any]:
    """Yield every row of the document: its fields, or the value found in place of an object.

    Raises:
        TableError: the file is not one JSON document, or is too large to be read at once.
    """
    return iter(_rows(path, found, path.stat().st_mtime_ns))


@lru_cache(maxsize=1)  # a table is read several times in succession
def _rows(path: Path, found: encoding.Encoding, changed: int) -> list[Any]:
    if path.stat().st_size > _MOST_BYTES:
        raise TableError(f"{path.name} is too large for one JSON document; save it as JSON Lines, one object per line.")
    return _rows_of(path, encoding.without_marks(encoding.whole_text(path, found)))


def _rows_of(path: Path, text: str) -> list[Any]:
    try:
        value = unpacked(decoded(text))
        refuse_text(path, value)
        return _table(value)
    except RecursionError:
        raise TableError(f"{path.name} is nested too deeply to be a table.") from None
    except json.JSONDecodeError as error:
        if (mended := _mended(text)) != text:
            return _rows_of(path, mended)
        return _several(path, text, error)


def _mended(text: str) -> str:
    """Return the text without what JavaScript allows and JSON does not: assignment, semicolon, trailing comma."""
    match = _ASSIGNMENT.match(text)
    text = text[match.end() :] if match and match[0].strip() else text
    end = text.rstrip().rstrip(";").rstrip()
    if match and match[0].rstrip().endswith("("):
        end = end.removesuffix(")").rstrip()
    inside = end[:-1].rstrip() if end.endswith(("]", "}")) else ""
    return inside[:-1] + end[-1] if inside.endswith(",") else end


def _several(path: Path, text: str, error: json.JSONDecodeError) -> list[Any]:
    """Return the rows of consecutive objects, each over several lines."""
    decoder = json.JSONDecoder(parse_int=integer)
    rows: list[Any] = []
    position = _after_blanks(text, 0)
    try:
        while position < len(text):
            value, position = decoder.raw_decode(text, position)
            rows.append(value)
            position = _after_blanks(text, position)
            if _ROW_COUNT.match(text, position):
                break
    except ValueError:
        rows = []
    if len(rows) < 2:
        raise TableError(
            f"{path.name} is not valid JSON: {error.msg.rstrip('.')} in line {error.lineno}. "
            "Save it as JSON again, or as CSV."
        ) from None
    return _values(rows)


def _after_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n,":
        position += 1
    return position


def _table(value: Any) -> list[Any]:
    """Return the rows in a document."""
    if isinstance(value, list):
        return _values(_joined(value))
    if not isinstance(value, dict):
        return []
    if rows := _arrays_below_names(value):
        return rows
    if columns := _columns(value):
        return columns
    if has_strong_name(name for name, text in value.items() if isinstance(text, str)):
        return [value]  # a single review, whatever else it contains
    return log_rows(value) or result_set(value) or _wrapped(value) or _keyed(value) or [value]


def _values(values: list[Any]) -> list[Any]:
    """Return the rows of an array, which may be those of result sets."""
    return _array(values) if _is_plain(values) else result_set(values) or _array(values)


def _is_plain(values: list[Any]) -> bool:
    """Return whether no value of an array, or of the arrays in it, is an object that could be a part of a result."""
    return not any(isinstance(one, dict) for each in values for one in (each if isinstance(each, list) else [each]))


def _wrapped(value: dict[str, Any]) -> list[Any]:
    """Return the longest array of objects in an object, such as the hits of a search; empty if there is none.

    The outermost level with an array counts. An array in an array belongs to its row.
    """
    level = [value]
    for _ in range(_DEEPEST):
        for place in level:
            if rows := _arrays_below_names(place):
                return rows
        inside = [each for place in level for each in place.values()]
        inside = [_joined(each) for each in inside]
        arrays = [each for each in inside if isinstance(each, list) and any(isinstance(one, dict) for one in each)]
        if arrays:
            longest = max(arrays, key=len)
            if len(longest) == 1 and all(isinstance(each, list | dict) for each in longest[0].values()):
                return _wrapped(longest[0]) or _array(longest)
            return _array(longest) if _has_reviews(longest) else _reviews_below(inside) or _array(longest)
        level = [each for each in inside if isinstance(each, dict)]
    return []


def _has_reviews(rows: Sequence[Any]) -> bool:
    """Return whether a row has, at any depth, a field with the usual name of a review column."""
    return any(has_named_text(row) for row in rows[:_SAMPLE])


def _reviews_below(inside: Sequence[Any]) -> list[Any]:
    """Return the rows with reviews of the first object, or array of one object, that has them; empty if none has."""
    for each in inside:
        place = each[0] if isinstance(each, list) and len(each) == 1 else each
        if isinstance(place, dict) and (rows := _wrapped(place)) and _has_reviews(rows):
            return rows
    return []


def _joined(value: Any) -> Any:
    """Return the objects of all arrays in an array, such as one array for each page; any other value unchanged."""
    if not isinstance(value, list) or not value or not all(map(_is_of_objects, value)):
        return value
    return [one for each in value for one in each]


def _is_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _arrays_below_names(value: dict[str, Any]) -> list[Any]:
    """Return the rows of an object with one array of arrays, with names in the first or a sibling array; else none."""
    rows = [
        each
        for each in value.values()
        if isinstance(each, list) and each and all(isinstance(one, list) and not _is_of_objects(one) for one in each)
    ]
    if len(rows) != 1 or (len(rows[0]) < 2 and not any(name in value for name in _HEADERS)):
        return []
    if value.get("majorDimension") == "COLUMNS":  # of Google Sheets
        return _array([list(row) for row in zip_longest(*rows[0])])
    for header in (value[name] for name in _HEADERS if isinstance(value.get(name), list)):
        names = [_name(each) for each in header]
        if 2 * sum(map(bool, names)) > len(names):  # an index has no name
            names = list(column_labels(names)) if not all(names) else names
            if len(names) == len(rows[0]) and all(len(row) != len(names) for row in rows[0]):
                return []  # an array for each column, which `result_set` reads
            return [dict(zip(names, row, strict=False)) for row in rows[0]]
    return _array(rows[0])


def _name(column: Any) -> str:
    """Return a column's name, given as text or as an object that describes it; "" if that has no name."""
    if isinstance(column, dict):
        return next((_name(column[key]) for key in _NAMES if key in column), "")
    return column if isinstance(column, str) else ""


def _keyed(value: dict[str, Any]) -> list[Any]:
    """Return the rows of an object that maps each key to a row, or to such an object, as in key-value databases.

    Rows have the same fields, or a usual field of reviews each. There are none for other objects.
    """
    level = [value]
    for _ in range(_DEEPEST):
        if rows := [row for place in level for row in _rows_by_key(place)]:
            return rows
        level = [each for place in level for each in place.values() if isinstance(each, dict)]
    return []


def _rows_by_key(value: dict[str, Any]) -> list[Any]:
    rows = list(value.values())
    if not rows or not all(isinstance(each, dict) and each for each in rows):
        return []
    if all(has_strong_name(texts_in(each)) for each in rows):
        return rows
    alike = len(rows) > 1 and all(each.keys() == rows[0].keys() for each in rows)
    has_keys = all(isinstance(one, dict) and any(map(str.isdigit, key)) for key, one in rows[0].items())
    return rows if alike and not has_keys else []


def _array(values: list[Any]) -> list[Any]:
    """Return the rows of an array: of objects, of arrays, the first of which may hold names, or of texts."""
    if values and all(isinstance(each, list) for each in values):
        names, *rows = values
        if not names or not has_header(names, rows[:_SAMPLE]) or not all(isinstance(name, str) for name in names):
            rows, names = values, [f"column_{place}" for place in range(1, max(map(len, values)) + 1)]
        else:
            rows = rows[rows_below_header(names, rows[:_SAMPLE]) :]
        return [dict(zip(names, row, strict=False)) for row in rows]
    if values and all(isinstance(each, str) for each in values):
        return [{"review": each} for each in values]
    if tables := [each["data"] for each in values if _is_exported_table(each)]:
        return _array(max(tables, key=len))
    field = field_of_reviews(values)
    return values if field is None else reviews_inside(values, field)


def _is_exported_table(value: Any) -> bool:
    """Return whether a value is a table in an export of phpMyAdmin, next to a header and the database's name."""
    return isinstance(value, dict) and value.get("type") == "table" and isinstance(value.get("data"), list)


def _columns(value: dict[str, Any]) -> list[Any]:
    """Return the rows of a document with one array, or one object by row, per column, all of the same length."""
    columns = list(value.values())
    if len(columns) and all(isinstance(each, list) for each in columns) and len(set(map(len, columns))) == 1:
        has_names = any(name in value for name in _HEADERS)
        if any(isinstance(one, dict) or _is_of_objects(one) for one in columns[0]) or (
            has_names and any(isinstance(one, list) for each in columns for one in each)
        ):
            return []
        return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
    if len(columns) and all(isinstance(each, dict) for each in columns):
        places = list(columns[0])
        if places and all(list(each) == places for each in columns[1:]) and all(place.isdecimal() for place in places):
            return [{name: column[place] for name, column in value.items()} for place in places]
        are_nested = all(isinstance(one, dict) for each in columns for one in each.values())
        if all(name.isdecimal() for name in value) and not are_nested:  # pandas, orient="index"
            return columns
    if len(columns) > 1 and all(isinstance(each, str) for each in columns) and all(name.isdecimal() for name in value):
        return _array(columns)  # a single column
    return []
