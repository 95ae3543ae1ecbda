"""Tables as written by R, Spark, Excel, survey tools and exporters, with tables that were always read correctly."""

import datetime
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from sentiment.errors import TableError
from sentiment.tables.table import ReadOptions, Table, inspect_table

CORPUS = Path(__file__).parents[1] / "corpus"
READINGS = json.loads((CORPUS / "readings.json").read_text(encoding="utf-8"))

WARM = "The host was warm, and the garden lovely."
COLD = "The soup was cold, and the bill a joke."
PLAIN = "It does what it says, no more."


def table_of(folder: Path, content: str | bytes, name: str = "t.csv", **options) -> Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect_table(path, ReadOptions(**options))


def reviews(table: Table) -> list[str | None]:
    assert table.problem_count == 0
    return list(table.reviews())


@pytest.mark.parametrize("name", READINGS)
def test_a_file_that_was_read_right_is_read_the_same(name):
    table = inspect_table(CORPUS / name)
    expected = READINGS[name]
    assert table.detected == expected["detected"]
    assert (list(table.header), table.text_column) == (expected["header"], expected["text_column"])
    assert [[row.number, row.cells, row.problem] for row in table.rows()] == expected["rows"]


# Quotes


def test_stray_quotes_of_a_tab_separated_file_are_content(tmp_path):
    rows = [f'1\t"{WARM}\t5', f"2\t{COLD}\t1", '3\tThe picture is poor on my 40"\t1', f"4\t{PLAIN}\t3"]
    table = table_of(tmp_path, "\n".join(["id\treview\tstars", *rows]) + "\n", "t.tsv")
    assert reviews(table) == [f'"{WARM}', COLD, 'The picture is poor on my 40"', PLAIN]
    assert [row.cells[2] for row in table.rows()] == ["5", "1", "1", "3"]


def test_a_stray_quote_far_below_the_sample_swallows_no_rows(tmp_path):
    lines = [f"{i}\tNothing to say about visit {i}\t3" for i in range(5000)]
    lines[2000] = '2000\t"Loud at night\t2'
    lines[2900] = '2900\tA screen of 40"\t4'
    table = table_of(tmp_path, "\n".join(["id\treview\tstars", *lines]) + "\n", "t.tsv")
    assert table.row_count == 5000
    assert reviews(table)[2000] == '"Loud at night'


def test_stray_quotes_of_a_comma_separated_file_are_content_where_the_numbers_tell(tmp_path):
    table = table_of(tmp_path, 'id,review,stars\n1,"Loved the first week,5\n2,Dull,1\n3,Too small at 12",2\n4,Fine,3\n')
    assert reviews(table) == ['"Loved the first week', "Dull", 'Too small at 12"', "Fine"]


def test_a_review_over_several_lines_stays_one(tmp_path):
    text = f'id,review,stars\n1,"{WARM}\n3,not a row,\n{PLAIN}",5\n2,{PLAIN.replace(",", "")},3\n'
    assert reviews(table_of(tmp_path, text))[0] == f"{WARM}\n3,not a row,\n{PLAIN}"


def test_quotes_behind_backslashes(tmp_path):
    rows = ['1,"They call it \\"home\\", and it is.",5', '2,"A \\"fresh\\" towel?\nNo, \\"never\\".",1', "3,Fine,4"]
    table = table_of(tmp_path, "\n".join(["id,review,stars", *rows]) + "\n")
    assert reviews(table) == ['They call it "home", and it is.', 'A "fresh" towel?\nNo, "never".', "Fine"]


def test_quotes_can_be_said_to_be_content(tmp_path):
    table = table_of(tmp_path, 'id|review\n1|"so" they say\n2|"quoted"\n', quote="none", delimiter="|")
    assert reviews(table) == ['"so" they say', '"quoted"']


def test_spaces_between_delimiter_and_quote(tmp_path):
    table = table_of(tmp_path, f'id, review, stars\n1, "{WARM}", 5\n2, "{COLD}", 1\n3, "Short", 2\n')
    assert reviews(table) == [WARM, COLD, "Short"]
    assert table.columns == ("id", "review", "stars")


