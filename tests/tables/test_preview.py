import pandas as pd

from sentiment.tables.preview import CELL_CHARACTERS, PREVIEW_ROWS, preview
from sentiment.tables.table import ReadOptions


def previewed(path, text, encoding="utf-8", **options):
    path.write_text(text, encoding=encoding)
    return preview(path, ReadOptions(**options))


def test_reading_is_put_in_words(tmp_path):
    rows = [f"{n};Très bien, merci à l’équipe du théâtre" for n in range(20)]
    found = previewed(tmp_path / "a.csv", "id;review\n" + "\n".join(rows), "cp1252")
    assert found.reading == "cp1252 · semicolon"
    assert (found.row_count, found.columns, found.text_column) == (20, ("id", "review"), "review")


def test_what_is_unusual_is_reported_too(tmp_path):
    found = previewed(tmp_path / "a.csv", "1,'A lovely, warm film'\n2,'Dull'\n", header=False, quote="'")
    assert found.reading.endswith("comma · quote ' · no header")


def test_sheet_is_reported_and_the_others_are_offered(tmp_path):
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        for sheet in ("first", "second"):
            pd.DataFrame({"review": [f"A lovely {sheet} film."]}).to_excel(book, sheet_name=sheet, index=False)
    found = preview(tmp_path / "a.xlsx", ReadOptions(sheet="second"))
    assert found.sheets == ("first", "second")
    assert found.reading == "sheet second"
    assert found.rows == (("A lovely second film.",),)


def test_remarks_count_what_needs_attention(tmp_path):
    long = "very " * 1_200
    found = previewed(tmp_path / "a.csv", f"id,review\n1,Good.\n2,Good.\n3,\n4,{long}\n5,too,many,fields\n")
    assert found.remarks == (
        "1 empty · 1 duplicate · 1 longer than about 1,000 words, to be read in part · 1 not readable"
    )
    assert [problem.number for problem in found.problems] == [6]


def test_nothing_unusual_is_no_remark(tmp_path):
    assert previewed(tmp_path / "a.csv", "review\nGood.\nBad.\n").remarks == ""


def test_first_rows_are_few_readable_ones_and_cut(tmp_path):
    rows = ["1,too,many", f"2,{'x' * 1_000}", *(f"{n},text {n}" for n in range(3, 20))]
    found = previewed(tmp_path / "a.csv", "id,review\n" + "\n".join(rows))
    assert len(found.rows) == PREVIEW_ROWS
    assert found.rows[0] == ("2", "x" * CELL_CHARACTERS)


def test_reviews_are_shown_without_markup_and_other_columns_as_they_are(tmp_path):
    rows = "review,note\nBold<br /><br />and &quot;new&quot;,<b>x</b>\nA <i>fine</i> film,y\n"
    found = previewed(tmp_path / "a.csv", rows, text_column="review")
    assert [cells[0].split() for cells in found.rows] == [["Bold", "and", '"new"'], ["A", "fine", "film"]]
    assert [cells[1] for cells in found.rows] == ["<b>x</b>", "y"]


def test_a_table_without_a_column_of_text_is_shown_too(tmp_path):
    assert previewed(tmp_path / "a.csv", "a,b\n1,2\n3,4\n").rows == (("1", "2"), ("3", "4"))
