"""The process that opens untrusted files for `bounded_reading`: it reads a file once, within the limits.

For a workbook it writes the sheet's rows to standard output, for a table to inspect its preview.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

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
    from sentiment.tables.formats.encoding_detection import find_encoding
    from sentiment.tables.formats.json_files.json_document import document_rows

    for _ in document_rows(path, find_encoding(path, options.encoding)):
        pass


def _preview(path: Path, options: ReadOptions) -> None:
    from sentiment.tables import preview

    sys.stdout.write(preview.AS_JSON.dump_json(preview.read(path, options)).decode())


_READERS: dict[str, Callable[[Path, ReadOptions], None]] = {
    "excel": _excel,
    "parquet": _parquet,
    "json": _json,
    "preview": _preview,
}


def main() -> int:
    """Read the file; exit with 2 and a sentence if that fails, with 3 if there is too little memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(_READERS))
    parser.add_argument("path", type=Path)
    parser.add_argument("options", type=json.loads)
    arguments = parser.parse_args()
    return bounded.exit_code(lambda: _READERS[arguments.kind](arguments.path, ReadOptions(**arguments.options)))


if __name__ == "__main__":
    sys.exit(main())
