"""Fields inside an object that has the reviews, such as those of `fields` or `_source`, as columns of their own."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sentiment.tables.columns import TEXT_NAMES, words_of
from sentiment.tables.label_column import LABEL_NAMES, guess_label_column
from sentiment.tables.review_cells import only_value, parsed_cell, text_of
from sentiment.tables.text_column import guess_text_column

_DEEPEST = 6
_MOST_FIELDS = 200
_AGREEING_SHARE, _NAMED_SHARE = 0.9, 0.5
_SURE_NAMES = frozenset(TEXT_NAMES) - {"document", "response", "answer", "description", "summary"}
_USUAL_NAMES = frozenset((*TEXT_NAMES, *LABEL_NAMES)) - {"label"}  # which some objects have as their only field

Path = tuple[str, ...]


@dataclass(frozen=True)
class InnerFields:
    """The places of the columns inside an object, each a path of keys, and the review's; the first key is a field.

    `text` is one of `paths`, or a field of its own if the review is to be taken from the whole object.
    """

    paths: tuple[Path, ...]
    text: Path

    @property
    def names(self) -> list[str]:
        """The names of the columns, such as "fields.Rating"."""
        return list(map(".".join, self.paths))

    def cells(self, value: object) -> list[Any]:
        """Return the values at the paths in the object of a row, None where there is none."""
        first = _wrapped(value)
        return [_value(_at(first, path[1:])) for path in self.paths]

    def with_text_in_object(self, values: Sequence[object]) -> "InnerFields":
        """Return the fields with the whole object as the review's place if it has the same text in all `values`."""
        place = self.paths.index(self.text) if self.text in self.paths else None
        if place is None or any(text_of(value) != text_of(self.cells(value)[place]) for value in values):
            return self
        return replace(self, text=self.text[:1])


def inner_fields(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> InnerFields | None:
    """Return the fields of the object that has the reviews in most of the `rows`; None if they are not in an object.

    The object may be written as JSON, or as Python prints it. One under a usual name of a review column is divided only
    if it has the label, and the row has none.
    """
    has_objects = any(_wrapped(cell) for row in rows for cell in row)
    found = guess_text_column(names, rows) if has_objects else None
    if found is None:
        return None
    wrapper = names[found]
    objects = [inside for row in rows if found < len(row) and (inside := _wrapped(row[found]))]
    if 2 * len(objects) <= len(rows):
        return None
    paths = _leaves(dict.fromkeys(path for one in objects for path in _paths(one, _DEEPEST)))
    inner = InnerFields(tuple((wrapper, *path) for path in paths), (wrapper,))
    if not paths or len(paths) > _MOST_FIELDS or set(inner.names) & set(names):
        return None
    if words_of(wrapper) in _SURE_NAMES and (
        guess_label_column(names, wrapper) or not guess_label_column([wrapper, *inner.names], wrapper)
    ):
        return None
    text = _text_path(paths, objects)
    return inner if text is None else InnerFields(inner.paths, (wrapper, *text))


def _text_path(paths: Sequence[Path], objects: Sequence[dict[str, Any]]) -> Path | None:
    """Return the path of the reviews: where there is a text there, it is the one that the whole object stands for.

    Of an object with a short review, that may be another text, which a field with a usual name of a review outweighs.
    """
    cells = [[_value(_at(one, path)) for path in paths] for one in objects]
    found = guess_text_column([".".join(path) for path in paths], cells)
    if found is None:
        return None
    names = {words_of(key) for key in paths[found]}
    if names & _SURE_NAMES:
        return paths[found]
    filled = [(text, one) for row, one in zip(cells, objects, strict=True) if (text := text_of(row[found])).strip()]
    agreeing = sum(text_of(one) == text for text, one in filled)
    enough = (_NAMED_SHARE if names & _USUAL_NAMES else _AGREEING_SHARE) * len(filled)
    return paths[found] if filled and agreeing >= enough else None


def _leaves(paths: Collection[Path]) -> tuple[Path, ...]:
    """Return the paths that do not lead to an object, which has a single value in some rows and more in others."""
    inner = {path[:length] for path in paths for length in range(1, len(path))}
    return tuple(path for path in paths if path not in inner)


def _paths(value: dict[str, Any], depth: int) -> Iterator[Path]:
    """Yield the path of each value that is no object, or one with a single value that has no usual name."""
    for name, each in value.items():
        is_named = isinstance(each, dict) and not _USUAL_NAMES.isdisjoint(map(words_of, each))
        held = each if is_named else only_value(each)
        inside = _object(held) if depth else None
        if inside is None:
            yield (name,)
        else:
            yield from ((name, *path) for path in _paths(inside, depth - 1))


def _at(value: dict[str, Any] | None, path: Path) -> Any:
    """Return the value at a path; None if there is none."""
    found: Any = value
    for key in path:
        inside = found if isinstance(found, dict) and key in found else _object(only_value(found))
        found = None if inside is None else inside.get(key)
    return found


def _value(cell: Any) -> Any:
    """Return the only value in an object or an array; else the cell."""
    held: Any = only_value(cell)
    is_single = isinstance(held, list) and len(held) == 1 and not isinstance(held[0], dict | list)
    return held[0] if is_single else held


def _wrapped(value: Any) -> dict[str, Any] | None:
    """Return an object, or the only one in an array; None for anything else."""
    return _object(value[0] if isinstance(value, list) and len(value) == 1 else value)


def _object(value: Any) -> dict[str, Any] | None:
    """Return an object, or the one that a text is; None for anything else."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = parsed_cell(value)
    return value if isinstance(value, dict) else None
