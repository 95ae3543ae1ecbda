"""Untrusted tables: a hostile one results in an error message, never in the death of the calling process."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.errors import ConfigError, TableError
from sentiment.system import bounded
from sentiment.system.storage import PROJECT
from sentiment.tables import bounded_reading, preview
from sentiment.tables.rows import ReadOptions
from sentiment.tables.table import inspect_table

_SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PARTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@pytest.fixture(autouse=True)
def little_memory(monkeypatch):
    monkeypatch.setenv(bounded.MEMORY_VARIABLE, "1500")


def workbook(path: Path, rows: str, strings: str = "") -> Path:
    """Return an .xlsx with the XML of its rows, and of its shared strings if there are any."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="'
        'application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_PARTS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SPACE}" xmlns:r="{_PARTS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_PARTS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
        f'Type="{_PARTS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SPACE}"><sheetData>{rows}</sheetData></worksheet>',
    }
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_SPACE}" {strings}><si><t>a</t></si></sst>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def row(number: int, cell: str, text: str) -> str:
    return f'<row r="{number}"><c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c></row>'


HEAD = row(1, "A1", "review") + row(2, "A2", "a fine room")


def test_an_honest_workbook_is_read(tmp_path):
    assert list(inspect_table(workbook(tmp_path / "t.xlsx", HEAD)).reviews()) == ["a fine room"]


@pytest.mark.parametrize(
    ("rows", "strings"),
    [
        (HEAD + row(1_048_576, "XFD1048576", "x"), ""),
        (HEAD + row(2**32 - 1, f"A{2**32 - 1}", "x"), ""),
        (HEAD, f'count="{2**32 - 1}" uniqueCount="{2**32 - 1}"'),
    ],
    ids=["a far cell", "a row number of 32 bits", "billions of shared strings"],
)
def test_a_hostile_workbook_is_refused_in_a_sentence(tmp_path, rows, strings):
    with pytest.raises(
        TableError, match=r"^t\.xlsx takes more than 1\.5 GB of memory to read; split it or save it as CSV"
    ):
        inspect_table(workbook(tmp_path / "t.xlsx", rows, strings))


def test_a_workbook_that_unpacks_to_more_than_the_memory_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setenv(bounded.MEMORY_VARIABLE, "50")
    with pytest.raises(TableError, match=r"^t\.xlsx unpacks to 0\.1 GB, more than"):
        inspect_table(workbook(tmp_path / "t.xlsx", HEAD + row(3, "A3", "x" * 10_000_000) * 6))


def test_damaged_workbooks_are_refused_in_a_sentence(tmp_path):
    whole = workbook(tmp_path / "whole.xlsx", HEAD).read_bytes()
    broken = {"half.xlsx": whole[: len(whole) // 2], "turned.xlsx": whole[:-30] + b"\xff" * 30}
    broken["old.xls"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\x00\x06\x00" + b"\xff" * 480
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TableError, match=rf"^{name} .*(damaged|cannot be read)"):
            inspect_table(tmp_path / name)


def test_a_parquet_file_that_unfolds_to_gigabytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(bounded.SECONDS_VARIABLE, "10")
    monkeypatch.setenv(bounded.MEMORY_VARIABLE, "1000")
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), ["x" * 1_000_000]).cast(
        pa.dictionary(pa.int32(), pa.string())
    )
    pq.write_table(pa.table({"review": column}), tmp_path / "t.parquet", store_schema=False)
    assert (tmp_path / "t.parquet").stat().st_size < 100_000
    with pytest.raises(TableError, match=r"^t\.parquet takes (more|longer) than"):
        inspect_table(tmp_path / "t.parquet")


def test_the_time_is_bounded_by_a_setting(tmp_path, monkeypatch):
    monkeypatch.setenv(bounded.SECONDS_VARIABLE, "1")
    monkeypatch.setenv(bounded.MEMORY_VARIABLE, "4000")
    pq.write_table(pa.table({"review": ["a fine room"] * 3_000_000}), tmp_path / "t.parquet")
    with pytest.raises(TableError, match=r"^t\.parquet takes longer than 1 seconds to read"):
        inspect_table(tmp_path / "t.parquet")


def test_a_setting_that_is_no_number_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(bounded.MEMORY_VARIABLE, "plenty")
    with pytest.raises(ConfigError, match=f'{bounded.MEMORY_VARIABLE} is "plenty"'):
        inspect_table(workbook(tmp_path / "t.xlsx", HEAD))


def test_a_document_that_grows_in_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(bounded.MEMORY_VARIABLE, "300")
    path = tmp_path / "t.json"
    path.write_text("[" + '"",' * 1_500_000 + '""]')
    with pytest.raises(TableError, match=r"t\.json takes more than 0\.3 GB of memory"):
        inspect_table(path)
    path.write_text("[" + '"a fine room",' * 100_000 + '"a fine room"]')
    assert inspect_table(path).row_count == 100_001


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_table_of_too_many_columns_is_refused(tmp_path, name):
    path = tmp_path / name
    columns = [f"c{number}" for number in range(20_001)]
    lines = [",".join(columns), "1"] if name == "t.csv" else [f'{{"{column}": 1}}' for column in columns]
    path.write_text("\n".join(lines))
    with pytest.raises(TableError, match=r"more than 20,000 columns"):
        inspect_table(path)


