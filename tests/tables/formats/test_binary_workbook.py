"""Binary workbooks (.xlsb), written record by record."""

import struct
import zipfile

import pytest

from sentiment.errors import TableError
from sentiment.tables.formats.binary_workbook import has_short_cells
from sentiment.tables.table import inspect_table

ROWS = [["review", "stars"], ["The porter was kind 😀", 5], ["=1+1, cold\nsoup", 1.5], ["Fine", 4]]
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/></Relationships>'
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" '
    'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
)


def number(value):
    parts = []
    while True:
        value, part = value >> 7, value & 0x7F
        parts.append(part | 0x80 if value else part)
        if not value:
            return bytes(parts)


def record(kind, content=b""):
    return number(kind) + number(len(content)) + content


def text(value):
    return struct.pack("<I", len(value.encode("utf-16-le")) // 2) + value.encode("utf-16-le")


def cell(column, value, short):
    """Return a cell; one of the short form has no column."""
    place = struct.pack("<I", 0) if short else struct.pack("<II", column, 0)
    if isinstance(value, str):
        return record(17 if short else 6, place + text(value))
    return record(16 if short else 5, place + struct.pack("<d", value))


def workbook(path, *, short):
    rows = b"".join(
        record(0, struct.pack("<I", i) + bytes(21))
        + b"".join(cell(j, value, short and j > 0) for j, value in enumerate(row))
        for i, row in enumerate(ROWS)
    )
    size = struct.pack("<IIII", 0, len(ROWS) - 1, 0, 1)
    sheet = record(129) + record(148, size) + record(145) + rows + record(146) + record(130)
    listed = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + text("rId1") + text("Reviews"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS.format("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/_rels/workbook.bin.rels", RELATIONS.format("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/workbook.bin", listed + record(144) + record(132))
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def test_a_binary_workbook_is_read(tmp_path):
    table = inspect_table(workbook(tmp_path / "t.xlsb", short=False))
    assert [row.cells for row in table.rows()] == ROWS[1:]
    assert table.text_column == "review"


def test_cells_of_the_short_form_are_refused_rather_than_lost(tmp_path):
    path = workbook(tmp_path / "t.xlsb", short=True)
    with pytest.raises(TableError, match=r"t\.xlsb is a binary workbook .* save it as \.xlsx"):
        inspect_table(path)


@pytest.mark.parametrize("size", [0, 1, 30, 200, 400])
def test_damage_is_left_to_the_reader(tmp_path, size):
    whole = workbook(tmp_path / "whole.xlsb", short=True).read_bytes()
    path = tmp_path / "t.xlsb"
    path.write_bytes(whole[:size])
    assert not has_short_cells(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.bin", b"\xff" * size)
    assert not has_short_cells(path)
