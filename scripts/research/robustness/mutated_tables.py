"""Fuzz the table readers with thousands of damaged files per format, and report every unexpected exception.

A reader may reject a file with one of our errors; it must not raise any other exception, nor lose a row silently.

    python -m scripts.research.robustness.mutated_tables --files 10000
"""

import argparse
import io
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from sentiment.errors import SentimentError
from sentiment.tables.formats.excel_rows import row_of, write_sheet
from sentiment.tables.formats.parquet_source import ParquetSource
from sentiment.tables.rows import ReadOptions, cell_text, encodable
from sentiment.tables.table import inspect_table

_ROWS = [
    {"id": 1, "review": 'Warm, and "quite" funny.', "stars": 5, "day": "2024-05-01"},
    {"id": 2, "review": "Dull;\nwe left – early.", "stars": 1, "day": "2024-05-02"},
    {"id": 3, "review": "C'était très bien 👍", "stars": 4, "day": ""},
]
_SPLICES = (b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"{", b"[", b"\\", b"\xed\xa0\x80", b"9" * 400, b"\t", b";", b"'")

Reader = Callable[[Path], None]


def seeds() -> dict[str, bytes]:
    """Return a small table in each format, by file extension."""
    frame = pd.DataFrame(_ROWS)
    excel, parquet = io.BytesIO(), io.BytesIO()
    frame.to_excel(excel, index=False, engine="xlsxwriter")
    frame.to_parquet(parquet)
    return {
        ".csv": frame.to_csv(index=False).encode(),
        ".tsv": frame.to_csv(index=False, sep="\t").encode("utf-16"),
        ".jsonl": "\n".join(map(json.dumps, _ROWS)).encode(),
        ".json": json.dumps(_ROWS, indent=1).encode(),
        ".xlsx": excel.getvalue(),
        ".parquet": parquet.getvalue(),
    }


def mutated(content: bytes, generator: random.Random) -> bytes:
    """Return the bytes with a few random changes, deletions, repetitions and insertions."""
    data = bytearray(content)
    for _ in range(generator.randint(1, 6)):
        place = generator.randrange(len(data) + 1)
        kind = generator.randrange(5)
        if kind == 0 and place < len(data):
            data[place] = generator.randrange(256)
        elif kind == 1:
            del data[place : place + generator.randint(1, 40)]
        elif kind == 2:
            data[place:place] = data[place : place + generator.randint(1, 40)]
        elif kind == 3:
            data[place:place] = generator.choice(_SPLICES)
        else:
            del data[place if generator.random() < 0.2 else len(data) :]
        if not data:
            break
    return bytes(data)


def failures(suffix: str, content: bytes, files: int, folder: Path, seed: int = 0) -> Iterator[tuple[int, Exception]]:
    """Yield the number of each mutated file that raises an unexpected exception, with the exception."""
    generator = random.Random(f"{seed} {suffix}")
    path = folder / f"table{suffix}"
    read = _READERS.get(suffix, _read)
    for number in range(files):
        path.write_bytes(mutated(content, generator))
        try:
            read(path)
        except SentimentError:
            continue
        except Exception as error:
            yield number, error


def _read(path: Path) -> None:
    """Read the table as every command does, and each cell as text."""
    table = inspect_table(path)
    for row in table.rows():
        for cell in row.cells:
            encodable(cell_text(cell)).encode()
    if table.text_column is not None:
        assert sum(1 for _ in table.reviews()) == table.row_count


def _read_excel(path: Path) -> None:
    """Read a workbook in this process: what its sandboxed process does, without seconds of start-up."""
    rows = io.StringIO()
    try:
        write_sheet(path, ReadOptions(), rows)
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # from the Rust library; ends only the sandboxed process
            return
        raise
    for line in rows.getvalue().encode().splitlines()[1:]:
        for cell in row_of(line):
            encodable(cell_text(cell)).encode()


def _read_parquet(path: Path) -> None:
    for row in ParquetSource.open(path).rows():
        for cell in row.cells:
            encodable(cell_text(cell)).encode()


_READERS: dict[str, Reader] = {".xlsx": _read_excel, ".parquet": _read_parquet}


def main() -> int:
    """Read the files and print a line per format; the exit code is 1 after an unexpected exception."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="files of each format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", nargs="*", help="endings of the formats to try (default: all)")
    arguments = parser.parse_args()
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for suffix, content in seeds().items():
            if arguments.formats and suffix not in arguments.formats:
                continue
            kinds: Counter[str] = Counter()
            for number, error in failures(suffix, content, arguments.files, Path(folder), arguments.seed):
                kinds[f"{type(error).__name__}: {error} (file {number})"[:200]] += 1
            found += kinds.total()
            print(f"{suffix}: {arguments.files:,} files, {kinds.total()} foreign exceptions", flush=True)
            for kind, count in kinds.most_common(10):
                print(f"  {count} x {kind}", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
