"""Result sets in JSON: answers of databases and services in which the names of the columns are apart from the rows.

Each row is an array of cells, plain or each in an object of its own, such as `{"v": 5}` (BigQuery, Google
Visualization) or `{"VarCharValue": "5"}` (Athena). The names are in another array, anywhere around the rows, or in the
first row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sentiment.tables.columns import column_labels, has_header, has_strong_name, has_telling_name, words_of

_DEEPEST = 8
_SAMPLE = 200
_FEWEST_ROWS = 2  # of a table without names
# Words of the keys under which the names of columns are listed, and the keys of the name in a description of a column.
_HEADER_WORDS = frozenset(
    {"columns", "column", "cols", "fields", "headers", "header", "names", "colnames", "vars", "schema", "meta"}
)
_ROW_TYPE = "row type"  # of Snowflake
_NAME_KEYS = ("name", "column name", "label", "title", "text", "field", "id")
# Keys of the value in the object of a cell: those that mean nothing else, and those that need names next to them.
_SURE_CELL_KEYS = (
    *("VarCharValue", "stringValue", "longValue", "doubleValue", "booleanValue", "blobValue", "isNull"),
    *("formattedValue", "effectiveValue", "userEnteredValue"),
)
_CELL_KEYS = (*_SURE_CELL_KEYS, "v", "displayValue", "value", "label")
_PAIR = frozenset({"field", "value"})  # a cell with its name, as CloudWatch writes it


@dataclass(frozen=True)
class _Table:
    names: tuple[str, ...]
    rows: list[list[Any]]


def result_set(document: Any) -> list[dict[str, Any]]:
    """Return the rows of the largest table in a document whose rows are arrays of cells; empty if there is none.

    Tables with the same names are joined, and one with a usual name of a review column comes before all others.

    Examples:
        >>> result_set({"schema": {"fields": [{"name": "review"}]}, "rows": [{"f": [{"v": "A fine place."}]}]})
        [{'review': 'A fine place.'}]
    """
    tables = list(_tables(document, [], _DEEPEST))
    if not tables:
        return []
    names = max(tables, key=lambda table: (has_telling_name(table.names), len(table.rows))).names
    labels = column_labels(names)
    rows = (row for table in tables if table.names == names for row in table.rows)
    return [dict(zip(labels, row, strict=False)) for row in rows]


def _tables(value: Any, above: list[dict[str, Any]], depth: int) -> Iterator[_Table]:
    """Yield the tables in a value; `above` are the objects around it, from the outermost."""
    if isinstance(value, list):
        if table := _table(value, above):
            yield table
        elif depth and any(True for one in value[:_SAMPLE] for _ in _tables(one, above, depth - 1)):
            for one in value:
                yield from _tables(one, above, depth - 1)
    elif isinstance(value, dict) and depth:
        if above and (columns := _columns(value, above)):
            yield columns
            return
        for each in value.values():
            if isinstance(each, list | dict):
                yield from _tables(each, [*above, value], depth - 1)


def _columns(value: Mapping[str, Any], above: Sequence[dict[str, Any]]) -> _Table | None:
    """Return the table of an object with an array for each column, whose names are listed around it as well."""
    columns = list(value.values())
    if not columns or not all(isinstance(each, list) and len(each) == len(columns[0]) for each in columns):
        return None
    listed = _names_around(above, len(columns))
    if not listed or {_name(each) for each in listed} != set(value):
        return None
    return _Table(tuple(value), [list(row) for row in zip(*columns, strict=True)])


def _table(values: list[Any], above: Sequence[dict[str, Any]]) -> _Table | None:
    """Return the table whose rows are the values of an array; None if they are not rows of cells."""
    if not values or not isinstance(values[0], list | dict):
        return None
    if all(map(_is_pairs, values)):
        names = tuple(dict.fromkeys(str(cell["field"]) for row in values for cell in row))
        pairs = [{str(cell["field"]): cell["value"] for cell in row} for row in values]
        return _Table(names, [[row.get(name) for name in names] for row in pairs])
    arrays = [_cells_of(each) for each in values]
    if any(row is None for row in arrays):
        return None
    rows = [list(row) for row in arrays if row is not None]
    if _lies_in_columns(rows, above):
        rows = [list(row) for row in zip(*rows, strict=True)]
    width = max(map(len, rows))
    if columns := _names_around(above, width):
        described = [_described(row, columns) for row in rows]
        texts = tuple(map(_name, columns))
        return _Table(texts, described[described[0] == list(texts) :])
    return _table_without_names(rows, values)


def _table_without_names(rows: list[list[Any]], values: Sequence[Any]) -> _Table | None:
    """Return the table whose names, if any, are in its first row; None if that is not sure enough."""
    is_sure = all(map(_has_sure_cells, values))
    cells = [[_value(cell) for cell in row] for row in rows]
    first, below = cells[0], cells[1:]
    are_names = all(isinstance(name, str) for name in first) and has_header(first, below[:_SAMPLE])
    if are_names and len(cells) >= _FEWEST_ROWS and (is_sure or has_telling_name(map(str, first))):
        return _Table(tuple(map(str, first)), below)
    if not is_sure:
        return None
    return _Table(tuple(f"column_{place}" for place in range(1, max(map(len, cells)) + 1)), cells)


def _lies_in_columns(rows: Sequence[Sequence[Any]], above: Sequence[dict[str, Any]]) -> bool:
    """Return whether the arrays are columns: the document says so, or there are as many names as arrays.

    If there are as many names as cells in each array, too, the arrays are columns if each of them, but no array of
    their cells at the same place, has values of one type.
    """
    height, width = len(rows), len(rows[0])
    if any(len(row) != width for row in rows):
        return False
    if above and above[-1].get("majorDimension") == "COLUMNS":
        return True
    if not _names_around(above, height):
        return False
    if height == width:
        return _are_uniform(rows) and not _are_uniform(list(zip(*rows, strict=True)))
    return not _names_around(above, width)


def _are_uniform(arrays: Sequence[Sequence[Any]]) -> bool:
    return all(len({type(cell) for cell in array if cell is not None}) < 2 for array in arrays)


def _cells_of(row: Any) -> list[Any] | None:
    """Return the cells of a row: an array, or an object with arrays of cells and nothing else but scalars."""
    if isinstance(row, list):
        return row if row and _are_cells(row) else None
    if not isinstance(row, dict):
        return None
    if has_strong_name(name for name, each in row.items() if isinstance(each, str)):
        return None  # a review with an array of its own
    nested = [each for each in row.values() if isinstance(each, list | dict)]
    arrays = [each for each in nested if isinstance(each, list)]
    if not nested or len(arrays) < len(nested):
        return None
    if len(arrays) > 1 and "row" in row and isinstance(row["row"], list):  # of Neo4j, next to "meta"
        arrays = [row["row"]]
    is_plain = len(row) == 1 or "row" in row
    if all(array and _are_cells(array) and (is_plain or _are_objects(array)) for array in arrays):
        return [cell for array in arrays for cell in array]
    return None


def _are_cells(array: Sequence[Any]) -> bool:
    """Return whether the values of an array are plain, or nearly all in objects of cells."""
    return all(_is_cell(one) if isinstance(one, dict) else not isinstance(one, list) for one in array)


def _are_objects(array: Sequence[Any]) -> bool:
    return any(isinstance(one, dict) for one in array) and all(one is None or isinstance(one, dict) for one in array)


def _is_cell(value: Mapping[str, Any]) -> bool:
    return not value or any(key in value for key in _CELL_KEYS)


def _has_sure_cells(row: Any) -> bool:
    """Return whether a row has objects of cells that mean nothing else."""
    cells = _cells_of(row) or []
    objects = [cell for cell in cells if isinstance(cell, dict)]
    return len(objects) == len(cells) and all(any(key in one for key in _SURE_CELL_KEYS) for one in objects if one)


def _is_pairs(row: Any) -> bool:
    return isinstance(row, list) and bool(row) and all(isinstance(one, dict) and one.keys() == _PAIR for one in row)


def _described(row: Sequence[Any], columns: Sequence[Any]) -> list[Any]:
    """Return the values of a row; a record in a cell gets the names that its column's description lists."""
    cells = [_value(cell) for cell in row]
    for place, (cell, column) in enumerate(zip(cells, columns, strict=False)):
        inner = column.get("fields") if isinstance(column, dict) else None
        record = _cells_of(cell) if isinstance(cell, dict) else None
        if isinstance(inner, list) and record:
            cells[place] = dict(zip(map(_name, inner), _described(record, inner), strict=False))
    return cells


