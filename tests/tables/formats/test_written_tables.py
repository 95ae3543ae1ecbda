"""The same reviews as written by many programs: databases, R, pandas, survey tools, shops. All give the same rows."""

import csv
import io
import json

import pandas as pd
import pytest
import xlsxwriter

from sentiment.errors import TableError
from sentiment.tables.formats.encoding import UNUSUAL_ENDS
from sentiment.tables.table import ReadOptions, inspect_table

REVIEWS = [
    "The porter was kind, the room quiet and we slept like stones.",
    "Cold soup, slow waiters; we left before the sweet.",
    'They call it "grand", I call it a cupboard.',
    "We will be back next year!",
    "The zip broke on day two, and nobody wrote back.",
]
STARS = [5, 1, 2, 5, 1]
NAMES = ["id", "review", "stars"]
ROWS = [[i, review, stars] for i, (review, stars) in enumerate(zip(REVIEWS, STARS, strict=True), start=1)]
OBJECTS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
MANY_LINES = ["It was fine.\nThen it rained,\tand rained.", *REVIEWS]


def delimited(rows, **dialect):
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue()


def escaped(value):
    """Return a field as written by MySQL and PostgreSQL."""
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def backslashed(rows):
    return "".join(",".join('"' + str(cell).replace('"', '\\"') + '"' for cell in row) + "\n" for row in rows)


def reviews_of(path):
    """Return the reviews, without the empty ones of footers, and the rows that are reported."""
    table = inspect_table(path)
    return [text.strip() for text in table.reviews() if text and text.strip()], table


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "~", "^", "\x01", "¦", ":"])
@pytest.mark.parametrize("headed", [True, False])
def test_any_delimiter(tmp_path, delimiter, quoting, headed):
    path = tmp_path / "t.csv"
    path.write_text(delimited([NAMES, *ROWS] if headed else ROWS, delimiter=delimiter, quoting=quoting))
    found, table = reviews_of(path)
    assert found == REVIEWS
    assert len(table.columns) == 3
    assert (table.columns[1] == "review") is headed


