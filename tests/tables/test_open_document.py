"""Spreadsheets of LibreOffice (OpenDocument)."""

import zipfile

import pytest

from sentiment.errors import TableError
from sentiment.tables.table import ReadOptions, inspect_table

KIND = "application/vnd.oasis.opendocument.spreadsheet"
SPACES = {
    name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text", "style", "meta")
}
ROWS = [("id", "review", "stars"), (1, "The porter was kind.\nReally.", 5), (2, "Cold soup & slow waiters", 1)]
REVIEWS = [row[1] for row in ROWS[1:]]


def cell(value):
    if isinstance(value, int):
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p>' + END
    lines = value.replace("&", "&amp;").split("\n")
    return '<table:table-cell office:value-type="string">' + "".join(f"<text:p>{line}</text:p>" for line in lines) + END


END = "</table:table-cell>"


def row(values, repeated=1):
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(map(cell, values))}</table:table-row>'


def sheet(rows, name="Reviews", style="shown"):
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def write(path, *sheets):
    spaces = " ".join(f'xmlns:{name}="{address}"' for name, address in SPACES.items())
    hidden = (
        '<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style>"
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:automatic-styles>{hidden}'
        f"</office:automatic-styles><office:body><office:spreadsheet>{''.join(sheets)}</office:spreadsheet>"
        "</office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", KIND)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def test_the_rows_of_a_sheet_are_read(tmp_path):
    table = inspect_table(write(tmp_path / "t.ods", sheet(map(row, ROWS))))
    assert (table.columns, list(table.reviews())) == (ROWS[0], REVIEWS)
    assert [cells.cells[2] for cells in table.rows()] == [5, 1]


def test_titles_and_hidden_sheets_are_left_out(tmp_path):
    old = sheet(map(row, [("id", "review"), (1, "An old one.")]), "Old", "hidden")
    titled = sheet(map(row, [("Reviews of May",), ("",), *ROWS]))
    path = write(tmp_path / "t.ods", old, titled)
    assert list(inspect_table(path).reviews()) == REVIEWS
    assert list(inspect_table(path, ReadOptions(sheet="Old")).reviews()) == ["An old one."]


def test_blank_rows_and_columns_to_the_edge_of_the_sheet_are_not_read(tmp_path):
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    below = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    path = write(tmp_path / "t.ods", sheet([*map(row, ROWS), below]))
    assert list(inspect_table(path).reviews()) == REVIEWS


def test_a_cell_repeated_to_the_edge_of_the_sheet_costs_no_memory(tmp_path):
    wide = cell("Fine.").replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="16000"')
    rows = f'<table:table-row table:number-rows-repeated="1000000">{wide}</table:table-row>'
    path = write(tmp_path / "t.ods", sheet([row(ROWS[0]), rows]))
    with pytest.raises(TableError, match="has more cells than can be read; save the sheet"):
        inspect_table(path)


def test_a_text_document_is_refused(tmp_path):
    path = tmp_path / "t.odt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", KIND.replace("spreadsheet", "text"))
        archive.writestr("content.xml", "<text/>")
    with pytest.raises(TableError, match="another kind of document"):
        inspect_table(path)


def test_a_spreadsheet_that_the_reader_does_not_take_is_refused_in_plain_words(tmp_path):
    path = tmp_path / "t.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", KIND)
        archive.writestr("content.xml", "<text/>")
    with pytest.raises(TableError, match=r"in a form that cannot be read; save it as \.xlsx or CSV\.$"):
        inspect_table(path)
