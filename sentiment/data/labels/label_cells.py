"""The label in a cell: a value, or an object that holds it next to its maximum or to how sure somebody was."""

import json
from typing import Any

from sentiment.tables.columns import words_of
from sentiment.tables.review_cells import text_of
from sentiment.tables.rows import cell_text

# Fields with the label, and with the greatest one, such as those of schema.org, most reliable first.
_VALUES = ("value", "rating value", "rating", "stars", "label", "sentiment", "class", "name", "score")
_MAXIMA = ("best rating", "max", "maximum", "max value", "scale", "out of")
_USUAL_MAXIMUM = 5


def label_text(cell: object) -> str:
    """Return the label of a cell as text; of an object, the field that holds it, out of the maximum that it states.

    Examples:
        >>> label_text({"bestRating": "10", "ratingValue": "4"}), label_text({"label": "good", "score": 0.98})
        ('4/10', 'good')
    """
    fields = _fields(cell)
    label = next((cell_text(fields[name]) for name in _VALUES if _is_plain(fields.get(name))), None)
    if label is None:
        return text_of(cell)
    most = next((cell_text(fields[name]) for name in _MAXIMA if _is_plain(fields.get(name))), "")
    return f"{label}/{most}" if most.isdecimal() and int(most) != _USUAL_MAXIMUM else label


def _fields(cell: object) -> dict[str, Any]:
    """Return the fields of an object, which may be written as JSON, by their names in words; none for another cell."""
    if isinstance(cell, str) and cell.lstrip().startswith("{"):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            return {}
    return {words_of(str(name)): value for name, value in cell.items()} if isinstance(cell, dict) else {}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""
