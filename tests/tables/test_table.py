"""Reading: all forms in which tables of reviews occur in practice."""

import codecs
import datetime
import json
import random
import time
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import TableError
from sentiment.tables.columns import column_labels
from sentiment.tables.formats.delimited.csv_records import Dialect, records
from sentiment.tables.table import ReadOptions, Row, Table, inspect_table

GOOD = "A lovely film, and the ending is good."
BAD = "Dull; I left before the end."


def table_of(tmp_path: Path, content: bytes | str, name: str = "reviews.csv", **options) -> Table:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect_table(path, ReadOptions(**options))


def cells(table: Table) -> list[list]:
    return [row.cells for row in table.rows()]


def workbook(path: Path, rows: list[list], sheet: str = "Sheet1") -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet(sheet)
        for i, row in enumerate(rows):
            page.write_row(i, 0, row)
    return path


# Encodings


@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_the_encoding_is_found(tmp_path, codec, mark, name):
    text = "id,review\n1,“Très bon film”, – Müller's façade for €5\n2,It’s a café I didn’t like\n".replace("”,", "”")
    table = table_of(tmp_path, mark + text.encode(codec))
    assert table.detected["encoding"] == name
    assert table.header == ("id", "review")
    assert [row[1] for row in cells(table)] == ["“Très bon film” – Müller's façade for €5", "It’s a café I didn’t like"]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", "Отличный фильм, мне очень понравилось, но концовка слабая"),
        ("cp932", "この映画はとても面白かったです。また見たいと思います。"),
        ("gb18030", "这部电影非常好看，我很喜欢，推荐给大家。"),
    ],
)
def test_encodings_of_other_scripts_are_found(tmp_path, codec, text):
    table = table_of(tmp_path, f'review\n"{text}"\n'.encode(codec))
    assert cells(table) == [[text]]


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
@pytest.mark.parametrize(
    ("mark", "codec", "found"),
    [
        (codecs.BOM_UTF8, "utf-16", "utf-16-le"),
        (codecs.BOM_UTF8 + codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
        (codecs.BOM_UTF8, "utf-16-le", "utf-16-le"),
        (codecs.BOM_UTF8, "utf-32", "utf-32-le"),
        (codecs.BOM_UTF8 * 2, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_BE, "utf-8", "utf-8"),
    ],
)
def test_a_mark_of_another_encoding_before_the_text_is_skipped(tmp_path, mark, codec, found, name):
    texts = [GOOD, "The café was closed – a pity."]
    rows = ["review", *texts] if name == "t.csv" else [json.dumps({"review": text}) for text in texts]
    table = table_of(tmp_path, mark + "".join(f"{row}\n" for row in rows).encode(codec), name, delimiter="none")
    assert (table.columns, list(table.reviews()), table.detected["encoding"]) == (("review",), texts, found)


def test_the_encoding_can_be_given(tmp_path):
    content = "review\nnaïve\n".encode("mac_roman")
    assert cells(table_of(tmp_path, content, encoding="mac_roman")) == [["naïve"]]
    with pytest.raises(TableError, match='no text encoding "klingon"'):
        table_of(tmp_path, content, encoding="klingon")


def test_a_few_undecodable_bytes_spoil_their_row_only(tmp_path):
    content = "id,review\n1,Café\n2,naïve\n3,plain\n".encode() + b"4,caf\xe9 \x81\n5,na\xc3\xafve\n"
    table = table_of(tmp_path, content)
    assert table.detected["encoding"] == "utf-8"
    assert [problem.number for problem in table.problems] == [5]
    assert cells(table)[3] == ["4", "café \x81"]
    assert list(table.reviews()) == ["Café", "naïve", "plain", None, "naïve"]


def test_half_a_character_at_the_end_of_utf16_spoils_its_row_only(tmp_path):
    table = table_of(tmp_path, b"\xff\xfe" + "review\ngood\nbad".encode("utf-16-le") + b"\x41")
    assert list(table.reviews()) == ["good", None]


# Delimiters, quotes, headers


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    rows = [["id", "review", "stars"], ["1", "Good, or not; who | knows\tit", "3"], ["2", "Nice, nice; nice", "4"]]
    text = "\n".join(delimiter.join(f'"{c}"' if " " in c else c for c in row) for row in rows)
    table = table_of(tmp_path, text)
    assert table.detected["delimiter"] == {"\t": "tab"}.get(delimiter, delimiter)
    assert cells(table) == rows[1:]


def test_a_file_with_one_review_a_line_is_not_cut_at_commas(tmp_path):
    table = table_of(tmp_path, "review\nGood, really good\nBad, dull, long\nFine\n")
    assert cells(table) == [["Good, really good"], ["Bad, dull, long"], ["Fine"]]
    table = table_of(tmp_path, "Good, really good.\nBad, dull, long.\nFine, or so.\nNo\n", name="lines.txt")
    assert table.row_count == 4
    assert next(table.reviews()) == "Good, really good."
    table = table_of(
        tmp_path, "A fine film, I loved it.\nA dull, dreary film; I left.\nIt was fine.\n", name="lines.txt"
    )
    assert list(table.reviews())[1:] == ["A dull, dreary film; I left.", "It was fine."]


def test_a_csv_of_a_review_a_line_is_not_cut_at_commas_that_few_of_them_have(tmp_path):
    lines = [
        "A fine film, moving and funny.",
        "It was dull.",
        "I left early.",
        "So slow, so long, so what?",
        "Lovely film.",
    ]
    assert cells(table_of(tmp_path, "\n".join(lines))) == [[line] for line in lines]
    # A header indicates columns, even if most rows lack the second one.
    table = table_of(tmp_path, "review,stars\nFine\nDull\nLovely,9\n")
    assert table.columns == ("review", "stars")


def test_a_text_file_with_spaces_after_its_commas_is_a_table_all_the_same(tmp_path):
    for text in ("id, review\n1, Fine film\n2, Dull film\n", "1, Fine film\n2, Dull film\n"):
        assert table_of(tmp_path, text, name="table.txt").detected["delimiter"] == ","


def test_a_stray_zero_byte_does_not_make_a_small_table_none(tmp_path):
    table = table_of(tmp_path, b"id,review\n1,A fi\x00ne film\n2,Dull film\n")
    assert list(table.reviews())[1] == "Dull film"


def test_dialect_and_header_can_be_given(tmp_path):
    table = table_of(tmp_path, "a,b;c\nd,e;f\n", delimiter=";", header=False)
    assert table.columns == ("column_1", "column_2")
    assert cells(table) == [["a,b", "c"], ["d,e", "f"]]
    table = table_of(tmp_path, "a~'x~y'\n1~'p~q'\n", delimiter="~", quote="'", header=True)
    assert (table.columns, cells(table)) == (("a", "x~y"), [["1", "p~q"]])
    assert table_of(tmp_path, "a\tb\n1\t2\n", delimiter="tab").columns == ("a", "b")
    assert table_of(tmp_path, "a,b\n1,2\n", delimiter="none").columns == ("a,b",)
    with pytest.raises(TableError, match="delimiter must be one character"):
        table_of(tmp_path, "a,b\n", delimiter="::")


def test_single_quotes_are_found(tmp_path):
    table = table_of(tmp_path, "id,review\n1,'Good, really'\n2,'Bad, dull'\n")
    assert cells(table) == [["1", "Good, really"], ["2", "Bad, dull"]]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("id,review\n1,Good\n", True),
        ("REVIEW\n", True),
        ("name,remarks\nAnn,I liked it a lot\nBob,I did not like it\n", True),
        (f'"{GOOD}",1\n"{BAD}",0\n', False),
        ("1,A lovely film\n2,A dull film\n", False),
        ("lovely film,positive\ndull film,negative\ngood film,positive\n", False),
        ("2024-01-02,It was fine\n2024-01-03,It was not\n", False),
    ],
)
def test_whether_there_is_a_header_is_found(tmp_path, text, header):
    table = table_of(tmp_path, text)
    assert table.detected["header"] == ("yes" if header else "no")
    assert table.row_count == text.count("\n") - header


