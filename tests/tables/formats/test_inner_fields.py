"""Records whose review and label are in the same object, as databases, search engines and services write them."""

import csv
import json

import pytest
import xlsxwriter

from sentiment.data.labelled import survey
from sentiment.prediction import Prediction
from sentiment.scoring.scored_table import write_scored
from sentiment.tables.table import ReadOptions, inspect_table

REVIEWS = ["The porter was kind.", "Cold soup, and slow waiters", "", "Fine, we will be back.", "Bad"]
STARS = [5, 1, 5, 4, 2]
ROWS = list(enumerate(zip(REVIEWS, STARS, strict=True), start=1))
LINES = {
    "Airtable": lambda i, text, stars: {"id": f"rec{i}", "fields": {"Review": text, "Rating": stars, "Shop": "Tents"}},
    "App Store": lambda i, text, stars: {
        "type": "customerReviews",
        "attributes": {"rating": stars, "title": f"Visit {i}, in short", "body": text, "nickname": "Ann Miller"},
    },
    "Elasticsearch": lambda i, text, stars: {
        "_score": 1.0,
        "_source": {"comment": text, "stars": stars, "@timestamp": f"2024-01-0{i}T10:00:00Z", "shop": "The tent shop"},
    },
    "GraphQL": lambda i, text, stars: {"cursor": f"{i}", "node": {"body": text, "rating": stars, "by": "Bob Miller"}},
    "DynamoDB": lambda i, text, stars: {
        "Item": {"id": {"S": f"{i}"}, "review": {"S": text}, "stars": {"N": f"{stars}"}}
    },
    "Firestore": lambda i, text, stars: {
        "fields": {"review": {"stringValue": text}, "stars": {"integerValue": f"{stars}"}},
        "createTime": "2024-01-01",
    },
    "Contentful": lambda i, text, stars: {
        "sys": {"id": i},
        "fields": {"review": {"de": text}, "rating": {"de": stars}},
    },
    "Notion": lambda i, text, stars: {
        "properties": {
            "Review": {"type": "rich_text", "rich_text": [{"type": "text", "plain_text": text}] if text else []},
            "Rating": {"id": "b", "type": "number", "number": stars},
        }
    },
    "a change of a database": lambda i, text, stars: {
        "payload": {"before": None, "after": {"id": i, "review": text, "stars": stars}, "op": "create"}
    },
    "a message with JSON as text": lambda i, text, stars: {
        "topic": "reviews",
        "value": json.dumps({"review": text, "stars": stars}),
    },
    "Google Play": lambda i, text, stars: {
        "comments": [{"userComment": {"text": text, "starRating": stars, "device": "starlte"}}]
    },
    "a search with arrays of one value": lambda i, text, stars: {
        "_id": i,
        "fields": {"text": [text], "stars": [stars]},
    },
    "an object named as a review": lambda i, text, stars: {"id": i, "review": {"text": text, "rating": stars}},
}


def table_of(folder, objects, *, in_lines=True, name="t.jsonl"):
    path = folder / name
    path.write_text("\n".join(map(json.dumps, objects)) if in_lines else json.dumps({"data": objects}))
    return path


@pytest.mark.parametrize("in_lines", [True, False])
@pytest.mark.parametrize("kind", LINES)
def test_review_and_label_inside_an_object_are_found(tmp_path, kind, in_lines):
    path = table_of(tmp_path, [LINES[kind](i, text, stars) for i, (text, stars) in ROWS], in_lines=in_lines)
    assert list(inspect_table(path).reviews()) == REVIEWS
    found = survey(path)
    assert found.values == {"5": 2, "1": 1, "4": 1, "2": 1}
    assert (found.counts, found.empty) == ({0: 2, 1: 2}, 1)