# Lines that are no rows


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_a_line_that_names_the_separator_is_no_row(tmp_path, line, start):
    table = table_of(tmp_path, f"{start}{line}\r\nreview;stars\r\n{WARM};5\r\n{COLD};1\r\n")
    assert table.columns == ("review", "stars")
    assert reviews(table) == [WARM, COLD]


@pytest.mark.parametrize(
    "titles", ["Guest comments\n", "Guest comments\nMade on 2024-05-01\n\n", '"Comments, May"\n', "Report,May\n"]
)
def test_the_header_stands_below_titles(tmp_path, titles):
    table = table_of(tmp_path, f'{titles}No,Review,Stars\n1,"{WARM}",5\n2,"{COLD}",1\n')
    assert table.columns == ("No", "Review", "Stars")
    assert reviews(table) == [WARM, COLD]
    assert table.detected["skipped"] == str(titles.count("\n"))


def test_the_rows_above_the_header_can_be_given(tmp_path):
    table = table_of(tmp_path, "a,b,c\nx,y,z\nname,remark\nAnn,I left early\nBob,I stayed on\n", skip_rows=2)
    assert table.columns == ("name", "remark")
    with pytest.raises(TableError, match="empty below the skipped rows"):
        table_of(tmp_path, "review\nfine\n", skip_rows=9)


def test_the_header_of_a_sheet_stands_below_its_title(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(
            (["Comments of May"], [], ["No", "Guest review", "Stars"], [1, WARM, 5], [2, COLD, 1])
        ):
            sheet.write_row(place, 0, row)
    table = inspect_table(path)
    assert table.columns == ("No", "Guest review", "Stars")
    assert [row.number for row in table.rows()] == [4, 5]
    assert reviews(inspect_table(path, ReadOptions(skip_rows=2, header=True))) == [WARM, COLD]


# Headers


def test_the_questions_of_a_survey_are_the_header(tmp_path):
    questions = (
        '"How happy were you with us all in all, from 1 to 5?","What would you like to tell the people who work here?"'
    )
    table = table_of(tmp_path, f'Timestamp,{questions}\n5/1/2024 10:01:00,5,"{WARM}"\n5/2/2024 9:00:00,1,"{COLD}"\n')
    assert reviews(table) == [WARM, COLD]
    only = table_of(tmp_path, f"What would you like to tell us?\n{WARM}\n{COLD}\n{PLAIN}\n", "t.txt")
    assert reviews(only) == [WARM, COLD, PLAIN]


@pytest.mark.parametrize("columns", ['"review","stars"', '"review"'])
def test_the_header_of_r_is_one_name_short(tmp_path, columns):
    stars = ",5" if "stars" in columns else ""
    table = table_of(tmp_path, f'{columns}\n"1","{WARM}"{stars}\n"2","{COLD}"{stars}\n"3","Fine"{stars}\n')
    assert table.columns[:2] == ("row", "review")
    assert reviews(table) == [WARM, COLD, "Fine"]


def test_a_first_review_is_no_header_in_a_tab_separated_text(tmp_path):
    table = table_of(tmp_path, "A kind, calm place.\t1\nA loud, dear place.\t0\nNice, all in all.\t1\n", "t.txt")
    assert reviews(table) == ["A kind, calm place.", "A loud, dear place.", "Nice, all in all."]


# Line ends and encodings


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_carriage_return_alone_is_content_where_lines_end_otherwise(tmp_path, end):
    table = table_of(tmp_path, end.join(["id,review", "1,Kind staff\rand warm rooms", "2,Loud", "3,Dear", ""]))
    assert reviews(table) == ["Kind staff\rand warm rooms", "Loud", "Dear"]
    assert [row.number for row in table.rows()] == [2, 3, 4]


def test_mac_roman_is_distinguished_from_windows(tmp_path):
    lines = ["id,review", "1,I wouldn’t come back – it’s dear", "2,The café’s “best” tea, naïve price", "3,It’s fine…"]
    polish = "id,review\n1,Świetny film – gorąco polecam wszystkim\n2,Zupełnie nudny – żałuję straconego czasu\n"
    assert table_of(tmp_path, polish.encode("cp1250")).detected["encoding"] == "cp1250"
    for end, codec in (("\r", "mac_roman"), ("\n", "mac_roman"), ("\r\n", "cp1252")):
        table = table_of(tmp_path, end.join([*lines, ""]).replace("tea, naïve", "tea. Naïve").encode(codec))
        assert table.detected["encoding"] == codec
        assert reviews(table)[0] == "I wouldn’t come back – it’s dear"


def test_a_few_rows_of_many_end_in_a_carriage_return(tmp_path):
    rows = [f'{i},"Stay {i}, all in all",4' for i in range(1, 7)]
    text = "id,review,stars\r" + "".join(row + end for row, end in zip(rows, ["\n", "\r\n", "\r"] * 2, strict=True))
    assert reviews(table_of(tmp_path, text)) == [f"Stay {i}, all in all" for i in range(1, 7)]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp932", "とても良いホテルでした、また来ます。"),
        ("euc_jp", "とても良いホテルでした、また来ます。"),
        ("iso8859_2", "Świetny hotel, cichy pokój, na pewno wrócimy. Żałuję, że tak krótko"),
        ("cp949", "정말 좋은 호텔이었고 방도 조용했습니다."),
    ],
)
def test_a_table_in_another_script_is_read_in_its_encoding(tmp_path, codec, text):
    rows = "".join(f'{i},"{text}",5\n' for i in range(8))
    assert set(reviews(table_of(tmp_path, f"id,review,stars\n{rows}".encode(codec)))) == {text}


