"""Answers of a log store such as Loki: for each set of labels, an array of lines, each after its time."""

from collections.abc import Iterator
from typing import Any

_DEEPEST = 4
_LABELS, _ENTRIES = ("stream", "metric", "labels"), ("values", "entries")


def log_rows(document: Any) -> list[dict[str, Any]]:
    """Return one row per line of the streams in a document: its time, the line and its labels; empty without streams.

    Examples:
        >>> log_rows({"streams": [{"stream": {"app": "shop"}, "values": [["17145576", "A fine place."]]}]})
        [{'timestamp': '17145576', 'message': 'A fine place.', 'app': 'shop'}]
    """
    return list(_rows(document, _DEEPEST))


def _rows(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and depth:
        for each in value.values():
            yield from _rows(each, depth - 1)
    elif isinstance(value, list) and value and all(map(_is_stream, value)):
        for stream in value:
            labels, entries = _parts(stream)
            for time, line, *more in entries:
                yield {"timestamp": time, "message": line} | (more[0] if more else {}) | labels


def _is_stream(value: Any) -> bool:
    """Return whether a value is an object with labels and an array of entries."""
    if not isinstance(value, dict):
        return False
    labels, entries = _parts(value)
    return isinstance(labels, dict) and isinstance(entries, list) and all(map(_is_entry, entries))


def _parts(stream: dict[str, Any]) -> tuple[Any, Any]:
    labels = next((stream[name] for name in _LABELS if name in stream), None)
    return labels, next((stream[name] for name in _ENTRIES if name in stream), None)


def _is_entry(value: Any) -> bool:
    """Return whether a value is a time and a line, with further labels or without."""
    has_parts = isinstance(value, list) and len(value) in (2, 3) and all(isinstance(part, str) for part in value[:2])
    return has_parts and (len(value) == 2 or isinstance(value[2], dict)) and value[0].isdecimal()
