"""Answers of log stores, whose lines are in an array for each set of labels."""

import json

import pytest

from sentiment.tables.formats.json_files.log_streams import log_rows
from sentiment.tables.table import inspect_table

LINES = {"5": ["The porter was kind.", "Great"], "1": ["Cold soup\nand slow waiters"]}
STREAMS = [
    {"stream": {"app": "reviews of the shop", "stars": stars}, "values": [["1714557600000000001", t] for t in texts]}
    for stars, texts in LINES.items()
]
ANSWERS = {
    "a query": {"status": "success", "data": {"resultType": "streams", "result": STREAMS, "stats": {"ingester": {}}}},
    "what is pushed": {"streams": STREAMS},
    "further labels": {
        "streams": [{**one, "values": [[*pair, {"trace": "a1"}] for pair in one["values"]]} for one in STREAMS]
    },
}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_line_is_a_row_with_its_labels(tmp_path, name):
    path = tmp_path / "t.json"
    path.write_text(json.dumps(ANSWERS[name]))
    table = inspect_table(path)
    assert list(table.reviews()) == [*LINES["5"], *LINES["1"]]
    assert [row.cells[table.columns.index("stars")] for row in table.rows()] == ["5", "5", "1"]


@pytest.mark.parametrize(
    "document",
    [
        {"data": {"result": [{"metric": {"app": "a"}, "values": [[1714557600, "5"]]}]}},
        {"data": [{"labels": {"app": "a"}, "values": [["a", "b"]]}]},
        {"data": [{"labels": ["a"], "values": [["17", "b"]]}]},
        {"data": [{"stream": {}, "values": [["17", "b"]]}, {"review": "Good."}]},
        [],
        {"a": {"b": {"c": {"d": {"e": STREAMS}}}}},
    ],
)
def test_other_documents_have_no_such_rows(document):
    assert log_rows(document) == []
