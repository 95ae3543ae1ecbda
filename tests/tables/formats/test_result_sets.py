"""Answers of databases and services in JSON, in which the names of the columns are apart from the rows."""

import json

import pytest

from sentiment.tables.formats.json_files.result_sets import result_set
from sentiment.tables.table import inspect_table

REVIEWS = ["The porter was kind, the room quiet.", "Cold soup", "We will be back\nnext year, I hope.", "Fine."]
STARS = [5, 1, 5, 3]
NAMES = ["id", "review", "stars"]
ROWS = [[i, review, stars] for i, (review, stars) in enumerate(zip(REVIEWS, STARS, strict=True), start=1)]
TEXTS = [list(map(str, row)) for row in ROWS]
COLUMNS = [list(column) for column in zip(*ROWS, strict=True)]


def described(key="name", **more):
    return [{key: name, **more} for name in NAMES]


def typed(row):
    return [{"longValue": row[0]}, {"stringValue": row[1]}, {"longValue": row[2]}]


ANSWERS = {
    "Athena": {"ResultSet": {"Rows": [{"Data": [{"VarCharValue": c} for c in row]} for row in [NAMES, *TEXTS]]}},
    "Athena, a later page": {
        "ResultSet": {
            "Rows": [{"Data": [{"VarCharValue": cell} for cell in row]} for row in TEXTS],
            "ResultSetMetadata": {"ColumnInfo": described("Name", Type="varchar", Label="x")},
        },
        "NextToken": "a",
    },
    "BigQuery": {
        "schema": {"fields": described(type="STRING")},
        "rows": [{"f": [{"v": cell} for cell in row]} for row in TEXTS],
    },
    "BigQuery, with a record": {
        "schema": {"fields": [{"name": "id"}, {"name": "data", "fields": [{"name": "review"}, {"name": "stars"}]}]},
        "rows": [{"f": [{"v": i}, {"v": {"f": [{"v": text}, {"v": str(stars)}]}}]} for i, text, stars in ROWS],
    },
    "Snowflake": {"resultSetMetaData": {"rowType": described(type="text"), "partitionInfo": [{"n": 4}]}, "data": TEXTS},
    "Databricks": {"manifest": {"schema": {"columns": described()}, "chunks": [{}]}, "result": {"data_array": TEXTS}},
    "Google Sheets": {"majorDimension": "ROWS", "values": [NAMES, *TEXTS]},
    "Google Sheets, by column": {
        "majorDimension": "COLUMNS",
        "values": [[name, *map(str, column)] for name, column in zip(NAMES, COLUMNS, strict=True)],
    },
    "Google Sheets, several ranges": {"valueRanges": [{"majorDimension": "ROWS", "values": [NAMES, *TEXTS]}]},
    "Google Sheets, with formats": {
        "sheets": [
            {"data": [{"rowData": [{"values": [{"formattedValue": c} for c in row]} for row in [NAMES, *TEXTS]]}]}
        ]
    },
    "Google Visualization": {
        "table": {
            "cols": [{"id": "ABC"[i], "label": name} for i, name in enumerate(NAMES)],
            "rows": [{"c": [{"v": row[0], "f": "1"}, {"v": row[1]}, {"v": row[2]}]} for row in ROWS],
        }
    },
    "Redshift": {"Records": list(map(typed, ROWS)), "ColumnMetadata": described(label="x")},
    "RDS, without names": {"records": list(map(typed, ROWS))},
    "InfluxDB": {
        "results": [
            {"series": [{"columns": NAMES, "values": ROWS[:2]}, {"columns": NAMES, "values": ROWS[2:]}]},
        ]
    },
    "Druid": [{"columns": NAMES, "events": ROWS[:2]}, {"columns": NAMES, "events": ROWS[2:]}],
    "Trino": {"columns": described(typeSignature={"arguments": [{"value": 1}]}), "data": ROWS},
    "OpenSearch": {"schema": described(), "datarows": ROWS},
    "Metabase": {"data": {"rows": ROWS, "cols": described(display_name="X")}},
    "Socrata": {
        "meta": {"view": {"tags": ["a"], "columns": [{"name": "sid"}, *described()]}},
        "data": [["row", *row] for row in ROWS],
    },
    "ClickHouse, by column": {"meta": described(), "data": dict(zip(NAMES, COLUMNS, strict=True))},
    "Kusto": [
        {"FrameType": "DataSetHeader"},
        {"FrameType": "DataTable", "Columns": described("ColumnName"), "Rows": ROWS},
    ],
    "Splunk, by column": {"fields": NAMES, "columns": COLUMNS},
    "Grafana": {"results": {"A": {"frames": [{"schema": {"fields": described()}, "data": {"values": COLUMNS}}]}}},
    "Neo4j": {"results": [{"columns": NAMES, "data": [{"row": row, "meta": [None] * 3} for row in ROWS]}]},
    "Google Analytics": {
        "dimensionHeaders": [{"name": "review"}, {"name": "country"}],
        "metricHeaders": [{"name": "stars"}],
        "rows": [
            {"dimensionValues": [{"value": text}, {"value": "Peru"}], "metricValues": [{"value": str(stars)}]}
            for _, text, stars in ROWS
        ],
    },
    "CloudWatch": {
        "results": [[{"field": "@ptr", "value": "C" * 90}, {"field": "review", "value": text}] for text in REVIEWS]
    },
    "Salesforce": {
        "factMap": {"T!T": {"rows": [{"dataCells": [{"label": c, "value": c} for c in row]} for row in TEXTS]}},
        "reportMetadata": {"detailColumns": NAMES},
    },
    "Smartsheet": {
        "columns": described("title", id=7),
        "rows": [{"id": 9, "cells": [{"columnId": 7, "value": cell} for cell in row]} for row in ROWS],
    },
    "Power BI": {"results": [{"tables": [{"rows": [{"R[id]": i, "R[review]": text} for i, text, _ in ROWS]}]}]},
    "GraphQL": {
        "data": {
            "product": {"images": [{"u": "x"}] * 9, "reviews": {"edges": [{"node": {"review": t}} for t in REVIEWS]}}
        }
    },
    "SPARQL": {
        "head": {"vars": NAMES},
        "results": {
            "bindings": [
                {name: {"type": "literal", "value": cell} for name, cell in zip(NAMES, row, strict=True)}
                for row in TEXTS
            ]
        },
    },
    "phpMyAdmin": [
        {"type": "header", "comment": "Export to JSON plugin for PHPMyAdmin"},
        {"type": "table", "name": "reviews", "data": [dict(zip(NAMES, row, strict=True)) for row in TEXTS]},
    ],
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_answer_is_a_table(tmp_path, answer, indent):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(ANSWERS[answer], indent=indent))
    table = inspect_table(path)
    assert [text.strip() for text in table.reviews()] == REVIEWS
    assert table.problem_count == 0


