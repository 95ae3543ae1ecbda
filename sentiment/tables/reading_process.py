"""The process that opens a stranger's file for `bounded_reading`: it reads the file once, within its bounds.

Of a workbook it writes the sheet's rows to standard output, of a table that is looked at what a preview says.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from sentiment.errors import TableError
from sentiment.system import bounded
from sentiment.tables.rows import ReadOptions


def _excel(path: Path, options: ReadOptions) -> None:
    from sentiment.tables.formats.excel_rows import write_sheet

    write_sheet(path, options, sys.stdout)


def _parquet(path: Path, options: ReadOptions) -> None:
    from sentiment.tables.formats.parquet_source import ParquetSource

    for _ in ParquetSource.open(path).rows():
        pass


def _json(path: Path, options: ReadOptions) -> None:
    from sentiment.tables.formats import encoding
    from sentiment.tables.formats.json_document import document_rows

    for _ in document_rows(path, encoding.find_encoding(path, options.encoding)):
        pass


def _preview(path: Path, options: ReadOptions) -> None:
    from sentiment.tables import preview

    json.dump(asdict(preview.read(path, options)), sys.stdout)


_READERS: dict[str, Callable[[Path, ReadOptions], None]] = {
    "excel": _excel,
    "parquet": _parquet,
    "json": _json,
    "preview": _preview,
}


def main() -> int:
    """Read the file; exit code 2 with a sentence when it cannot be, 3 when there is too little memory."""
    bounded.limit_memory()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(_READERS))
    parser.add_argument("path", type=Path)
    parser.add_argument("options", type=json.loads)
    arguments = parser.parse_args()
    try:
        _READERS[arguments.kind](arguments.path, ReadOptions(**arguments.options))
    except TableError as error:
        print(error, file=sys.stderr)
        return 2
    except MemoryError:
        return bounded.OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