def _value(cell: Any) -> Any:
    """Return the value of a cell, which may be in an object, such as `{"v": 5}`; None for an empty one."""
    if not isinstance(cell, dict):
        return cell
    key = next((key for key in _CELL_KEYS if key in cell), None)
    if key is None:
        return cell or None
    return None if key == "isNull" else _value(cell[key])


def _names_around(above: Sequence[dict[str, Any]], width: int) -> list[Any] | None:
    """Return the `width` names, or descriptions, of columns that are listed nearest to a table; None without them."""
    for place in reversed(above):
        lists = list(_lists_of_names(place, _DEEPEST))
        if fitting := next((names for names in lists if len(names) == width), None):
            return fitting
        if len(together := [name for names in lists for name in names]) == width:
            return together  # dimensions and metrics, as Google Analytics lists them
    return None


def _lists_of_names(value: Mapping[str, Any], depth: int) -> Iterator[list[Any]]:
    for key, each in value.items():
        if isinstance(each, dict) and depth:
            yield from _lists_of_names(each, depth - 1)
        elif isinstance(each, list) and each and _lists_names(key) and all(map(_name, each)):
            yield each


def _lists_names(key: str) -> bool:
    words = words_of(key)
    return words == _ROW_TYPE or not _HEADER_WORDS.isdisjoint(words.split())


def _name(column: Any) -> str:
    """Return a column's name, given as text or as an object that describes it; "" if that has no name."""
    if not isinstance(column, dict):
        return column if isinstance(column, str) else ""
    texts = {words_of(key): text for key, text in column.items() if isinstance(text, str)}
    return next((texts[key] for key in _NAME_KEYS if texts.get(key)), "")
