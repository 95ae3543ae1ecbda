"""Files without a reader are refused with advice; none of their markup or field names becomes a review."""

import gzip
import json
import zipfile

import pytest

from sentiment.errors import TableError
from sentiment.tables.table import ReadOptions, inspect_table

WARM = "The host was warm, and the garden lovely."
COLD = "The soup was cold, and the bill a joke."
ROWS = [(1, WARM, 5), (2, COLD, 1), (3, "It rained.", 3)]

FIELD_PER_LINE = {
    "YAML": "".join(f'- id: {i}\n  review: "{text}"\n  stars: {stars}\n' for i, text, stars in ROWS),
    "YAML in a key": "reviews:\n" + "".join(f"  - id: {i}\n    review: >-\n      {text}\n" for i, text, _ in ROWS),
    "YAML documents": "".join(f"---\nreview: {text}\nstars: {stars}\n" for _, text, stars in ROWS),
    "YAML in another language": "".join(f"- titel: Urlaub\n  bewertung: {text}\n" for _, text, _ in ROWS),
    "TOML": "".join(f'[[reviews]]\nreview = "{text}"\nstars = {stars}\n\n' for _, text, stars in ROWS),
    "INI": "".join(f"[{i}]\nreview = {text}\nstars = {stars}\n\n" for i, text, stars in ROWS),
    "mysql": "".join(f"***** {i}. row *****\n    id: {i}\nreview: {text}\n" for i, text, _ in ROWS),
    "an archive": "\n".join(f"review/score: {s}.0\nreview/text: {text}\n" for _, text, s in ROWS),
    "psql": "".join(f"-[ RECORD {i} ]---\nid     | {i}\nreview | {text}\n" for i, text, _ in ROWS),
}
OTHERS = {
    "a page with a style first": ("<style>td{}</style>\n<table><tr><td>review</td></tr></table>", "a web page"),
    "a page in a comment and boxes": (f"<!-- x -->\n<div><table>\n<tr><td>{WARM}</td></tr>\n</table>", "a web page"),
    "XML without a declaration": (
        "<reviews>\n" + "".join(f"  <review>{text}</review>\n" for _, text, _ in ROWS) + "</reviews>",
        "an XML file",
    ),
    "a page in mail": ("MIME-Version: 1.0\nContent-Type: multipart/related\n\n<table></table>\n", "is mail"),
    "a mailbox": (f"From a@x.example Mon May 01\nFrom: A <a@x.example>\nSubject: Hi\n\n{WARM}\n", "is mail"),
    "SYLK": (f'ID;PWXL;N;E\nC;Y1;X1;K"{WARM}"\nE\n', "old format"),
    "DIF": (f'TABLE\n0,1\n"EXCEL"\nDATA\n0,0\n""\n1,0\n"{WARM}"\n', "old format"),
    "LaTeX": (f"\\begin{{tabular}}{{ll}}\n 1 & {WARM} \\\\\n\\end{{tabular}}\n", "LaTeX"),
    "YAML in braces": (f'- {{id: 1, review: "{WARM}"}}\n- {{id: 2, review: "{COLD}"}}\n', "YAML"),
    "PHP": (f"<?php\nreturn [\n  ['id' => 1, 'review' => '{WARM}'],\n];\n", "is a program"),
    "a wiki": (f"|| id || review ||\n| 1 | {WARM} |\n| 2 | {COLD} |\n", "wiki"),
    "another wiki": (f'{{| class="wikitable"\n! id !! review\n|-\n| 1 || {WARM}\n|}}\n', "wiki"),
    "subtitles": (f"1\n00:00:01,000 --> 00:00:02,500\n{WARM}\n\n", "subtitles"),
    "subtitles of the web": (f"WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n{WARM}\n", "subtitles"),
    "R": (f"# A tibble: 2 × 2\n     id review\n  <int> <chr>\n1     1 {WARM}\n", "statistics program"),
    "Stata": (f"     +----+\n     | id   review |\n     |----|\n  1. |  1   {WARM} |\n     +----+\n", "statistics"),
    "trees": ("(3 (2 The) (3 (2 porter) (3 kind)))\n(1 (2 It) (1 rained))\n", "parsed sentences"),
    "Python": (f"{[{'id': 1, 'review': WARM}]}", "as Python prints it"),
    "a table in double lines": (f"╔══╦══╗\n║ id ║ review ║\n╠══╬══╣\n║ 1 ║ {WARM} ║\n╚══╩══╝\n", "drawn with lines"),
    "a table in heavy lines": (f"Reviews\n┏━━┳━━┓\n┃ id ┃ review ┃\n┡━━╇━━┩\n│ 1 │ {WARM} │\n", "drawn with lines"),
    "COPY of PostgreSQL": (f"COPY public.reviews (id, review) FROM stdin;\n1\t{WARM}\n\\.\n", "dump of a database"),
    "a copied chat": ("".join(f"Ann, [0{i}.05.24 10:00]\n{text}\n\n" for i, text, _ in ROWS), "is a chat"),
    "a chat with times in brackets": ("".join(f"[01-May-24 10:0{i} AM] ann\n{t}\n" for i, t, _ in ROWS), "is a chat"),
    "an access log": ('1.2.3.4 - - [01/May/2024:10:00:00 +0000] "GET /a HTTP/1.1" 200 12\n', "log of a web server"),
    "named fields": (f'time=2024-05-01T10:00:00Z level=info msg="{WARM}"\n', "fields such as level=info"),
    "another copied chat": ("".join(f"Ann B.  10:0{i} AM\n{text}\n" for i, text, _ in ROWS), "is a chat"),
    "PDF": ("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n", "a PDF document; export"),
    "RTF": (f"{{\\rtf1\\ansi {WARM}}}\n", "a text document; copy"),
    "SPSS, portable": ("0" * 40 + "ASCII SPSS PORT FILE" + "0" * 80 + "\n", "an SPSS file; save"),
    "an old pickle": (f"(lp0\nV{WARM}\np1\naV{COLD}\np2\na.", "a Python pickle; save"),
    "R code": (f'reviews <- structure(list(id = 1:2, review = c("{WARM}", "{COLD}")))\n', "is R code"),
    "events": (
        "".join(f"id: {i}\ndata: {json.dumps({'review': text})}\n\n" for i, text, _ in ROWS),
        "stream of events",
    ),
    "lines of Python": ("\n".join(str({"id": i, "review": text}) for i, text, _ in ROWS), "as Python prints it"),
}


