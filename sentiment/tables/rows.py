"""The common form of every kind of table: rows of cells, and the text of a cell."""

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

# Text that a spreadsheet would execute: a formula, a function call, a command.
# Some read full-width signs as plain ones, and ignore a carriage return.
_RUNS = re.compile(r"[=+@\t\r＝＋＠]|[-－](?![\d.,]+(?:[eE][+-]?\d+)?%?\Z).", re.DOTALL)


# Of a number of rows.
_MOST_DIGITS = 18


@dataclass(frozen=True)
class ReadOptions:
    """How to read a table; None means that the setting is detected.

    `delimiter` is one character, or "none" for a file with one review per line. `quote` is one character, or "none" if
    quotes are content. `sheet` is the name of a sheet in an Excel file. `skip_rows` is the number of lines (rows of a
    sheet) above the header. Encoding, delimiter and quote apply to text files, header and skip_rows to Excel as well;
    the other formats define these themselves and ignore the options.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None
    text_column: str | None = None
    sheet: str | None = None
    skip_rows: int | None = None

    @staticmethod
    def add_flags(parser: argparse.ArgumentParser) -> None:
        """Add one command-line option per setting."""
        parser.add_argument("--text-column", metavar="NAME", help="column with the reviews (default: detected)")
        parser.add_argument("--encoding", help="encoding of a text file (default: detected)")
        parser.add_argument(
            "--delimiter", help='a character, "tab", or "none": one review per line (default: detected)'
        )
        parser.add_argument("--quote", help='quote character, or "none": quotes are content (default: detected)')
        parser.add_argument(
            "--header",
            nargs="?",
            const=True,
            type=_yes_or_no,
            metavar="yes|no",
            help="whether the first row has the column names (default: detected)",
        )
        parser.add_argument(
            "--no-header", dest="header", action="store_false", default=None, help="the same as --header=no"
        )
        parser.add_argument("--sheet", help="sheet of an Excel file (default: the first that holds reviews)")
        parser.add_argument(
            "--skip-rows",
            type=_row_count,
            metavar="N",
            help="lines or rows above the header, such as a title (default: detected)",
        )

    @classmethod
    def from_flags(cls, arguments: argparse.Namespace, **instead: str | None) -> "ReadOptions":
        """Return the options from parsed flags; a value in `instead` takes precedence over its flag."""
        return cls(**{field.name: getattr(arguments, field.name) for field in fields(cls)} | instead)

    def written(self) -> list[str]:
        """Return the flags for these options, each as one argument, so that a value may begin with a hyphen."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        spelt = {True: "yes", False: "no"}
        return [
            f"--{name.replace('_', '-')}={spelt[value] if isinstance(value, bool) else value}"
            for name, value in given.items()
            if value is not None
        ]


class Row(NamedTuple):
    """One row: its raw cells, padded to the table's width.

    `number` is the row's first line in a text file and its row in other formats, both from 1. `problem` states why the
    row cannot be read, else None; only a row with a problem has more cells than the table has columns. `is_short` is
    True if cells were missing at its end.
    """

    number: int
    cells: list[Any]
    problem: str | None = None
    is_short: bool = False


class Source(Protocol):
    """An opened table of one format."""

    @property
    def format(self) -> Format:
        """The file format."""

    @property
    def header(self) -> tuple[str, ...]:
        """The unmodified column names, or generated ones if the file has none."""

    @property
    def detected(self) -> dict[str, str]:
        """How the file is read, for display, such as `{"encoding": "utf-8", "delimiter": ";"}`."""

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Yield every row from the first; if `only` is given, cells of other columns may be None."""


def cell_text(cell: object) -> str:
    """Return the text of a cell: "" for an empty cell, null and NaN, "3" for 3.0, a date in ISO 8601."""
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
        return _json_text(cell)
    if isinstance(cell, int):
        return _whole_number_text(cell)
    return str(cell)


def encodable(text: str) -> str:
    """Return the text in a form that UTF-8 can encode: lone surrogates, which JSON allows, become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _json_text(cell: object) -> str:
    try:
        return json.dumps(cell, ensure_ascii=False, default=cell_text)
    except (ValueError, TypeError, RecursionError):  # keys that are not text, integers of thousands of digits
        return repr(cell)


def _whole_number_text(number: int) -> str:
    """Return the number's digits; if there are more than Python converts, its hexadecimal digits."""
    try:
        return str(number)
    except ValueError:
        return hex(number)


def _yes_or_no(value: str) -> bool:
    if value not in ("yes", "no"):
        raise argparse.ArgumentTypeError(f"{value!r} is neither yes nor no")
    return value == "yes"


def _row_count(value: str) -> int:
    if not value.isdecimal() or len(value) > _MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of rows")
    return int(value)


def _number_text(number: float) -> str:
    if math.isnan(number):
        return ""
    # Above 2**53 a float cannot represent every integer, so its digits would be inexact.
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def spreadsheet_text(cell: object) -> str:
    """Return the cell as text that a spreadsheet displays and never executes, with a leading apostrophe if needed."""
    text = cell_text(cell)
    if _RUNS.match(text) and not isinstance(cell, int | float | Decimal):
        return "'" + text
    return text