TEXTS = {
    "single quotes": delimited([NAMES, *ROWS], delimiter="~", quotechar="'", quoting=csv.QUOTE_ALL),
    "spaces on both sides": "".join(
        " , ".join('"' + str(cell).replace('"', '""') + '"' for cell in row) + "\n" for row in [NAMES, *ROWS]
    ),
    "spaces before": "".join(
        " ,".join('"' + str(cell).replace('"', '""') + '"' for cell in row) + "\n" for row in [NAMES, *ROWS]
    ),
    "escapes instead of quotes": delimited([NAMES, *ROWS], escapechar="\\", quoting=csv.QUOTE_NONE),
    "R, separated by spaces": '"review" "stars"\n'
    + "".join(f'"{i}" "{str(review).replace(chr(34), chr(92) + chr(34))}" {stars}\n' for i, review, stars in ROWS),
    "R, without quotes": "review\tstars\n" + "".join(f"{i}\t{review}\t{stars}\n" for i, review, stars in ROWS),
    "Spark": "id,review,stars\n" + backslashed(ROWS),
    "MySQL, enclosed": backslashed(ROWS),
    "psql": " id | review | stars\n----+--------+-------\n"
    + "".join(f" {i} | {review} | {stars}\n" for i, review, stars in ROWS)
    + "(5 rows)\n",
    "a box": "+---+---+---+\n| id | review | stars |\n+---+---+---+\n"
    + "".join(f"| {i} | {review} | {stars} |\n" for i, review, stars in ROWS)
    + "+---+---+---+\n",
    "Markdown": "| id | review | stars |\n|----|:-------|------:|\n"
    + "".join(f"| {i} | {review} | {stars} |\n" for i, review, stars in ROWS),
    "SQL Server": "id,review,stars\n--,------,-----\n" + delimited(ROWS) + "\n(5 rows affected)\n",
    "a title below the separator": "sep=;\nGuest book\n\n" + delimited([NAMES, *ROWS], delimiter=";"),
    "levels of names": "data,data\nreview,stars\n" + delimited(row[1:] for row in ROWS),
    "SurveyMonkey": delimited(
        [
            ["Respondent ID", "Start Date", "How did we do?", "Please tell us why.", ""],
            ["", "", "Response", "Open-Ended Response", "Other (please specify)"],
            *([114_000 + i, f"05/0{i}/2024 10:00:00 AM", "Well", review, ""] for i, review, _ in ROWS),
        ]
    ),
    "SurveyMonkey, with a question about numbers": delimited(
        [
            ["Respondent ID", "Start Date", "Please tell us why.", "How likely are you to come again?"],
            ["", "", "Open-Ended Response", "Response"],
            *([114_000 + i, f"05/0{i}/2024 10:00:00 AM", review, stars] for i, review, stars in ROWS),
        ]
    ),
    "a table saved as one column": delimited(
        ([delimited([row]).rstrip("\r\n")] for row in (NAMES, *ROWS)), quoting=csv.QUOTE_ALL
    ),
    "Qualtrics": delimited(
        [
            ["StartDate", "Status", "Q1", "Q2_TEXT"],
            ["Start Date", "Response Type", "How was it?", "Please describe your stay in your own words."],
            ['{"ImportId":"startDate","timeZone":"UTC"}', *(f'{{"ImportId":"Q{i}"}}' for i in range(3))],
            *([f"2024-05-0{i} 10:00:00", "IP Address", stars, review] for i, review, stars in ROWS),
        ]
    ),
    **{
        f"a second header of {kind}": delimited([NAMES, second, *ROWS])
        for kind, second in {
            "units": ["", "text", "1-5"],
            "types": ["bigint", "varchar(500)", "int32"],
            "descriptions": ["Number of the guest", "What did you think of our house?", "Stars, from 1 to 5"],
            "another language": ["Nummer", "Bewertung", "Sterne"],
        }.items()
    },
    "a second header, and types": delimited([NAMES, ["Number", "Words", "Stars"], ["int", "string", "int"], *ROWS]),
    "types of texts": delimited([["guest", "review"], ["string", "string"], *(["Ann", row[1]] for row in ROWS)]),
    "a title and a period with commas": "Report\nMay 1, 2024 - May 31, 2024\n" + delimited([NAMES, *ROWS]),
    "JSON in a column": "id\tdata\n" + "".join(f"{i}\t{json.dumps({'text': text})}\n" for i, text, _ in ROWS),
    "JSON in a column, without a header": "".join(f"{i}|{json.dumps({'text': text})}\n" for i, text, _ in ROWS),
    "JSON in a quoted column": delimited(
        [["id", "data"], *([i, json.dumps({"text": text, "stars": stars})] for i, text, stars in ROWS)]
    ),
    "JSON in a column with backslashes": "id,data\n"
    + backslashed([i, json.dumps({"text": t})] for i, t, _ in ROWS[:2])
    + backslashed([i, json.dumps({"text": t}).replace("\\", "\\\\")] for i, t, _ in ROWS[2:]),
    "questions below their codes": delimited(
        [["Q1", "Q2_TEXT"], ["Who are you?", "What else is there to say?"], *(["Ann", row[1]] for row in ROWS)]
    ),
    "Qualtrics, without ids": delimited(
        [
            ["StartDate", "Q1", "Q2_TEXT"],
            ["Start Date", "How was it?", "Please describe your stay in your own words."],
            *([f"2024-05-0{i} 10:00:00", stars, review] for i, review, stars in ROWS),
        ]
    ),
    "a name of the index": delimited([["", "review", "stars"], ["guest", "", ""], *(ROWS)]),
    "a form with spelt dates": delimited(
        [
            ["Submission Date", "Rate our service", "Any other comments or suggestions for all of us"],
            *([f"May {i}, 2024", f"{stars} out of 5", review] for i, review, stars in ROWS),
        ]
    ),
}