def text_table(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


# With 64 MB of memory a line may have a million characters.
LONG = b"word " * 300_000
ROWS = b"A fine room with a view,5\n" * 30


@pytest.mark.parametrize(
    ("name", "parts", "number"),
    [
        ("t.csv", (b"review,stars\n", ROWS, LONG, b",4\n", ROWS), 32),
        ("t.csv", (b"review,stars\n", ROWS, b'"never closed ', LONG, b"\n", ROWS), 32),
        ("t.csv", (b"review,stars\r\n", ROWS, LONG, b"\r", LONG, b"\n", ROWS), 32),
        (
            "t.csv",
            ("\ufeffreview,stars\n".encode("utf-16-le"), (ROWS + LONG + b"\n" + ROWS).decode().encode("utf-16-le")),
            32,
        ),
        (
            "t.jsonl",
            (b'{"review": "A fine room"}\n' * 30, b'{"review": "', LONG, b'"}\n', b'{"review": "A dull room"}\n' * 30),
            31,
        ),
    ],
    ids=["one field", "an open quote", "returns inside", "utf-16", "JSON Lines"],
)
def test_a_line_that_is_too_long_is_a_row_with_a_problem_and_costs_no_other(tmp_path, monkeypatch, name, parts, number):
    monkeypatch.setenv(bounded.MEMORY_VARIABLE, "64")
    table = inspect_table(text_table(tmp_path / name, *parts))
    sentence = f"Line {number} has more than 1,048,576 characters ({bounded.MEMORY_VARIABLE} sets the limit)."
    assert [(each.number, each.sentence) for each in table.problems] == [(number, sentence)]
    reviews = list(table.reviews())
    assert (len(reviews), reviews.count(None)) == (61, 1)
    assert all(len(str(cell)) < 100 for row in table.rows() for cell in row.cells)


def test_a_first_line_that_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(bounded.MEMORY_VARIABLE, "64")
    with pytest.raises(TableError, match=r"^The first line of t\.csv has more than 1,048,576 characters"):
        inspect_table(text_table(tmp_path / "t.csv", LONG, b"\n", ROWS))


def test_lines_that_are_long_and_wide_take_no_more_memory_than_they_may(tmp_path):
    path = text_table(tmp_path / "t.csv", *(b",a1" * 300_000 + b"\n" for _ in range(3)))
    script = f"""
from pathlib import Path
from sentiment.errors import TableError
from sentiment.tables.table import inspect_table
def most(): return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) // 1024
before = most()
try:
    inspect_table(Path({str(path)!r}))
except TableError as error:
    print(most() - before, error)
"""
    environment = os.environ | {bounded.MEMORY_VARIABLE: "64"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    megabytes, _, sentence = done.stdout.partition(" ")
    assert "more than 20,000 columns" in sentence
    assert int(megabytes) <= 64


def test_many_surplus_fields_do_not_widen_the_table(tmp_path):
    table = inspect_table(text_table(tmp_path / "t.csv", b"review,stars\n", ROWS, b"fine," * 5_000, b"\n"))
    *_, last = table.rows()
    assert table.extra_columns == 100
    assert last.cells[:2] == ["fine", "fine"]
    assert ",".join(last.cells) == "fine," * 4_999 + "fine"


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_large_table_is_looked_at_in_a_process_with_bounds(tmp_path, monkeypatch, name):
    lines = {
        "t.csv": b"review;note\n" + "Très bon,\x01 merci;5\n".encode() * 120_000 + b"one;two;three\n",
        "t.jsonl": '{"review": "Très bon", "note": {"a": [null]}}\n'.encode() * 60_000 + b"[1]\n",
    }
    path = text_table(tmp_path / name, lines[name])
    found = preview.preview(path, ReadOptions())
    assert found == preview.read(path, ReadOptions())
    assert found.problem_count == 1
    monkeypatch.setenv(bounded.SECONDS_VARIABLE, "1")
    path.write_bytes(lines[name] * 20)
    with pytest.raises(TableError, match=rf"^{name} takes longer than 1 seconds to read"):
        preview.preview(path, ReadOptions())


def test_a_full_disk_is_not_taken_for_a_damaged_workbook(tmp_path, monkeypatch):
    path = workbook(tmp_path / "t.xlsx", HEAD)
    with Path("/dev/full").open("wb") as full:
        monkeypatch.setattr(bounded_reading, "KeptFile", lambda: SimpleNamespace(file=full))
        with pytest.raises(TableError, match=r"temporary files .* The disk is full"):
            inspect_table(path)
