"""Tables that a JSON document contains as text: other JSON, which is read, and CSV, which is refused with advice."""

from pathlib import Path
from typing import Any

from sentiment.errors import TableError
from sentiment.tables.formats.delimited_cells import delimiter_in
from sentiment.tables.formats.json_files.decoding import decoded


def unpacked(value: Any) -> Any:
    """Return the document that a text is as JSON, or that an object has as its only text with JSON; else the value.

    Such texts are written by programs that pass on the answer of another one, next to its status and type.

    Examples:
        >>> unpacked({"status": 200, "body": '[{"review": "A fine place."}]'})
        [{'review': 'A fine place.'}]
    """
    if isinstance(value, str):
        inside = _parsed(value)
        return value if inside is None else inside
    if not isinstance(value, dict) or any(_has_objects(each) for each in value.values()):
        return value
    found = [inside for each in value.values() if isinstance(each, str) and _has_objects(inside := _parsed(each))]
    return found[0] if len(found) == 1 else value


def contains_table(fields: dict[str, Any]) -> bool:
    """Return whether an object has a text that is a document or a table of its own."""
    texts = [each for each in fields.values() if isinstance(each, str)]
    return unpacked(fields) is not fields or any(delimiter_in(text.splitlines()) for text in texts)


def refuse_text(path: Path, value: Any) -> None:
    """Check that the document is not a recording, and that no text in it is a table with delimiters.

    Raises:
        TableError: it is; the message states what to save instead.
    """
    if isinstance(value, dict) and isinstance(log := value.get("log"), dict) and isinstance(log.get("entries"), list):
        raise TableError(
            f"{path.name} is a recording of web traffic (HAR), not a table; in the browser's network tools, save the "
            "one answer that has the reviews as a file of its own."
        )
    places = list(value.items()) if isinstance(value, dict) else [("", value)]
    for key, each in places:
        lines = each.splitlines() if isinstance(each, str) else each
        if isinstance(lines, list) and delimiter_in(lines):
            where = f' as the text in "{key}"' if key else " as text"
            raise TableError(f"{path.name} contains a CSV file{where}; save that text as a .csv file of its own.")


def _parsed(text: str) -> Any:
    """Return the array, object or objects on lines of their own that a text is as JSON; None if it is none."""
    if text.lstrip()[:1] not in ("[", "{", '"'):
        return None
    try:
        return decoded(text)
    except RecursionError:
        return None
    except ValueError:
        pass
    try:
        rows = [decoded(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        return None
    return rows if rows and all(isinstance(row, dict) for row in rows) else None


def _has_objects(value: Any) -> bool:
    """Return whether a value is an array of objects or arrays, or an object that has one."""
    if isinstance(value, dict):
        return any(_has_objects(each) for each in value.values())
    return isinstance(value, list) and any(isinstance(each, dict | list) for each in value)