def wide(row, first=4):
    """Return a line of fixed-width columns."""
    number, review, stars = map(str, row)
    return f"{number:<{first}} {review:<70} {stars}".rstrip() + "\n"


def aligned(row):
    """Return a line as printed by pandas."""
    number, review, stars = map(str, row)
    return f"{number:>3} {review:>66} {stars:>6}\n"


def joined(separator, rows):
    return "".join(separator.join(map(str, row)) + "\n" for row in rows)


def in_marks(opening, closing, text):
    return opening + text.replace('"', closing * 2) + closing


RULE = f"==== {'=' * 70} =====\n"
LAYOUTS = {
    "fixed width": "".join(map(wide, [NAMES, *ROWS])),
    "fixed width, without a header": "".join(map(wide, ROWS)),
    "fixed width, below a rule": f"{wide(NAMES)}---- {'-' * 70} -----\n" + "".join(map(wide, ROWS)),
    "fixed width, between rules": RULE + wide(NAMES) + RULE + "".join(map(wide, ROWS)) + RULE,
    "fixed width, as data frames are printed": "".join(map(aligned, [["", "review", "stars"], *ROWS])),
    "fixed width, text last": "day         guest  review\n"
    + "".join(f"2024-05-0{i}  ann    {review}\n" for i, review, _ in ROWS),
    "fastText": "".join(f"__label__{stars} {review}\n" for _, review, stars in ROWS),
    "fastText, several labels": "".join(f"__label__{stars} __label__inn {review}\n" for _, review, stars in ROWS),
    "fastText, a comma between": "".join(f"__label__{stars} , {review}\n" for _, review, stars in ROWS),
    "fastText, labels behind": "".join(f"{review} __label__{stars}\n" for _, review, stars in ROWS),
    "fastText, below a header": "label text\n" + "".join(f"__label__{stars} {text}\n" for _, text, stars in ROWS),
    "a word before each text": "".join(f"{['negative', 'positive'][stars > 3]} {text}\n" for _, text, stars in ROWS),
    "a word and a colon": "".join(f"{['NEG', 'POS'][stars > 3]}: {text}\n" for _, text, stars in ROWS),
    "stars in brackets": "".join(f"[{1 + 4 * (stars > 3)}] {text}\n" for _, text, stars in ROWS),
    "a class before each text": "".join(f"{int(stars > 3)} {review}\n" for _, review, stars in ROWS),
    **{
        f"fields between {separator}": joined(separator, [NAMES, *ROWS])
        for separator in ("::", " +++$+++ ", "|||", "~|~", "=>", " <|> ", "@@@")
    },
    "a box of lines": "┌──┬──┬──┐\n│ id │ review │ stars │\n├──┼──┼──┤\n"
    + "".join(f"│ {i} │ {review} │ {stars} │\n" for i, review, stars in ROWS)
    + "└──┴──┴──┘\n",
    **{
        f"in {marks}": "id,review,stars\n"
        + "".join(f"{i},{in_marks(*marks, review)},{stars}\n" for i, review, stars in ROWS)
        for marks in ("“”", "„“", "«»")
    },
    "all in “”": "".join(",".join(in_marks("“", "”", str(cell)) for cell in row) + "\n" for row in [NAMES, *ROWS]),
    "in backticks": delimited([NAMES, *ROWS], quotechar="`"),
    "formulas": "id,review,stars\n"
    + "".join(f'{i},="{review.replace(chr(34), chr(34) * 2)}",{stars}\n' for i, review, stars in ROWS),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_that_no_single_character_cuts(tmp_path, layout, end):
    path = tmp_path / "t.txt"
    path.write_text(LAYOUTS[layout], newline=end)
    assert reviews_of(path)[0] == REVIEWS


def test_the_layout_is_shown_and_a_line_of_another_is_reported(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text(LAYOUTS["fixed width"] + "\n(5 rows affected)\n")
    found, table = reviews_of(path)
    assert (found, table.detected["delimiter"]) == (REVIEWS, "fixed width")
    assert [problem.sentence for problem in table.problems] == ["Line 8 does not have the layout of the others."]
    path.write_bytes(LAYOUTS["fastText"].encode() + b"__label__1 caf\xe9 \x81\n")
    assert inspect_table(path).columns == ("label", "review")
    assert "bytes that do not fit" in inspect_table(path).problems[0].sentence


@pytest.mark.parametrize(
    "lines",
    [
        ["5 stars, and worth it.", "1 star is too much.", "4 out of 5.", "5 stars again.", "1 star."] * 2,
        ["12 days late.", "3 of us fell ill.", "2 pools, no towels.", "9 floors, one lift.", "1 word: no.", "7 days"],
        ["Fine.  It rained.", "Good.  Kind staff.", "No.  Never again."],
        ["Loved it :-)", "Hated it :-(", "Well :-|"],
        ["“Lovely” place, kind staff", "“Never again”, we said", "“Good”, all in all"],
        ["Rooms -- fine", "Staff -- kind", "Food -- cold"],
    ],
)
def test_reviews_by_line_are_not_cut(tmp_path, lines):
    path = tmp_path / "t.txt"
    path.write_text("".join(f"{line}\n" for line in lines))
    assert list(inspect_table(path, ReadOptions(header=False)).reviews()) == lines


@pytest.mark.parametrize("name", ["t.csv", "t.txt"])
@pytest.mark.parametrize(
    "lines",
    [
        ["Honestly, The porter was kind.", "Sadly, Nothing worked here.", "Well, We shall see about it."],
        ["The porter was kind, We slept well.", "The soup was cold, I sent it back.", "They sing, You pay the bill."],
        ["The porter was kind, and the room quiet", "Cold soup, slow waiters"],
        ["The porter was kind, the room quiet.", 'They call it "grand", I call it small.', "It rained, We left."],
        ["Kind staff; The rooms are small.", "Cold soup; Nobody cared.", "A good bed; The street is loud."],
    ],
)
def test_sentences_with_a_delimiter_each_are_not_columns(tmp_path, lines, name):
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in lines))
    assert list(inspect_table(path, ReadOptions(header=False)).reviews()) == lines


