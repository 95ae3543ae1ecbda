"""Writing: the input is preserved exactly, in every format, with the predictions next to it."""

import csv
import dataclasses
import datetime
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sentiment.errors import TableError
from sentiment.prediction import PREDICTION_COLUMNS
from sentiment.scoring.scored_table import check_fits, check_output, write_scored
from sentiment.tables.rows import spreadsheet_text
from sentiment.tables.table import inspect_table
from tests.support.word_scorer import scored_rows

ADDED = [*PREDICTION_COLUMNS, "model"]


def scored(tmp_path: Path, content: bytes | str, suffix: str, name: str = "in.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return scored_file(path, suffix)


def scored_file(path: Path, suffix: str) -> Path:
    table = inspect_table(path)
    output = path.with_name(f"scored{suffix}")
    check_fits(table, output)
    write_scored(table, scored_rows(table), "abc123", output)
    return output


def csv_rows(path: Path, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), delimiter=delimiter))


def sheet_rows(path: Path) -> list[list]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def test_csv_gains_the_columns_and_keeps_everything_else(tmp_path):
    rows = csv_rows(scored(tmp_path, 'id,review\n1,"A good, ""good"" film"\n\n2,bad\n', ".csv"))
    assert rows == [
        ["id", "review", *ADDED],
        ["1", 'A good, "good" film', "positive", "0.750000", "7.75", "4", "4", "0.5000", "", "abc123"],
        ["", "", "unscored", "", "", "0", "0", "0.0000", "empty", "abc123"],
        ["2", "bad", "negative", "0.333333", "4.00", "1", "1", "0.0000", "short", "abc123"],
    ]


def test_csv_keeps_delimiter_mark_and_line_ends(tmp_path):
    content = "\ufeffid;review\r\n1;good, fine\r\n".encode()
    assert scored(tmp_path, content, ".csv").read_bytes().startswith("\ufeffid;review;sentiment;".encode())
    assert scored(tmp_path, content, ".csv").read_bytes().count(b"\r\n") == 2
    assert b"\r" not in scored(tmp_path, "id\treview\n1\tgood\n", ".csv").read_bytes()
    assert scored(tmp_path, "id\treview\n1\tgood\n", ".csv").read_text().startswith("id\treview\tsentiment")
    assert scored(tmp_path, "id\treview\n1\tgood\n", ".csv", "in.tsv").read_text().startswith("id,review,sentiment")
    assert scored(tmp_path, "id,review\n1,good\n", ".tsv").read_text().startswith("id\treview\tsentiment")


def test_utf16_becomes_utf8(tmp_path):
    assert scored(tmp_path, "review\ncafé good\n".encode("utf-16"), ".csv").read_text("utf-8-sig").startswith("review,")


def test_taken_names_are_prefixed_until_free(tmp_path):
    header = csv_rows(scored(tmp_path, "review, sentiment ,sentiment_sentiment,model\ngood,a,b,c\n", ".csv"))[0]
    assert header[:4] == ["review", " sentiment ", "sentiment_sentiment", "model"]
    assert header[4] == "sentiment_sentiment_sentiment"
    assert header[5:-1] == list(PREDICTION_COLUMNS[1:])
    assert header[-1] == "sentiment_model"


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".parquet", ".jsonl"])
def test_a_scored_table_can_be_scored_again(tmp_path, suffix):
    again = inspect_table(scored_file(scored(tmp_path, "id,review\n1,good film\n", suffix), ".again.csv"))
    assert [name.strip() for name in again.header].count("sentiment_model") == 1
    assert again.row_count == 1


def test_unreadable_rows_stay_with_all_their_content(tmp_path):
    content = 'id,review,extra_1\n1,good,x\n2,too,many,fields,here\n3,"never\n4,bad,y\n'
    output = scored(tmp_path, content, ".csv")
    rows = csv_rows(output)
    assert rows[0][:5] == ["id", "review", "extra_1", "sentiment_extra_1", "extra_2"]
    assert [row[:5] for row in rows[1:]] == [
        ["1", "good", "x", "", ""],
        ["2", "too", "many", "fields", "here"],
        ["3", '"never', "", "", ""],
        ["4", "bad", "y", "", ""],
    ]
    lines = [json.loads(line) for line in scored_file(tmp_path / "in.csv", ".jsonl").read_text().splitlines()]
    assert "extra_2" not in lines[0]
    assert lines[1]["extra_2"] == "here"
    frame = pd.read_parquet(scored_file(tmp_path / "in.csv", ".parquet"))
    assert frame["extra_2"].tolist()[1] == "here"
    assert sheet_rows(scored_file(tmp_path / "in.csv", ".xlsx"))[2][:5] == ["2", "too", "many", "fields", "here"]