@pytest.mark.parametrize("kind", FIELD_PER_LINE)
@pytest.mark.parametrize("name", ["t.txt", "t.csv"])
def test_a_field_per_line_is_refused(tmp_path, kind, name):
    path = tmp_path / name
    path.write_text(FIELD_PER_LINE[kind])
    with pytest.raises(TableError, match=r"one field per line.*CSV"):
        inspect_table(path)


def test_whoever_says_that_each_line_is_a_review_is_believed(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text(FIELD_PER_LINE["INI"])
    assert inspect_table(path, ReadOptions(delimiter="none", header=False)).row_count > len(ROWS)


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_file_of_another_program_is_refused_in_any_encoding(tmp_path, kind, codec):
    text, reason = OTHERS[kind]
    path = tmp_path / "t.xls"
    path.write_text(text, encoding=codec)
    with pytest.raises(TableError, match=rf"^t\.xls .*{reason}"):
        inspect_table(path)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"ARROW1\0\0", "an Arrow file"),
        (b"ORC\x0a\x03\0", "an ORC file"),
        (b"Obj\x01\x04\x14avro.codec\0", "an Avro file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"<stata_dta><header>\0", "a Stata file"),
        (b"\x80\x04\x95\x10\0\0", "a Python pickle"),
        (b"\x1f\x9d\x90", "a compressed file"),
        (b"\x80\x02]q\x00", "a Python pickle"),
        (b"\xff\xff\xff\xff\x88\0\0\0", "an Arrow file"),
        (b"\0\0\0\0\0\0\0\0DUCK", "a DuckDB database"),
        (b"\0\1\0\0Standard ACE DB\0", "an Access database"),
        (b"\x72\x02\x01\0", "a Stata file"),
        (b"$FL3@(#) SPSS\0", "an SPSS file"),
        (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", "a SAS file"),
        (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "a SAS file"),
        (b"MATLAB 5.0 MAT-file, Platform: GLNXA64 \0", "a MATLAB file"),
        (b"X\n\0\0\0\x03", "an R file"),
        (gzip.compress(b"X\n\0\0\0\x03"), "an R file"),
        (gzip.compress(b"RDX3\nX\n"), "an R file"),
        (gzip.compress(b"review\n"), "a compressed file"),
    ],
)
def test_data_of_other_programs_are_refused_by_name(tmp_path, start, reason):
    path = tmp_path / "t.csv"
    path.write_bytes(start + b"review,stars\nA fine place,5\n")
    with pytest.raises(TableError, match=rf"^t\.csv is {reason}; (?:save|unpack)"):
        inspect_table(path)