@pytest.mark.parametrize("codec", ["cp437", "cp850", "cp858"])
def test_code_pages_of_dos_are_not_guessed(tmp_path, codec):
    table = table_of(tmp_path, "id,review\n1,Très bon café à côté\n2,Pas mal du tout, señor\n".encode(codec))
    assert not table.detected["encoding"].startswith(("cp4", "cp7", "cp8"))


@pytest.mark.parametrize("name", ["idna", "punycode", "undefined", "unicode_escape", "base64", "utf\0", "", "klingon"])
def test_codecs_that_no_file_is_written_in_are_refused(tmp_path, name):
    with pytest.raises(TableError, match="no text encoding"):
        table_of(tmp_path, "review\nfine\n", encoding=name)


@pytest.mark.parametrize("name", ["utf-16", "utf-32", "utf-16-be", "utf-7", "utf-8-sig", "shift_jis", "cp037"])
def test_a_wrong_encoding_is_no_foreign_exception(tmp_path, name):
    try:
        table = table_of(tmp_path, "id,review\n1,Très bon café\n2,fine\n", encoding=name)
    except TableError:
        return
    assert len(list(table.rows())) == table.row_count


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("--\n-- PostgreSQL database dump\n--\n\nCOPY public.r FROM stdin;\n1\tA fine place\n", "a dump of a database"),
        ("-- MySQL dump 10.13\n\nINSERT INTO `r` VALUES (1,'A fine place');\n", "a dump of a database"),
        ("insert into r (id, review) values (1, 'A fine place');\n", "a dump of a database"),
        ("% reviews\n@RELATION r\n@attribute review string\n@data\n'A fine place'\n", "a file of Weka"),
    ],
)
@pytest.mark.parametrize("name", ["t.sql", "t.txt", "t.csv"])
def test_what_is_written_for_another_program_is_refused(tmp_path, text, kind, name):
    with pytest.raises(TableError, match=rf"^{name} is {kind}, not a table"):
        table_of(tmp_path, text, name)


# JSON


OBJECTS = [{"id": 1, "review": WARM, "stars": 5}, {"id": 2, "review": COLD, "stars": 1}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(OBJECTS),
        json.dumps(OBJECTS, indent=2),
        json.dumps(OBJECTS, indent=2)[:-2] + ",\n]\n",
        "window.archive.part0 = " + json.dumps(OBJECTS, indent=2),
        f"const reviews = {json.dumps(OBJECTS)};\n",
        f"export default {json.dumps(OBJECTS)};\n",
        f"callback({json.dumps(OBJECTS)});\n",
        "[\n" + ",\n".join(map(json.dumps, OBJECTS)) + "\n]\n",
        ",\n".join(map(json.dumps, OBJECTS)) + "\n",
        "\n".join(json.dumps(one, indent=1) for one in OBJECTS),
        json.dumps({"total": 2, "reviews": OBJECTS}),
        json.dumps({"hits": {"hits": OBJECTS}}, indent=1),
        json.dumps({name: {str(i): one[name] for i, one in enumerate(OBJECTS)} for name in OBJECTS[0]}),
        json.dumps({name: [one[name] for one in OBJECTS] for name in OBJECTS[0]}),
        json.dumps({"columns": list(OBJECTS[0]), "index": [0, 1], "data": [list(one.values()) for one in OBJECTS]}),
        json.dumps([list(OBJECTS[0]), *(list(one.values()) for one in OBJECTS)]),
    ],
)
@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
def test_json_of_any_layout_is_a_table(tmp_path, text, name):
    table = table_of(tmp_path, text, name)
    assert table.columns == ("id", "review", "stars")
    assert reviews(table) == [WARM, COLD]


