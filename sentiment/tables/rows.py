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

_DEEPEST = 8
_FIELDS = ("review", "text", "body", "content", "comment", "message")

Format = Literal["csv", "excel", "parquet", "jsonl"]

# What a spreadsheet would run: a formula, a function call, a command.
# Some read full-width signs as plain ones, and skip a carriage return.
_RUNS = re.compile(r"[=+@\t\r＝＋＠]|[-－](?![\d.,]+(?:[eE][+-]?\d+)?%?\Z).", re.DOTALL)


@dataclass(frozen=True)
class ReadOptions:
    """How to read a table; None means: detect.

    `delimiter` is one character, or "none" for a file with one review per line. `quote` is one character, or "none"
    when quotes are content. `sheet` is the name of a sheet in an Excel file. `skip_rows` is the number of lines (rows
    of a sheet) above the header. Encoding, delimiter and quote are for text files, header and skip_rows for Excel as
    well; the other formats know these themselves and ignore them.
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
        """Add a flag for each option."""
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
        """The options that the flags give; a value of `instead` goes before its flag."""
        return cls(**{field.name: getattr(arguments, field.name) for field in fields(cls)} | instead)

    def written(self) -> list[str]:
        """The flags that give these options, each in one word, so that a value may begin with a hyphen."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        spelt = {True: "yes", False: "no"}
        return [
            f"--{name.replace('_', '-')}={spelt[value] if isinstance(value, bool) else value}"
            for name, value in given.items()
            if value is not None
        ]


class Row(NamedTuple):
    """One row: its cells as they came, padded to the table's width.

    `number` is the row's first line in a text file and its row in the others, both from 1.
    `problem` says why the row cannot be read, else None; only a row with a problem has more
    cells than the table has columns. `is_short` tells that cells were missing at its end.
    """

    number: int
    cells: list[Any]
    problem: str | None = None
    is_short: bool = False


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
        return _json_text(cell)
    if isinstance(cell, int):
        return _whole_number_text(cell)
    return str(cell)


def text_of(cell: object) -> str:
    """The text in a cell that may hold an object or a list, as JSON and Parquet have them.

    Of an object that is the field with the name of a review, else the longest text; of a list, all its texts. An
    object without text, like any other cell, is what it reads as.
    """
    return _nested_text(cell, _DEEPEST) or cell_text(cell)


def _nested_text(cell: object, depth: int) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dict) and depth:
        texts = {str(name): _nested_text(value, depth - 1) for name, value in cell.items()}
        named = next((texts[name] for name in _FIELDS if texts.get(name)), "")
        return named or max(texts.values(), key=len, default="")
    if isinstance(cell, list) and depth:
        if written := [value for value in cell if isinstance(value, dict) and value.get("role") == "user"]:
            cell = written  # of a chat, what the user wrote
        return "\n".join(filter(None, (_nested_text(value, depth - 1) for value in cell)))
    return ""


def encodable(text: str) -> str:
    """The text fit for UTF-8: lone surrogates, which JSON can hold, become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _json_text(cell: object) -> str:
    try:
        return json.dumps(cell, ensure_ascii=False, default=cell_text)
    except (ValueError, TypeError, RecursionError):  # names that are no text, whole numbers of thousands of digits
        return repr(cell)


def _whole_number_text(number: int) -> str:
    """The number's digits; of more than Python writes in one go, the nearest hexadecimal ones."""
    try:
        return str(number)
    except ValueError:
        return hex(number)


def _yes_or_no(value: str) -> bool:
    if value not in ("yes", "no"):
        raise argparse.ArgumentTypeError(f"{value!r} is neither yes nor no")
    return value == "yes"


def _row_count(value: str) -> int:
    if not value.isdecimal():
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of rows")
    return int(value)


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