def test_types_below_the_names_are_not_a_row(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, [NAMES, ["Int32", "String", "Int8"], *ROWS])))
    assert list(inspect_table(path).reviews()) == REVIEWS


def test_as_many_rows_as_columns_are_told_apart_by_their_types():
    rows = [[1, "Fine.", True], [2, "Good.", False], [3, "Bad.", True]]
    columns = [list(column) for column in zip(*rows, strict=True)]
    assert result_set({"names": NAMES, "a": {"rows": rows}}) == result_set({"names": NAMES, "a": {"rows": columns}})


@pytest.mark.parametrize(
    "lines",
    [
        [{"Data": [{"VarCharValue": cell} for cell in row]} for row in [NAMES, *TEXTS]],
        [{"columns": NAMES, "rows": part} for part in (ROWS[:2], ROWS[2:])],
        [{"schema": {"fields": described()}, "rows": [{"f": [{"v": c} for c in row]}]} for row in TEXTS],
    ],
    ids=["rows", "pages", "pages of one row"],
)
def test_an_answer_per_line(tmp_path, lines):
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    assert list(inspect_table(path).reviews()) == REVIEWS


def test_objects_with_lists_stay_lines(tmp_path):
    path = tmp_path / "lines.jsonl"
    lines = [{"text": text, "choices": [{"label": "good", "value": 1}], "tags": ["a", "b"]} for text in REVIEWS]
    path.write_text("\n".join(map(json.dumps, lines)))
    assert list(inspect_table(path).reviews()) == REVIEWS


def test_an_empty_cell_has_no_text():
    answer = {"names": ["id", "review"], "rows": [{"c": [{"v": 1}, None]}, {"c": [{}, {"v": "Fine."}]}]}
    assert result_set(answer) == [{"id": 1, "review": None}, {"id": None, "review": "Fine."}]


@pytest.mark.parametrize(
    "document",
    [
        {"columns": ["a", "b"], "rows": [{"review": "Fine.", "labels": [{"value": "x"}, {"value": "y"}]}]},
        {"reviews": [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": ["c", "d"]}]},
        {"pages": [[{"text": "Fine."}], [{"text": "Good."}]]},
        {"meta": ["a", "b"], "review": "Fine."},
    ],
)
def test_other_documents_have_no_result_set(document):
    assert result_set(document) == []


@pytest.mark.parametrize("start", ["/*O_o*/\ngoogle.visualization.Query.setResponse(", ")]}',\n", "for(;;);"])
def test_what_keeps_an_answer_from_being_run_is_skipped(tmp_path, start):
    path = tmp_path / "answer.json"
    path.write_text(start + json.dumps(ANSWERS["Google Visualization"]) + (");" if start.endswith("(") else ""))
    assert list(inspect_table(path).reviews()) == REVIEWS


def test_an_integer_of_any_length_spoils_nothing(tmp_path):
    path = tmp_path / "answer.json"
    path.write_text('[{"review": "Fine.", "n": ' + "9" * 5_000 + '}, {"review": "Good.", "n": 1}]')
    assert list(inspect_table(path).reviews()) == ["Fine.", "Good."]
    path.write_text('{"review": "Fine.", "n": ' + "9" * 5_000 + '}\n{"review": "Good.", "n": 1}\n')
    assert list(inspect_table(path).reviews()) == ["Fine.", "Good."]