@pytest.mark.parametrize(
    "text",
    [
        "Hotel A, The porter was kind.\nHotel B, Nothing worked.\nHotel A, We shall see.\nHotel B, Fine.\n",
        "The porter was kind., Good\nNothing worked here., Bad\nWe shall see it., Good\nIt was fine., Good\n",
        'Ann, "The porter was kind, really."\nBo, "Nothing worked, at all."\nCy, "We shall see, I hope."\n',
        "nom, texte\nAnn, The porter was kind.\nBo, Nothing worked here.\nCy, We shall see about it.\n",
    ],
)
def test_columns_with_spaces_before_them_stay_columns(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert len(inspect_table(path).columns) == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_many_names_above_lines_of_one_field_are_refused(tmp_path, delimiter):
    path = tmp_path / "t.csv"
    path.write_text(delimiter.join(f"name{i}" for i in range(12)) + "\nx\ny\nz\n")
    with pytest.raises(TableError, match="has 12 names in its first line, but most lines below have one field"):
        inspect_table(path)
    assert inspect_table(path, ReadOptions(delimiter="none")).row_count == 4


@pytest.mark.parametrize("end", UNUSUAL_ENDS)
def test_lines_may_end_in_other_characters(tmp_path, end):
    for name, text in {
        "t.csv": delimited([NAMES, *ROWS], lineterminator=end),
        "t.jsonl": end.join(map(json.dumps, OBJECTS)),
        "t.txt": end.join(["review", *REVIEWS]) + end + "\n",
    }.items():
        path = tmp_path / name
        path.write_text(text)
        found, table = reviews_of(path)
        assert (found, table.problem_count) == (REVIEWS, 0)


@pytest.mark.parametrize("end", UNUSUAL_ENDS)
def test_such_characters_inside_texts_are_content(tmp_path, end):
    texts = [end.join(["Kind staff.", "Good bed.", "Fine."]), "No."]
    for name, text in {
        "t.csv": delimited([["review"], *[[each] for each in texts]]),
        "t.json": json.dumps([{"review": each} for each in texts], ensure_ascii=False),
    }.items():
        if name == "t.json" and end in "\x1e\v\f":
            continue  # JSON allows no control characters
        path = tmp_path / name
        path.write_text(text, newline="")
        assert list(inspect_table(path).reviews()) == texts


@pytest.mark.parametrize("end", ["\x1e", "\x1e\n", "\x1e\r\n"])
@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [2, 0, 1]])
@pytest.mark.parametrize("headed", [True, False])
def test_line_feeds_and_quotes_in_a_table_with_the_separators_of_ascii(tmp_path, end, order, headed):
    path = tmp_path / "t.txt"
    texts = [*TWO_LINES, '"Never\n\nagain', "One, two"]
    rows = [[str([i, text, 5][place]) for place in order] for i, text in enumerate(texts)]
    names = [[NAMES[place] for place in order]] if headed else []
    path.write_text("".join("\x1f".join(row) + end for row in [*names, *rows]), newline="")
    found, table = reviews_of(path)
    assert (found, table.problem_count, table.detected["delimiter"]) == (texts, 0, "\x1f")
    path.write_text(end.join(map("\x1f".join, [*names, *rows])), newline="")
    assert reviews_of(path)[0] == texts


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_quoted_cells_in_a_table_with_the_separators_of_ascii(tmp_path, quoting):
    path = tmp_path / "t.csv"
    rows = [[i, text, 5] for i, text in enumerate(TWO_LINES)]
    path.write_text(delimited([NAMES, *rows], delimiter="\x1f", lineterminator="\x1e", quoting=quoting), newline="")
    assert reviews_of(path)[0] == TWO_LINES