def test_extra_columns_only_exist_when_needed(tmp_path):
    assert "extra_1" not in csv_rows(scored(tmp_path, "id,review\n1,good,,\n", ".csv"))[0]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "+49 30 1", "@SUM(A1)", "\t=1", "-1+2", "-cmd", "- good", "-5 stars", "--"]
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert spreadsheet_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-5", "-3.2", "-1e-7", "-3,5", "-1.234,50", "-5%", "-", "good = bad", " =1", "'=1", "", "1-2"]
)
def test_all_other_text_is_left_alone(text):
    assert spreadsheet_text(text) == text


def test_numbers_are_never_escaped(tmp_path):
    pq.write_table(pa.table({"review": ["=bad()"], "n": [-5], "x": [-1.5]}), tmp_path / "in.parquet")
    row = csv_rows(scored_file(tmp_path / "in.parquet", ".csv"))[1]
    assert row[:3] == ["'=bad()", "-5", "-1.5"]
    assert sheet_rows(scored_file(tmp_path / "in.parquet", ".xlsx"))[1][:3] == ["'=bad()", -5.0, -1.5]
    assert pd.read_parquet(scored_file(tmp_path / "in.parquet", ".parquet"))["review"].tolist() == ["=bad()"]
    line = json.loads(scored_file(tmp_path / "in.parquet", ".jsonl").read_text())
    assert (line["review"], line["n"], line["x"]) == ("=bad()", -5, -1.5)


def test_a_header_that_a_spreadsheet_would_run_is_escaped(tmp_path):
    assert csv_rows(scored(tmp_path, "=cmd(),review\n1,good\n", ".csv"))[0][0] == "'=cmd()"


def test_parquet_keeps_its_schema(tmp_path):
    frame = pd.DataFrame(
        {
            "review": ["good", None, "bad"],
            "n": pd.array([1, None, 3], dtype="Int32"),
            "when": pd.to_datetime(["2024-01-02 03:04:05.123456789", None, "2024-01-03"], format="ISO8601"),
            "kind": pd.Categorical(["a", "b", "a"]),
            "tags": [["x"], [], ["y", "z"]],
        },
        index=[10, 20, 30],
    )
    path = tmp_path / "in.parquet"
    frame.to_parquet(path)
    output = scored_file(path, ".parquet")
    before, after = pq.read_table(path), pq.read_table(output)
    assert after.select(before.schema.names).equals(before)
    assert after.schema.metadata == before.schema.metadata
    assert after.schema.field("probability").type == pa.float64()
    assert after["sentiment"].to_pylist() == ["positive", "unscored", "negative"]
    assert after["probability"].null_count == 1
    assert pd.read_parquet(output).index.tolist() == [10, 20, 30]


def test_json_lines_keep_the_text_of_each_object(tmp_path):
    lines = [
        '{"n": 1.0e5, "review": "good", "n2": 12345678901234567890.5}',
        "{ }",
        '  {"review":"schön"}  ',
        "oops",
        "",
    ]
    output = scored(tmp_path, "\n".join(lines), ".jsonl", "in.jsonl").read_text("utf-8").splitlines()
    added = '"sentiment": "positive", "probability": 0.666667'
    assert output[0].startswith(f"{lines[0][:-1]}, {added}")
    assert output[1].startswith('{"sentiment": "unscored", "probability": null, "rating": null')
    assert output[2].startswith('{"review":"schön", "sentiment": "uncertain"')
    assert output[3].startswith('{"extra_1": "oops", "sentiment": "unscored"')
    assert len(output) == 4
    assert all(json.loads(line)["model"] == "abc123" for line in output)


def test_json_lines_to_csv_has_a_column_for_every_field(tmp_path):
    lines = ['{"review": "good", "n": 1}', '{"tags": ["a", "b"], "review": "=bad", "ok": true}']
    rows = csv_rows(scored(tmp_path, "\n".join(lines), ".csv", "in.jsonl"))
    assert [row[:4] for row in rows] == [
        ["review", "n", "tags", "ok"],
        ["good", "1", "", ""],
        ["'=bad", "", '["a", "b"]', "true"],
    ]


def test_lone_surrogates_can_be_written(tmp_path):
    line = r'{"review": "good \ud83d half"}'
    for suffix in (".csv", ".xlsx", ".parquet"):
        assert scored(tmp_path, line, suffix, "in.jsonl").stat().st_size
    assert json.loads(scored(tmp_path, line, ".jsonl", "in.jsonl").read_text())["review"] == "good \ud83d half"


