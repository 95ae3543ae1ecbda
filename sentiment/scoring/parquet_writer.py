"""Write a scored table as Parquet, streamed in batches; a Parquet input keeps its schema."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sentiment.prediction import Prediction
from sentiment.scoring.columns import ScoredRow, added_columns, unique_names, values
from sentiment.tables.formats.parquet_source import BATCH_ROWS, ParquetSource
from sentiment.tables.rows import Row, cell_text, encodable
from sentiment.tables.table import Table

_PREDICTION_TYPES = (
    pa.string(),
    pa.float64(),
    pa.float64(),
    pa.int64(),
    pa.int64(),
    pa.float64(),
    pa.string(),
    pa.string(),
)
_TYPES = {
    frozenset({bool}): pa.bool_(),
    frozenset({int}): pa.int64(),
    frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(),
    frozenset({datetime}): pa.timestamp("us"),
    frozenset({date}): pa.date32(),
    frozenset({date, datetime}): pa.timestamp("us"),
}


def write_parquet(table: Table, scored: Iterable[ScoredRow], model: str, path: Path) -> None:
    """Write Parquet: columns of a Parquet input unchanged, those of other inputs with the common type of the cells."""
    source = table.source
    own = source.schema if isinstance(source, ParquetSource) else _schema(table)
    names = added_columns(table).predicted
    schema = own
    for name, kind in zip(names, _PREDICTION_TYPES, strict=True):
        schema = schema.append(pa.field(name, kind))
    batches = _copied(source, scored) if isinstance(source, ParquetSource) else _converted(scored, own)
    with pq.ParquetWriter(path, schema) as writer:
        for batch, predictions in batches:
            cells = [values(prediction, model) for prediction in predictions]
            added = [pa.array([row[i] for row in cells], kind) for i, kind in enumerate(_PREDICTION_TYPES)]
            writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, *added], schema=schema))


def _schema(table: Table) -> pa.Schema:
    """Return the columns of an input other than Parquet; text if cells have several types, and for all of CSV."""
    extra = added_columns(table).extra
    kinds: list[set[type]] = [set() for _ in table.header]
    for row in table.rows():
        for found, cell in zip(kinds, row.cells, strict=False):
            if cell is not None:
                found.add(_kind(cell))
    types = [_TYPES.get(frozenset(found), pa.string()) for found in kinds] + [pa.string()] * len(extra)
    return pa.schema(list(zip([*unique_names(table), *extra], types, strict=True)))


def _kind(cell: object) -> type:
    """Return the cell's type; an integer too large for 64 bits and a time with a time zone count as text."""
    too_large = type(cell) is int and not -(2**63) <= cell < 2**63
    return str if too_large or (isinstance(cell, datetime) and cell.tzinfo) else type(cell)


_Batch = tuple[pa.RecordBatch, list[Prediction]]


def _copied(source: ParquetSource, scored: Iterable[ScoredRow]) -> Iterator[_Batch]:
    """Yield the batches of the input, each with the predictions of its rows."""
    waiting = iter(scored)
    for batch in source.batches():
        yield batch, [prediction for _, prediction in islice(waiting, batch.num_rows)]


def _converted(scored: Iterable[ScoredRow], schema: pa.Schema) -> Iterator[_Batch]:
    """Yield the rows in batches of the schema, each with the predictions of its rows."""
    waiting = iter(scored)
    while chunk := list(islice(waiting, BATCH_ROWS)):
        rows, predictions = [row for row, _ in chunk], [prediction for _, prediction in chunk]
        columns = [_column(rows, i, field.type) for i, field in enumerate(schema)]
        yield pa.RecordBatch.from_arrays(columns, schema=schema), predictions


def _column(rows: list[Row], index: int, kind: pa.DataType) -> pa.Array:
    cells = [row.cells[index] if index < len(row.cells) else None for row in rows]
    if kind == pa.string():
        cells = [None if cell is None else encodable(cell_text(cell)) for cell in cells]
    return pa.array(cells, kind)