def test_newlines_and_quotes_inside_quotes(tmp_path):
    table = table_of(tmp_path, 'id,review\r\n1,"Line one\r\nline ""two""\n\nfour"\r\n2,plain\r\n')
    assert cells(table) == [["1", 'Line one\r\nline "two"\n\nfour'], ["2", "plain"]]
    assert [row.number for row in table.rows()] == [2, 6]


def test_bare_quotes_inside_a_quoted_field_are_content(tmp_path):
    table = table_of(
        tmp_path, 'id,review,stars\n1,"a "wow", she said",5\n2,"a "",b",4\n3,"x"y,3\n4,"say "wow" now",2\n'
    )
    assert cells(table)[1:] == [["2", 'a ",b', "4"], ["3", '"x"y', "3"], ["4", 'say "wow" now', "2"]]
    # A quote before a delimiter closes its field: this row becomes wider, is reported, and keeps every word.
    assert cells(table)[0] == ["1", 'a "wow', ' she said"', "5"]
    assert [problem.number for problem in table.problems] == [2]


@pytest.mark.parametrize("rest", ['3,"good, nice"\n4,fine\n', "3,good\n4,fine\n"])
def test_a_quote_that_never_closes_spoils_its_line_only(tmp_path, rest):
    table = table_of(tmp_path, 'id,review\n1,fine\n2,"never, closed\n' + rest)
    assert [(problem.number, "never closes" in problem.sentence) for problem in table.problems] == [(3, True)]
    assert cells(table)[1] == ["2", '"never, closed']
    assert [row[0] for row in cells(table)] == ["1", "2", "3", "4"]
    assert [row.number for row in table.rows()] == [2, 3, 4, 5]