@pytest.mark.parametrize("ends", ["{}|", "|{}|", "|{}"])
@pytest.mark.parametrize("delimiter", ["|", "~", "^", "¦"])
@pytest.mark.parametrize("headed", [True, False])
def test_rows_that_begin_or_end_with_a_delimiter(tmp_path, ends, delimiter, headed):
    path = tmp_path / "t.txt"
    texts = ["The porter was kind, the room quiet.", "Cold soup, slow waiters; we left.", "Dear, and fine"]
    rows = [f"{i}|{text}|5" for i, text in enumerate(texts)]
    lines = [ends.format(line) for line in ([*["id|review|stars"] * headed, *rows])]
    path.write_text("\n".join(lines).replace("|", delimiter))
    assert reviews_of(path)[0] == texts


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_backslashes_of_json_in_a_quoted_cell_are_its_own(tmp_path, delimiter):
    path = tmp_path / "t.csv"
    cells = [json.dumps({"review": text, "n": 1}) for text in REVIEWS]
    path.write_text(delimited([["id", "data"], *enumerate(cells)], delimiter=delimiter), newline="")
    assert [row.cells[1] for row in inspect_table(path).rows()] == cells
    assert reviews_of(path)[0] == REVIEWS


def test_an_empty_quoted_cell_between_spaced_delimiters(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text('id | review | stars |\n1 | "Kind | quick" | 5 |\n2 | "" | 1 |\n3 | "Slow, and ""dear""" | 2 |\n')
    assert list(inspect_table(path).reviews()) == ["Kind | quick", "", 'Slow, and "dear"']


@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [1]])
def test_line_feeds_in_texts_where_carriage_returns_end_the_lines(tmp_path, order):
    path = tmp_path / "t.csv"
    rows = [[[i, text, 5][place] for place in order] for i, text in enumerate(TWO_LINES)]
    path.write_text(delimited(rows, quoting=csv.QUOTE_ALL, lineterminator="\r"), newline="")
    assert reviews_of(path)[0] == TWO_LINES