def test_an_array_of_texts_and_one_with_other_things_in_it(tmp_path):
    assert reviews(table_of(tmp_path, json.dumps([WARM, COLD]), "t.json")) == [WARM, COLD]
    mixed = table_of(tmp_path, json.dumps([OBJECTS[0], 3, OBJECTS[1]]), "t.json")
    assert [problem.sentence for problem in mixed.problems] == ["Item 2 is not a JSON object."]
    with pytest.raises(TableError, match=r"not valid JSON: .* in line 2"):
        table_of(tmp_path, '[\n{"review": "fine",}\n]', "t.json")


def test_the_text_of_a_nested_review_is_read(tmp_path):
    nested = [{"id": 1, "review": {"title": "A title", "text": WARM}}, {"id": 2, "review": {"parts": [COLD, PLAIN]}}]
    table = table_of(tmp_path, "\n".join(map(json.dumps, nested)), "t.jsonl")
    assert reviews(table) == [WARM, f"{COLD}\n{PLAIN}"]
    assert next(table.rows()).cells[1] == nested[0]["review"]


def test_names_with_half_a_character_are_names(tmp_path):
    table = table_of(tmp_path, '{"review": "fine", "a\\ud800b": 1}\n', "t.jsonl")
    assert table.columns == ("review", "a\ufffdb")
    assert next(table.rows()).cells == ["fine", 1]


# Parquet


def test_what_python_has_no_date_for_is_text(tmp_path):
    moments = pa.array([0, 253402300800_000_000, -62135596800_000_001], pa.timestamp("us"))
    pq.write_table(pa.table({"review": [WARM, COLD, PLAIN], "when": moments}), tmp_path / "t.parquet")
    table = inspect_table(tmp_path / "t.parquet")
    assert reviews(table) == [WARM, COLD, PLAIN]
    when = [row.cells[1] for row in table.rows()]
    assert when[0] == datetime.datetime(1970, 1, 1)
    assert when[1].startswith("10000-01-01")


# Which column


def test_categories_are_not_taken_for_reviews(tmp_path):
    table = table_of(tmp_path, "id,town,drinks,stars\n1,Northby,full_bar,4\n2,Southby,none,3\n3,Northby,wine,5\n")
    assert table.text_column is None
    with pytest.raises(TableError, match=r'name the one with the reviews.*"town"'):
        table.reviews()
    chosen = table_of(tmp_path, "id,town\n1,Northby\n2,Southby\n", text_column="town")
    assert reviews(chosen) == ["Northby", "Southby"]


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t.tsv"])
@pytest.mark.parametrize("first", ["Great", "Not bad", "good.", "Meh", "👍", "Sehr gut", "Awful!"])
def test_short_reviews_without_a_header_are_all_rows(tmp_path, name, first):
    texts = [first, "ok", "Terrible", "It was cold, and wet"]
    table = table_of(tmp_path, "\n".join(texts) + "\n", name)
    assert (reviews(table), table.detected["header"]) == (texts, "no")


@pytest.mark.parametrize(
    "header", ["review", "Kommentar", "avis", "Q3: What did you like?", "Good points", "Likes", "Best part", "Opinions"]
)
def test_a_name_above_short_reviews_stays_the_header(tmp_path, header):
    table = table_of(tmp_path, "\n".join([header, "Great", "ok", "Terrible"]) + "\n", "t.csv")
    assert (reviews(table), table.header) == (["Great", "ok", "Terrible"], (header,))


def test_a_short_opinion_above_things_is_their_header(tmp_path):
    assert table_of(tmp_path, "Good\nstaff\nlocation\npool\n").header == ("Good",)