def test_a_quote_that_never_closes_on_the_last_line(tmp_path):
    table = table_of(tmp_path, 'id,review\n1,fine\n2,"never, ever')
    assert [problem.number for problem in table.problems] == [3]
    assert cells(table)[1] == ["2", '"never, ever']


def test_a_quote_that_never_closes_is_content_where_its_line_is_a_row_like_the_others(tmp_path):
    table = table_of(tmp_path, 'id,review\n1,fine\n2,"never closed\n3,good\n4,fine\n')
    assert (table.problem_count, cells(table)[1]) == (0, ["2", '"never closed'])


def test_a_quote_that_never_closes_does_not_swallow_a_large_file():
    read = 0

    def lines():
        nonlocal read
        yield '0,"never closed\n'
        for i in range(1, 100_000):
            read += 1
            yield f"{i},{'a long review ' * 10}\n"

    found = records(lines(), Dialect(",", '"'))
    assert next(found).problem == "Line 1 opens a quote that never closes."
    assert read < 40_000
    assert sum(1 for record in found if record.problem is None) == 99_999


# Damaged and unusual rows


def test_ragged_rows(tmp_path):
    table = table_of(tmp_path, "id,review\n1\n2,short,,\n3,too,long,\n4,fine\n")
    assert cells(table) == [["1", ""], ["2", "short"], ["3", "too", "long"], ["4", "fine"]]
    assert [problem.sentence for problem in table.problems] == ["Line 4 has 3 fields, but the table has 2 columns."]
    assert table.extra_columns == 1
    assert [short.sentence for short in table.short] == ["Line 2 has fewer fields than the table has columns."]
    assert list(table.reviews()) == ["", "short", None, "fine"]


def test_empty_rows_stay_in_place(tmp_path):
    table = table_of(tmp_path, "id,review\n\n1,fine\n,\n\n")
    assert cells(table) == [["", ""], ["1", "fine"], ["", ""], ["", ""]]
    assert (table.row_count, table.texts.empty, table.problem_count) == (4, 3, 0)