TWO_LINES = [f"{review}\nAnd so on." for review in REVIEWS]


@pytest.mark.parametrize(
    "text",
    [
        "'id','review','stars'\n"
        + "".join(f"{i},'{text.replace(chr(39), chr(39) * 2)}',5\n" for i, text in enumerate(TWO_LINES)),
        '"review"\t"stars"\n'
        + "".join(f'"{i}"\t"{text}"\t5\n'.replace('"grand"', r"\"grand\"") for i, text in enumerate(TWO_LINES)),
    ],
    ids=["SQLite", "R"],
)
def test_each_text_over_two_lines(tmp_path, text):
    path = tmp_path / "t.tsv"
    path.write_text(text)
    assert reviews_of(path)[0] == TWO_LINES


def test_texts_that_psql_draws_over_several_lines_are_refused(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text(" id |  review  | stars \n----+----------+-------\n  1 | Fine.   +|     5\n    | Really.  |\n")
    with pytest.raises(TableError, match="texts over several lines, drawn as a table"):
        inspect_table(path)
    path.write_text(" id | grade | review\n----+-------+---\n  1 | A+| Fine.+\n  2 | B | Good.\n")
    assert reviews_of(path)[0] == ["Fine.+", "Good."]


def test_quotation_marks_that_are_content_stay(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,review\n1,“Lovely” place\n2,“Never again”\n3,Bad food.\n")
    assert reviews_of(path)[0] == ["“Lovely” place", "“Never again”", "Bad food."]


@pytest.mark.parametrize("program", TEXTS)
@pytest.mark.parametrize("name", ["t.csv", "t.txt"])
def test_delimited_text(tmp_path, program, name):
    path = tmp_path / name
    path.write_text(TEXTS[program])
    assert reviews_of(path)[0] == REVIEWS


@pytest.mark.parametrize("inside", ["''", "\\'"], ids=["doubled", "behind a backslash"])
def test_single_quotes_around_texts_that_have_some(tmp_path, inside):
    texts = ["It's warm, and it's quiet.", 'They call it "grand", I don\'t.', "Cold soup, slow waiters."]
    path = tmp_path / "t.csv"
    rows = "".join(f"{i},'{text.replace(chr(39), inside)}',{i}\n" for i, text in enumerate(texts, start=1))
    path.write_text("id,review,stars\n" + rows)
    found, table = reviews_of(path)
    assert found == texts
    assert table.problem_count == 0


@pytest.mark.parametrize(
    "text", ['"A fine, quiet place"\n"Cold soup, slow waiters"\n', '"review"\n"He said ""no"", 5"\n']
)
def test_a_column_of_quoted_texts_with_commas_is_one_column(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert len(inspect_table(path).columns) == 1


def test_escapes_of_databases_are_undone(tmp_path):
    path = tmp_path / "t.tsv"
    rows = [[i, review, 3] for i, review in enumerate(MANY_LINES)]
    path.write_text("id\treview\tstars\n0\t\\N\t3\n" + "".join("\t".join(map(escaped, row)) + "\n" for row in rows))
    found, table = reviews_of(path)
    assert found == MANY_LINES
    assert table.texts.empty == 1  # NULL
    path.write_text(delimited([NAMES, *rows], escapechar="\\", quoting=csv.QUOTE_NONE, lineterminator="\n"))
    assert reviews_of(path)[0] == MANY_LINES


def test_backslashes_that_escape_nothing_stay(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("id\treview\n1\tSaved in C:\\data, gone\n2\tA smile \\o/ of joy\n")
    assert reviews_of(path)[0] == ["Saved in C:\\data, gone", "A smile \\o/ of joy"]


def test_a_header_in_the_middle_is_no_review(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(delimited([NAMES, *ROWS[:2], NAMES, *ROWS[2:]]))
    found, table = reviews_of(path)
    assert found == REVIEWS
    assert [problem.sentence for problem in table.problems] == ["Line 4 repeats the header."]


def test_a_first_row_like_the_others_is_no_second_header(tmp_path):
    path = tmp_path / "t.csv"
    missing = [
        f"{first},Great phone,{value}" for first in ("", "x") for value in ("n/a", "NaN", "-", "unknown", "=1+1")
    ]
    for first in (
        "1,A first note,4",
        ",No number here.,n/a",
        "1,Wonderful!,",
        "1,text,5",
        "=1+1,A good film,4",
        *missing,
    ):
        path.write_text(f"id,review,stars\n{first}\n" + delimited(ROWS))
        assert inspect_table(path).row_count == len(ROWS) + 1
    path.write_text("Q1,Q2\nWhat a place!,Would you believe it?\nDo you like rain?,We did\nYou must go,Your choice\n")
    assert inspect_table(path).row_count == 3


def test_files_put_behind_each_other_with_their_marks(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\ufeff" + delimited([NAMES, *ROWS[:2]]) + "\ufeff" + delimited([NAMES, *ROWS[2:]]))
    found, table = reviews_of(path)
    assert found == REVIEWS
    assert [problem.sentence for problem in table.problems] == ["Line 4 repeats the header."]


def test_actions_between_objects_are_no_rows_of_the_result(tmp_path):
    path = tmp_path / "t.ndjson"
    path.write_text(DOCUMENTS["to be loaded by index"])
    table = inspect_table(path)
    assert (table.row_count, table.columns) == (len(REVIEWS), tuple(NAMES))
    assert [row.number for row in table.rows()] == [2, 4, 6, 8, 10]


def test_actions_may_be_nested_and_contain_braces(tmp_path):
    path = tmp_path / "t.json"
    action = {"_id": "}{", "dynamic_templates": {"a": {"b": {"c": [{"d": 1}]}}}}
    path.write_text("".join(f"{json.dumps({'index': action})}\n{json.dumps(one)}\n" for one in OBJECTS))
    table = inspect_table(path)
    assert (list(table.reviews()), table.columns) == (REVIEWS, tuple(NAMES))
    path.write_text("".join(json.dumps({"create": {"text": review}}) + "\n" for review in REVIEWS))
    assert list(inspect_table(path).reviews()) == REVIEWS  # documents, no actions


def test_short_and_long_rows_are_reported_by_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,review,stars\n1,Fine,5\n2,Nothing to say\n3,Too loud,1,x,y\n4,Good value,4\n")
    table = inspect_table(path)
    assert list(table.reviews()) == ["Fine", "Nothing to say", None, "Good value"]
    assert [problem.number for problem in table.short] == [3]
    assert [problem.sentence for problem in table.problems] == ["Line 4 has 5 fields, but the table has 3 columns."]


FRAME = pd.DataFrame({"review": REVIEWS, "stars": STARS})
DOCUMENTS = {
    **{f"pandas {orient}": FRAME.to_json(orient=orient) for orient in ("split", "records", "index", "columns")},
    **{f"pandas {orient}": FRAME.to_json(orient=orient) for orient in ("values", "table")},
    "a column": FRAME["review"].to_json(),
    "objects behind each other": "".join(map(json.dumps, OBJECTS)),
    "texts by line": "\n".join(map(json.dumps, REVIEWS)),
    "arrays by line": "\n".join(map(json.dumps, [NAMES, *ROWS])),
    "arrays without names": json.dumps(ROWS),
    "a deep answer": json.dumps({"meta": {"pages": 1}, "result": {"page": {"items": OBJECTS}}}),
    "a graph": json.dumps({"data": {"reviews": {"edges": [{"node": one} for one in OBJECTS]}}}),
    "keys": json.dumps({f"guest-{i}": one for i, one in enumerate(OBJECTS)}),
    "a search": json.dumps({"message": "ok", "hits": {"hits": [{"_source": one} for one in OBJECTS]}}),
    "a delimited table": delimited([NAMES, *ROWS]),
    "an array for each page": json.dumps({"id": "x", "data": [OBJECTS[:2], OBJECTS[2:]]}),
    "arrays of pages alone": json.dumps([OBJECTS[:2], OBJECTS[2:]]),
    "answers of a form, with the types of the questions": json.dumps(
        {
            "items": [
                {"answers": [{"type": "text", "text": text}, {"type": "number", "number": 5}], "landing_id": str(i)}
                for i, text, _ in ROWS
            ]
        }
    ),
    "a key-value database": json.dumps({"reviews": {f"-Nx{i}": one for i, one in enumerate(OBJECTS)}}),
    "a key-value database, by product": json.dumps(
        {"reviews": {"lamp": {"-N1": OBJECTS[0]}, "desk": {f"-N{i}": one for i, one in enumerate(OBJECTS[1:])}}}
    ),
    "keys within keys": json.dumps({"2023": {"1": OBJECTS[0], "2": OBJECTS[1]}, "2024": dict(enumerate(OBJECTS[2:]))}),
    "documents with typed fields": json.dumps(
        {
            "documents": [
                {"name": f"projects/p/databases/d/documents/reviews/{i}", "fields": {"review": {"stringValue": text}}}
                for i, text, _ in ROWS
            ]
        }
    ),
    "a comment inside an entry with a title": json.dumps(
        [{"title": 3 * "Ann wrote on a picture. ", "data": [{"comment": {"comment": text}}]} for text in REVIEWS]
    ),
    "names beside rows": json.dumps({"headers": NAMES, "rows": ROWS}),
    "columns described beside rows": json.dumps({"columns": [{"name": n, "type": "x"} for n in NAMES], "data": ROWS}),
    "columns with a nameless index": json.dumps(
        {"columns": ["", *NAMES], "data": [[i, *row] for i, row in enumerate(ROWS)]}
    ),
    "a deep answer with columns": json.dumps({"result": {"schema": {}, "fields": NAMES, "rows": ROWS}}),
    "a sheet": json.dumps({"range": "A1:C6", "values": [NAMES, *([str(cell) for cell in row] for row in ROWS)]}),
    "reviews of products": json.dumps(
        [{"product": "A", "reviews": OBJECTS[:2]}, {"product": "B", "reviews": OBJECTS[2:]}]
    ),
    "pages by line": "\n".join(
        json.dumps({"page": i, "results": part}) for i, part in enumerate((OBJECTS[:3], OBJECTS[3:]))
    ),
    **{
        f"to be loaded by {action}": "".join(
            f'{{"{action}": {{"_id": "{i}"}}}}\n{json.dumps(one)}\n' for i, one in enumerate(OBJECTS)
        )
        for action in ("index", "create")
    },
}


@pytest.mark.parametrize("layout", DOCUMENTS)
def test_json(tmp_path, layout):
    path = tmp_path / "t.json"
    path.write_text(DOCUMENTS[layout])
    assert reviews_of(path)[0] == REVIEWS


def test_a_single_review_with_arrays_of_its_own_is_one_row(tmp_path):
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"review": REVIEWS[0], "aspects": [{"name": "room"}, {"name": "staff"}]}, indent=1))
    assert reviews_of(path)[0] == REVIEWS[:1]


@pytest.mark.parametrize("start", ["<table><tr>", "\ufeff<?xml version='1.0'?><Workbook>", "\n<html>"])
def test_a_page_saved_as_a_table_is_refused(tmp_path, start):
    path = tmp_path / "t.xls"
    path.write_text(f"{start}<td>{REVIEWS[0]}</td>")
    with pytest.raises(TableError, match="is not a table"):
        inspect_table(path)


def test_the_further_names_of_a_survey_in_a_workbook(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        rows = csv.reader(io.StringIO(TEXTS["SurveyMonkey"]))
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, [int(cell) if cell.isdecimal() else cell for cell in row])
    found, table = reviews_of(path)
    assert found == REVIEWS
    assert table.detected["explained"] == "1"