@pytest.mark.parametrize(
    "lines",
    [
        ["ORCs, all of them", "RDX is a fine car, and quick", "FEA1 broke"],
        ["Arrived  9:00 AM", "Left soon.", "Fine"],
        ["COPY that", "Copy from stdin; it works."],
        ["Pros: the staff", "Cons: the noise", "Pros: the pool", "Cons: the bill"],
        ["<p>A <b>lovely</b> film</p>", "<p>Dull</p>", "<i>Fine</i>"],
        ["<br>", "Loved it <3", "No"],
        ["Note: it rained", "Lovely, all in all", "Note: bring a coat"],
        ["- Pros: the kind staff", "- Cons: noise", "- Pros: the pool", "- Cons: the bill, as always"],
        ["Verdict: good", "Would I come again: yes"],
        ["Dear all: thank you", "Subject to change, but fine", "Content"],
    ],
)
def test_reviews_that_look_like_fields_or_markup_are_reviews(tmp_path, lines):
    path = tmp_path / "t.txt"
    path.write_text("".join(f"{line}\n" for line in lines))
    assert list(inspect_table(path, ReadOptions(header=False)).reviews()) == lines


@pytest.mark.parametrize("mark", [1, 2], ids=["one mark", "two marks"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("name", ["t.json", "t.txt"])
def test_byte_order_marks_before_json_are_passed_over(tmp_path, mark, codec, name):
    objects = [{"id": i, "review": text} for i, text, _ in ROWS]
    for text in (json.dumps(objects), "\n".join(map(json.dumps, objects))):
        path = tmp_path / name
        path.write_text("\ufeff" * mark + text, encoding=codec)
        table = inspect_table(path)
        assert list(table.reviews()) == [text for _, text, _ in ROWS]
        assert table.problem_count == 0


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (["word/document.xml"], "a Word document; copy"),
        (["ppt/presentation.xml"], "a PowerPoint file; copy"),
        (["Index/Document.iwa", "Metadata/Properties.plist"], "Numbers, Pages or Keynote; export"),
        (["DataModel", "Report/Layout"], "a report of Power BI; export"),
        (["reviews.twb", "Data/reviews.hyper"], "a workbook of Tableau; export"),
        (["mimetype", "META-INF/container.xml"], "an e-book, not a table"),
        (["a.csv"], "a zip archive and no Excel file; unpack it"),
    ],
)
def test_other_packed_documents_are_refused_by_name(tmp_path, parts, reason):
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    with pytest.raises(TableError, match=rf"^t\.xlsx is .*{reason}"):
        inspect_table(path)