def test_a_review_of_200_000_characters(tmp_path):
    long = "wonderful " * 20_000
    for name, content in (("a.csv", f'id,review\n1,"{long}"\n'), ("a.jsonl", json.dumps({"id": 1, "review": long}))):
        table = table_of(tmp_path, content, name=name)
        assert next(table.reviews()) == long
        assert table.texts.long == 1


def test_na_null_and_nan_are_reviews(tmp_path):
    words = ["NA", "null", "None", "nan", "NaN", "N/A", "", "-", "5", "3.50", "very good"]
    table = table_of(tmp_path, "id,review\n" + "".join(f"{i},{word}\n" for i, word in enumerate(words)))
    assert list(table.reviews()) == words


def test_numbers_nan_and_nothing_in_the_text_column(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"review": pa.array([3.0, 2.5, float("nan"), None])}), path)
    assert list(inspect_table(path).reviews()) == ["3", "2.5", "", ""]
    table = table_of(tmp_path, '{"review": 5}\n{"review": NaN}\n{"review": null}\n{}\n{"review": "ok"}\n', "a.jsonl")
    assert list(table.reviews()) == ["5", "", "", "", "ok"]
    excel = inspect_table(workbook(tmp_path / "a.xlsx", [["review"], [3], [True], [None], ["fine film"]]))
    assert list(excel.reviews()) == ["3", "true", "", "fine film"]


def test_counts_of_the_texts(tmp_path):
    table = table_of(tmp_path, "review\ngood film\ngood film\n  \nbad film\ngood film\n" + "x" * 6000 + "\n")
    assert (table.texts.empty, table.texts.duplicate, table.texts.long) == (1, 2, 1)


# Columns


def test_duplicate_and_padded_names_are_kept_and_reported_apart(tmp_path):
    table = table_of(tmp_path, " id ,review, review ,review,\n1,a,b,c,d\n")
    assert table.header == (" id ", "review", " review ", "review", "")
    assert table.columns == ("id", "review", "review (2)", "review (3)", "column_5")
    chosen = table_of(tmp_path, " id ,review, review ,review,\n1,a,b,c,d\n", text_column="review (3)")
    assert list(chosen.reviews()) == ["c"]


def test_twenty_thousand_equal_names_are_labelled_in_no_time():
    started = time.process_time()
    labels = column_labels(["a"] * 20_000 + [""] * 20_000)
    assert len(set(labels)) == 40_000
    assert time.process_time() - started < 2


@given(st.lists(st.sampled_from(["a", " a", "a (2)", "", "column_1", "column_2", "a (2) (2)"]), max_size=8))
def test_labels_are_unique_and_a_name_of_its_own_is_kept(names):
    labels = column_labels(names)
    assert len(set(labels)) == len(names) == len(labels)
    stripped = [name.strip() for name in names]
    assert all(
        label == name for label, name in zip(labels, stripped, strict=True) if name and stripped.count(name) == 1
    )


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("id,title,review", "1,A lovely evening out with friends and family,Good", "review"),
        ("id,Review_Text,notes", f"1,{BAD},x", "Review_Text"),
        ("customerComment,city", f"{BAD},Bonn", "customerComment"),
        ("review_id,when,said", f"tt01,2024-01-02,{BAD}", "said"),
        ("review,text", f"4.5,{BAD}", "text"),
        ("a,b", f"Bonn,{BAD}", "b"),
    ],
)
def test_the_text_column_is_guessed(tmp_path, header, row, column):
    assert table_of(tmp_path, f"{header}\n{row}\n{row}\n").text_column == column


def test_a_table_without_text_is_refused_with_its_columns(tmp_path):
    table = table_of(tmp_path, "id,price\n1,2.50\n2,3.10\n")
    assert table.text_column is None
    with pytest.raises(TableError, match=r'no column of text.*"id" and "price"'):
        table.reviews()


def test_a_missing_column_is_answered_with_the_closest(tmp_path):
    with pytest.raises(TableError, match=r'no column "Reveiw"; did you mean "review".*"id" and "review"'):
        table_of(tmp_path, "id,review\n1,fine\n", text_column="Reveiw")


