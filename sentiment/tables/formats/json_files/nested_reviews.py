"""Reviews in arrays inside the rows of a JSON document, such as those of each product or of each page of results."""

from collections.abc import Sequence
from typing import Any

from sentiment.tables.columns import has_strong_name, has_telling_name, words_of

_SAMPLE = 200


def field_of_reviews(rows: Sequence[Any]) -> str | None:
    """Return the field in which each row, such as a product or a result page, has an array of reviews; None if none."""
    objects: list[dict[str, Any]] = [row for row in rows[:_SAMPLE] if isinstance(row, dict)]
    if not objects or any(has_strong_name(texts_in(row)) for row in objects):
        return None
    for field in dict.fromkeys(name for row in objects for name in row):
        inside = [one for row in objects if isinstance(row.get(field), list) for one in row[field]]
        if not inside or not all(isinstance(one, dict) for one in inside):
            continue
        is_named = words_of(field) == "reviews" or not any(has_telling_name(texts_in(row)) for row in objects)
        if is_named and any(has_strong_name(texts_in(one)) for one in inside):
            return field
        if words_of(field) == "reviews" and any(has_telling_name(texts_in(one)) for one in inside):
            return field
    return None


def texts_in(row: dict[str, Any]) -> list[str]:
    """Return the names of the fields that contain text."""
    return [name for name, value in row.items() if isinstance(value, str)]


def reviews_inside(rows: list[Any], field: str) -> list[Any]:
    """Return one row per review in the arrays of `field`, with the scalar values next to the array."""
    found: list[Any] = []
    for row in rows:
        inside = row.get(field) if isinstance(row, dict) else None
        if not isinstance(inside, list):
            found.append(row)
            continue
        beside = {name: value for name, value in row.items() if not isinstance(value, dict | list)}
        found += [beside | one if isinstance(one, dict) else one for one in inside]
    return found