def excel_input(path: Path) -> Path:
    formats = {"default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(str(path), formats) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["review", "stars", "when", "at", "ok", "took"])
        page.write_row(1, 0, ["good = fine", 3, datetime.date(2024, 1, 2)])
        page.write_datetime(
            1, 3, datetime.datetime(2024, 1, 2, 3, 4, 5), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        )
        page.write_row(1, 4, [True])
        page.write_datetime(1, 5, datetime.timedelta(hours=30), book.add_format({"num_format": "[h]:mm:ss"}))
        page.write_row(3, 0, ["bad", -1.25])
    return path


def test_excel_numbers_and_dates_keep_their_type(tmp_path):
    path = excel_input(tmp_path / "in.xlsx")
    before, after = sheet_rows(path), sheet_rows(scored_file(path, ".xlsx"))
    assert [row[:6] for row in after] == before
    assert after[1][6:8] == ["positive", 0.666667]
    frame = pd.read_parquet(scored_file(path, ".parquet"))
    assert frame["stars"].tolist()[0] == 3.0
    assert frame["when"][0] == datetime.date(2024, 1, 2)
    assert frame["ok"][0] is True or frame["ok"][0] == 1


def test_excel_to_csv_writes_whole_numbers_as_such(tmp_path):
    rows = csv_rows(scored_file(excel_input(tmp_path / "in.xlsx"), ".csv"))
    assert rows[1][:5] == ["good = fine", "3", "2024-01-02", "2024-01-02 03:04:05", "true"]
    assert rows[2][:5] == [""] * 5
    assert rows[3][:2] == ["bad", "-1.25"]


def test_excel_limits_are_reported_before_the_work(tmp_path):
    with pytest.raises(TableError, match=r"32,767 characters, one in row 2 has 40,000: write CSV"):
        scored(tmp_path, "review\n" + "x" * 40_000 + "\n", ".xlsx")
    with pytest.raises(TableError, match=r"16,384 columns"):
        scored(tmp_path, "review" + "," * 16_380 + "\ngood\n", ".xlsx")
    (tmp_path / "in.csv").write_text("review\ngood\n")
    with pytest.raises(TableError, match=r"1,048,575 rows, this table has 1,048,576"):
        check_fits(dataclasses.replace(inspect_table(tmp_path / "in.csv"), row_count=1_048_576), tmp_path / "out.xlsx")
    assert not list(tmp_path.glob("*scored*"))


def test_numbers_too_large_for_excel_stay_exact(tmp_path):
    row = sheet_rows(scored(tmp_path, '{"review": "good", "id": 1234567890123456789}', ".xlsx", "in.jsonl"))[1]
    assert row[:2] == ["good", "1234567890123456789"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_a_table_without_header_gets_one(tmp_path, suffix):
    again = inspect_table(scored(tmp_path, "1,A good film\n2,A bad film\n", suffix))
    assert again.header == ("column_1", "column_2", *ADDED)
    assert again.row_count == 2


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".parquet", ".jsonl"])
def test_a_header_only_gives_a_table_without_rows(tmp_path, suffix):
    output = scored(tmp_path, "id,review\n", suffix)
    if suffix != ".jsonl":
        assert (inspect_table(output).header, inspect_table(output).row_count) == (("id", "review", *ADDED), 0)
    else:
        assert output.read_bytes() == b""


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_repeated_names_are_distinguished_where_they_must_be(tmp_path, suffix):
    assert inspect_table(scored(tmp_path, "review,n,n\ngood,1,2\n", suffix)).header[:3] == ("review", "n", "n (2)")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_the_same_table_gives_the_same_bytes(tmp_path, suffix):
    content = "id,review\n1,good film\n"
    assert scored(tmp_path, content, suffix).read_bytes() == scored(tmp_path, content, suffix).read_bytes()


def test_an_excel_file_does_not_contain_the_time_it_was_made(tmp_path):
    with zipfile.ZipFile(scored(tmp_path, "review\ngood film\n", ".xlsx")) as parts:
        assert b"2000-01-01T00:00:00Z" in parts.read("docProps/core.xml")
        assert {part.date_time[0] for part in parts.infolist()} == {1980}


def test_outputs_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(TableError, match=r"must end in \.csv, \.tsv, \.xlsx, \.parquet, \.jsonl"):
        check_output(tmp_path / "a.doc")
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(TableError, match="is a directory"):
        check_output(tmp_path / "d.csv")


CELLS = st.text(st.sampled_from("\r\n\",;|\t='") | st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from([",", ";", "\t", "|"]))
@example(rows=[("", "\x1b")], delimiter=",")
@example(rows=[("\x1f", "\x1e")], delimiter="\t")
@example(rows=[("\x07\x1c" * 40, "\x1b")], delimiter=",")
def test_every_text_survives_every_format(tmp_path, rows, delimiter):
    path = tmp_path / "in.csv"
    # The first row is plain, because cells such as "int" and "text" below the header would be a second header.
    rows = [("1", "It was fine."), *rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("id", "review"), *rows])
    expected = [[spreadsheet_text(cell) for cell in row] for row in rows]
    assert [row[:2] for row in csv_rows(scored_file(path, ".csv"), delimiter)[1:]] == expected
    assert pq.read_table(scored_file(path, ".parquet")).select([0, 1]).to_pydict() == {
        "id": [row[0] for row in rows],
        "review": [row[1] for row in rows],
    }
    lines = scored_file(path, ".jsonl").read_text("utf-8").split("\n")[:-1]
    assert [(json.loads(line)["id"], json.loads(line)["review"]) for line in lines] == rows
    scored_file(path, ".xlsx")
