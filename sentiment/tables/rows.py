"""What every kind of table is read into: rows of cells, and the text that a cell stands for."""

import argparse
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol

Format = Literal["csv", "excel", "parquet", "jsonl"]

# What a spreadsheet would run: a formula, a function call, a command.
_RUNS = re.compile(r"[=+@\t]|-(?![\d.,]+(?:[eE][+-]?\d+)?%?\Z).", re.DOTALL)


@dataclass(frozen=True)
class ReadOptions:
    """How to read a table; None means: find out.

    `delimiter` is one character, or "none" for a file with one review a line. `sheet` is the name
    of a sheet in an Excel file. Encoding, delimiter, quote and header are for text files (header
    for Excel as well); the other formats know these themselves and ignore them.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None
    text_column: str | None = None
    sheet: str | None = None

    @staticmethod
    def add_flags(parser: argparse.ArgumentParser) -> None:
        """Add a flag for each option."""
        parser.add_argument("--text-column", metavar="NAME", help="column with the reviews (default: found out)")
        parser.add_argument("--encoding", help="encoding of a text file (default: found out)")
        parser.add_argument("--delimiter", help='a character, "tab", or "none": a review a line (default: found out)')
        parser.add_argument("--quote", help="quote character of a text file (default: found out)")
        parser.add_argument(
            "--header",
            action=argparse.BooleanOptionalAction,
            help="whether the first row has names (default: found out)",
        )
        parser.add_argument("--sheet", help="sheet of an Excel file (default: the first that holds reviews)")

    @classmethod
    def from_flags(cls, arguments: argparse.Namespace) -> "ReadOptions":
        """The options that the flags say."""
        return cls(**{field.name: getattr(arguments, field.name) for field in fields(cls)})


class Row(NamedTuple):
    """One row: its cells as they came, padded to the table's width.

    `number` is the row's first line in a text file and its row in the others, both from 1.
    `problem` says why the row cannot be read, else None; only a row with a problem has more
    cells than the table has columns.
    """

    number: int
    cells: list[Any]
    problem: str | None = None


class Source(Protocol):
    """An opened table of one format."""

    @property
    def format(self) -> Format:
        """Which kind of file it is."""

    @property
    def header(self) -> tuple[str, ...]:
        """The column names exactly as they came, or made up where the file has none."""

    @property
    def detected(self) -> dict[str, str]:
        """How the file is read, for showing: such as `{"encoding": "utf-8", "delimiter": ";"}`."""

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Every row from the first; where `only` is given, cells of other columns may be None."""


def cell_text(cell: object) -> str:
    """What a cell reads as: an empty cell, null and NaN as nothing, 3.0 as "3", a date in ISO 8601."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace")
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=cell_text)
    return str(cell)


def encodable(text: str) -> str:
    """The text fit for UTF-8: lone surrogates, which JSON can hold, become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _number_text(number: float) -> str:
    if math.isnan(number):
        return ""
    # Above 2**53 a float no longer holds every whole number, so its digits would be made up.
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def spreadsheet_text(cell: object) -> str:
    """The cell as text that a spreadsheet shows and never runs: a leading apostrophe where it would."""
    text = cell_text(cell)
    if _RUNS.match(text) and not isinstance(cell, int | float | Decimal):
        return "'" + text
    return text