@pytest.mark.parametrize("written", [json.dumps, repr], ids=["JSON", "Python"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "xlsx"])
def test_objects_in_cells_of_other_tables_are_divided_too(tmp_path, written, delimiter):
    texts = [*REVIEWS, 'They call it "grand"; I call it\na cupboard.']
    objects = [{"title": "In a word", "review": text, "stars": 5 - i % 2 * 4} for i, text in enumerate(texts)]
    rows = [["id", "payload"], *[[str(i), written(one)] for i, one in enumerate(objects)]]
    path = tmp_path / ("t.xlsx" if delimiter == "xlsx" else "t.csv")
    if delimiter == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    else:
        with path.open("w", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)
    table = inspect_table(path)
    assert list(table.reviews()) == texts
    assert table.columns == ("id", "payload", "payload.title", "payload.review", "payload.stars")
    assert survey(path).counts == {0: 3, 1: 2}


def test_a_row_with_too_many_fields_keeps_them_after_the_inner_ones(tmp_path):
    path = tmp_path / "t.csv"
    good = '"{""review"": ""It was fine."", ""stars"": 4}"'
    path.write_text(f"id,payload\n1,{good}\n2,{good}\n3,{good},more,and more\n")
    table = inspect_table(path)
    rows = [row.cells for row in table.rows()]
    assert (table.problem_count, table.extra_columns, len(table.columns)) == (1, 2, 4)
    assert (rows[0][2:], rows[2][2:]) == (["It was fine.", 4], [None, None, "more", "and more"])


def test_a_record_without_its_review_is_empty_and_no_other_text_is_read(tmp_path):
    fields = [{"Review": text, "Product": "A lamp for the desk"} for text in REVIEWS[:2]]
    path = table_of(tmp_path, [{"fields": each} for each in (*fields, {"Product": "A lamp for the desk"})])
    assert list(inspect_table(path).reviews()) == [*REVIEWS[:2], ""]


def test_a_named_review_is_read_also_where_most_are_shorter_than_another_text(tmp_path):
    texts = ["Great", "Bad", "It was the best stay of all"]
    objects = [{"document": {"title": "In a word or two", "feedback": text}} for text in texts]
    assert list(inspect_table(table_of(tmp_path, objects)).reviews()) == texts


def test_inner_fields_follow_the_fields_of_the_file(tmp_path):
    path = table_of(tmp_path, [LINES["Airtable"](i, text, stars) for i, (text, stars) in ROWS])
    table = inspect_table(path)
    assert table.columns == ("id", "fields", "fields.Review", "fields.Rating", "fields.Shop")
    assert table.text_column == "fields.Review"
    assert next(table.rows()).cells[2:] == [REVIEWS[0], 5, "Tents"]
    assert list(inspect_table(path, ReadOptions(text_column="fields.Shop")).reviews()) == ["Tents"] * 5


def test_an_object_named_as_a_review_is_not_divided_where_the_label_is_beside_it(tmp_path):
    path = table_of(tmp_path, [{"review": {"text": text, "score": 3}, "stars": stars} for _, (text, stars) in ROWS])
    assert inspect_table(path).columns == ("review", "stars")
    assert survey(path).label_column == "stars"


def test_a_table_without_objects_has_no_inner_fields(tmp_path):
    objects = [{"review": text, "stars": stars, "shop": {"name": "Tents", "rating": 3}} for _, (text, stars) in ROWS]
    path = table_of(tmp_path, objects)
    assert inspect_table(path).columns == ("review", "stars", "shop")
    assert survey(path).label_column == "stars"


@pytest.mark.parametrize("in_lines", [True, False])
def test_scored_json_keeps_its_objects_without_a_copy_of_their_fields(tmp_path, in_lines):
    objects = [LINES["Airtable"](i, text, stars) for i, (text, stars) in ROWS]
    path = table_of(tmp_path, objects, in_lines=in_lines, name="t.json")
    table, output = inspect_table(path), tmp_path / "scored.jsonl"
    scored = [(row, Prediction("positive", 0.9, 4.5, 1, 1, 0.0)) for row in table.rows()]
    write_scored(table, scored, "model", output)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert [{name: line[name] for name in ("id", "fields")} for line in lines] == objects
    assert list(lines[0]) == ["id", "fields", *list(lines[0])[2:]]
    assert "fields.Review" not in lines[0]
