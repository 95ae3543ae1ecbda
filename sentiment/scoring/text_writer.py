"""Write a scored table as text: CSV, TSV or JSON Lines."""

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sentiment.scoring.columns import ScoredRow, Value, added_columns, padded, unique_names, values
from sentiment.tables.formats.delimited.csv_records import NO_DELIMITER
from sentiment.tables.formats.delimited.csv_source import CsvSource
from sentiment.tables.formats.json_files.json_source import JsonSource, object_text
from sentiment.tables.rows import cell_text, encodable, spreadsheet_text
from sentiment.tables.table import Table


def write_csv(table: Table, scored: Iterable[ScoredRow], model: str, path: Path) -> None:
    """Write CSV with the delimiter of a CSV input; with tabs only if the output's name requests them too."""
    source = table.source
    keeps = isinstance(source, CsvSource) and (table.path.suffix.lower() == ".csv" or source.dialect.delimiter != "\t")
    delimiter = source.dialect.delimiter if isinstance(source, CsvSource) and keeps else ","
    _write_delimited(table, scored, model, path, "," if delimiter == NO_DELIMITER else delimiter)


def write_tsv(table: Table, scored: Iterable[ScoredRow], model: str, path: Path) -> None:
    """Write tab-separated values, quoted as in CSV."""
    _write_delimited(table, scored, model, path, "\t")


def write_json(table: Table, scored: Iterable[ScoredRow], model: str, path: Path) -> None:
    """Write JSON Lines; an object from JSON Lines keeps its text, and so its fields and their order."""
    source = table.source
    lines = _extended if isinstance(source, JsonSource) and source.is_lines else _objects
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in lines(table, scored, model):
            file.write(f"{line}\n")


def _write_delimited(table: Table, scored: Iterable[ScoredRow], model: str, path: Path, delimiter: str) -> None:
    """Write UTF-8, with the byte order mark and the line endings of the input if that is text."""
    source = table.source if isinstance(table.source, CsvSource) else None
    added = added_columns(table)
    width = len(table.header) + len(added.extra)
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        file.write("\ufeff" if source and source.encoding.bom else "")
        line_end = source.line_end if source else "\n"
        names = map(spreadsheet_text, [*table.header, *added.extra, *added.predicted])
        file.write(_joined(names, delimiter) + line_end)
        for row, prediction in scored:
            own = _joined(map(spreadsheet_text, padded(row.cells, width)), delimiter)
            file.write(f"{own}{delimiter}{_predicted(values(prediction, model), delimiter)}{line_end}")


def _predicted(cells: tuple[Value, ...], delimiter: str) -> str:
    """Return the fields of a prediction; those hold no quotes or line breaks, and hardly ever the delimiter."""
    texts = _formatted(cells)
    line = delimiter.join(texts)
    return line if line.count(delimiter) < len(texts) else _joined(texts, delimiter)


def _joined(cells: Iterable[str], delimiter: str) -> str:
    """Return fields of CSV, as in RFC 4180: several times faster on long cells than `csv`."""
    return delimiter.join(_quoted(cell) if _needs_quotes(cell, delimiter) else cell for cell in cells)


def _needs_quotes(cell: str, delimiter: str) -> bool:
    return delimiter in cell or '"' in cell or "\n" in cell or "\r" in cell


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _formatted(cells: tuple[Value, ...]) -> list[str]:
    sentiment, probability, rating, read, total, unknown_share, flags, model = cells
    return [
        str(sentiment),
        "" if probability is None else f"{probability:.6f}",
        "" if rating is None else f"{rating:.2f}",
        str(read),
        str(total),
        f"{unknown_share:.4f}",
        str(flags),
        str(model),
    ]


def _extended(table: Table, scored: Iterable[ScoredRow], model: str) -> Iterator[str]:
    """Yield JSON Lines with fields appended to each object's text; a line that is not an object becomes a field."""
    assert isinstance(table.source, JsonSource)
    added = added_columns(table)
    for (row, prediction), line in zip(scored, table.source.lines(), strict=True):
        fields = dict(zip(added.predicted, values(prediction, model), strict=True))
        if row.problem:
            yield _dumped({added.extra[0]: row.cells[-1]} | fields)
            continue
        text = object_text(line)[:-1].rstrip() or "{"
        yield f"{text}{'' if text == '{' else ', '}{_dumped(fields)[1:]}"


def _objects(table: Table, scored: Iterable[ScoredRow], model: str) -> Iterator[str]:
    """Yield one object per row, with the fields of the table; surplus fields only if the row has them.

    Columns for the fields inside an object are left out, since the object has them.
    """
    added = added_columns(table)
    names = [*unique_names(table), *added.extra]
    inside = set(table.inner_names)
    for row, prediction in scored:
        cells = zip(names, row.cells, strict=False)
        own = {name: _json_value(cell) for name, cell in cells if name not in inside}
        yield _dumped(own | dict(zip(added.predicted, values(prediction, model), strict=True)))


def _json_value(cell: object) -> object:
    """Return the cell as a JSON value; NaN and infinities, which JSON lacks, become null and text."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return cell_text(cell) or None
    return cell


def _dumped(fields: dict[str, Any]) -> str:
    text = json.dumps(fields, ensure_ascii=False, default=cell_text)
    return text if encodable(text) is text else json.dumps(fields, default=cell_text)