# Whole files


def test_an_empty_file_is_refused(tmp_path):
    for content in (b"", b"\n\n \n", b"\xef\xbb\xbf", b"\xff\xfe"):
        with pytest.raises(TableError, match="empty"):
            table_of(tmp_path, content)
    workbook(tmp_path / "a.xlsx", [])
    with pytest.raises(TableError, match="empty"):
        inspect_table(tmp_path / "a.xlsx")


def test_a_header_only_is_a_table_without_rows(tmp_path):
    table = table_of(tmp_path, "id,review\n")
    assert (table.columns, table.text_column, table.row_count) == (("id", "review"), "review", 0)


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    with pytest.raises(TableError, match="no file"):
        inspect_table(tmp_path / "none.csv")
    with pytest.raises(TableError, match="not a file"):
        inspect_table(tmp_path)


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(TableError, match="unpack it first"):
        table_of(tmp_path, b"\x1f\x8b\x08\x00 some")
    with pytest.raises(TableError, match="is not a table"):
        table_of(tmp_path, bytes(range(256)) * 4 + bytes(64))
    noise = random.Random(1).randbytes(4_000).replace(b"\0", b"")
    with pytest.raises(TableError, match="is not a table"):
        table_of(tmp_path, noise)
    with pytest.raises(TableError, match="cannot be read as one"):
        table_of(tmp_path, b"PK\x03\x04 some archive")
    with zipfile.ZipFile(tmp_path / "packed.csv", "w") as archive:
        archive.writestr("reviews.csv", "review\nfine\n")
    with pytest.raises(TableError, match=r"packed\.csv is a zip archive and no Excel file; unpack it"):
        inspect_table(tmp_path / "packed.csv")
    for document in (b"%PDF-1.4\n1 0 obj\n", b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n"):
        with pytest.raises(TableError, match=r"is (?:not a table|a PDF document)"):
            table_of(tmp_path, document)
    with pytest.raises(TableError, match="damaged Parquet"):
        table_of(tmp_path, b"PAR1 nothing", name="a.parquet")
    with pytest.raises(TableError, match=r"no JSON object.*save it as JSON Lines"):
        table_of(tmp_path, "[1, 2]\n", name="a.json")


def test_the_content_decides_not_the_name(tmp_path):
    excel = workbook(tmp_path / "a.xlsx", [["id", "review"], [1, "fine film"]]).rename(tmp_path / "really_excel.csv")
    assert inspect_table(excel).source.format == "excel"
    assert table_of(tmp_path, "id,review\n1,fine\n", name="really_csv.xlsx").source.format == "csv"
    pq.write_table(pa.table({"review": ["fine film"]}), tmp_path / "really_parquet.csv")
    assert inspect_table(tmp_path / "really_parquet.csv").source.format == "parquet"
    assert table_of(tmp_path, '{"review": "fine"}\n', name="really_json.txt").source.format == "jsonl"


def test_a_table_that_changed_is_not_read_on(tmp_path):
    table = table_of(tmp_path, "review\ngood\n")
    table_of(tmp_path, "review\ngood\nbad\n")
    with pytest.raises(TableError, match="was changed"):
        table.rows()


def test_digest_and_preview(tmp_path):
    table = table_of(tmp_path, "review\n" + "good\n" * 50)
    assert len(table.digest) == 64
    assert table.digest != table_of(tmp_path, "review\n" + "good\n" * 51).digest
    assert [row.cells for row in table.preview] == [["good"]] * 20


# Excel, Parquet, JSON Lines


def test_excel_keeps_types_and_place(tmp_path):
    day = datetime.date(2024, 2, 3)
    rows = [[], ["", "review", "when", "stars", "yes"], [], ["", "fine", day, 4, True], ["", "poor", day, 1.5, False]]
    table = inspect_table(workbook(tmp_path / "a.xlsx", rows))
    assert table.header == ("", "review", "when", "stars", "yes")
    assert cells(table) == [[None] * 5, [None, "fine", day, 4.0, True], [None, "poor", day, 1.5, False]]
    assert [row.number for row in table.rows()] == [3, 4, 5]


def test_sheets(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Cover")
        for name in ("First", "Second"):
            book.add_worksheet(name).write_column(0, 0, ["review", f"{name} good film"])
    assert list(inspect_table(path).reviews()) == ["First good film"]
    assert list(inspect_table(path, ReadOptions(sheet="Second")).reviews()) == ["Second good film"]
    with pytest.raises(TableError, match='no sheet "Third"; its sheets are "Cover", "First" and "Second"'):
        inspect_table(path, ReadOptions(sheet="Third"))


def test_the_sheet_that_holds_the_reviews_is_found(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Notes").write_column(0, 0, ["About this workbook", "Exported in May.", "For Marketing."])
        book.add_worksheet("Figures").write_column(0, 0, ["stars", 4, 5])
        book.add_worksheet("Answers").write_row(0, 0, ["id", "Review text"])
        book.get_worksheet_by_name("Answers").write_row(1, 0, [1, "A lovely film"])
    assert list(inspect_table(path).reviews()) == ["A lovely film"]


def test_parquet_streams_batches_with_types(tmp_path):
    frame = pd.DataFrame({"review": [f"film {i}" for i in range(20_000)], "n": range(20_000)})
    frame.to_parquet(tmp_path / "a.parquet")
    table = inspect_table(tmp_path / "a.parquet")
    assert table.row_count == 20_000
    assert list(table.rows())[-1] == Row(20_000, ["film 19999", 19_999])
    assert list(table.reviews())[8_192] == "film 8192"


def test_json_lines_with_fields_of_their_own(tmp_path):
    lines = ['{"review": "fine", "n": 1}', '{"extra": [1, 2], "review": "poor"}', "oops", "[1]", ""]
    table = table_of(tmp_path, "\n".join(lines) + "\n", "a.jsonl")
    assert table.columns == ("review", "n", "extra")
    assert cells(table)[:2] == [["fine", 1, None], ["poor", None, [1, 2]]]
    assert [problem.sentence for problem in table.problems] == [
        "Line 3 is not valid JSON.",
        "Line 4 is not a JSON object.",
    ]
    assert list(table.reviews()) == ["fine", "poor", None, None, ""]


def test_lone_surrogates_do_not_reach_a_scorer(tmp_path):
    table = table_of(tmp_path, r'{"review": "bad \ud83d half"}' + "\n" + r'{"review": "\ud83d\ude00"}', "a.jsonl")
    assert list(table.reviews()) == ["bad \ufffd half", "😀"]


@given(
    st.lists(st.lists(st.text(alphabet="ab,;\"\n\r\t' é", max_size=8), min_size=2, max_size=4), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_rfc_4180_is_read_exactly(rows, delimiter):
    text = "".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)
    lines = text.splitlines(keepends=True)
    assert [record.cells for record in records(lines, Dialect(delimiter, '"'))] == rows


@given(st.text(alphabet='ab,"\n', max_size=60))
def test_no_character_but_quotes_and_delimiters_is_lost_whatever_the_damage(text):
    found = list(records(text.splitlines(keepends=True), Dialect(",", '"')))
    kept = "".join("".join(record.cells) for record in found)
    assert kept.replace('"', "").replace(",", "").replace("\n", "") == "".join(c for c in text if c in "ab")
    assert [record.number for record in found] == sorted({record.number for record in found})


def test_a_review_of_many_lines_does_not_mislead_the_search_for_the_delimiter(tmp_path):
    long = "One line, and more; of it\n" * 60_000
    table = table_of(tmp_path, f'1|"{long}"|a\n2|"{long}"|b\n3|short|a\n', name="reviews.txt")
    assert table.detected["delimiter"] == "|"
    assert (table.row_count, len(table.columns)) == (3, 3)
