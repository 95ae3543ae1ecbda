"""Tables that a JSON document contains as text."""

import json

import pandas as pd
import pytest

from sentiment.errors import TableError
from sentiment.tables.table import inspect_table

OBJECTS = [{"id": 1, "review": "Fine, I guess.", "stars": 3}, {"id": 2, "review": "Never again!", "stars": 1}]
REVIEWS = [each["review"] for each in OBJECTS]
CSV = 'id,review,stars\r\n1,"Fine, I guess.",3\r\n2,Never again!,1\r\n'


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(OBJECTS),
        {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(OBJECTS)},
        {"statusCode": 200, "body": json.dumps({"reviews": OBJECTS})},
        {"data": "\n".join(map(json.dumps, OBJECTS))},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_in_a_text_is_read(tmp_path, document, indent):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(document, indent=indent))
    assert list(inspect_table(path).reviews()) == REVIEWS


@pytest.mark.parametrize("document", [CSV, CSV.splitlines(), {"csv": CSV}, {"status": "ok", "rows": 2, "data": CSV}])
@pytest.mark.parametrize("indent", [None, 2])
def test_csv_in_a_text_is_refused(tmp_path, document, indent):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(document, indent=indent))
    with pytest.raises(TableError, match=r"contains a CSV file as (the text in \"\w+\"|text); save that text"):
        inspect_table(path)


def test_a_recording_of_web_traffic_is_refused(tmp_path):
    path = tmp_path / "site.har"
    response = {"status": 200, "content": {"mimeType": "application/json", "text": json.dumps(OBJECTS)}}
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": [{"response": response}]}}))
    with pytest.raises(TableError, match="recording of web traffic"):
        inspect_table(path)


def test_texts_with_commas_are_not_lines_of_a_table(tmp_path):
    path = tmp_path / "texts.json"
    texts = ["Text, that is all I have.", "Review: fine, really."]
    path.write_text(json.dumps(texts))
    assert list(inspect_table(path).reviews()) == texts


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_workbook_with_a_text_file_in_its_first_column_is_refused(tmp_path, delimiter):
    path = tmp_path / "t.xlsx"
    lines = [delimiter.join(row) for row in [("id", "review", "stars"), ("1", "Fine", "3"), ("2", "Never again!", "1")]]
    pd.DataFrame({"x": lines}).to_excel(path, index=False, header=False)
    with pytest.raises(TableError, match=f'all its fields in one column, separated by "{delimiter}"; split them'):
        inspect_table(path)
