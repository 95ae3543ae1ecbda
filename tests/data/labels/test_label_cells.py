"""The label in a cell that may be an object."""

import json

import pytest

from sentiment.data.labelled import survey
from sentiment.data.labels.label_cells import label_text


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        (5, "5"),
        ("4.0 out of 5", "4.0 out of 5"),
        (None, ""),
        ({"value": 4, "max": 5}, "4"),
        ({"max": 10, "value": 4}, "4/10"),
        ({"@type": "Rating", "bestRating": "10", "ratingValue": "4"}, "4/10"),
        ({"@type": "Rating", "bestRating": "5", "worstRating": 1, "ratingValue": "4"}, "4"),
        ({"label": "positive", "score": 0.98}, "positive"),
        ({"id": 3, "name": "Good"}, "Good"),
        ({"en-US": 5}, "5"),
        ('{"value": 2, "max": 5}', "2"),
        ('{"value": 2', '{"value": 2'),
        (["positive"], "positive"),
        ({"low": 1, "high": 2}, '{"low": 1, "high": 2}'),
    ],
    ids=str,
)
def test_the_label_of_a_cell(cell, label):
    assert label_text(cell) == label


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv"])
def test_labels_in_objects_are_read_from_any_table(tmp_path, name):
    ratings = [{"bestRating": 10, "ratingValue": value} for value in (2, 9, 1, 10)]
    objects = [{"review": f"It was visit {i}.", "rating": rating} for i, rating in enumerate(ratings)]
    path = tmp_path / name
    quoted = [json.dumps(one["rating"]).replace('"', '""') for one in objects]
    rows = [f'{one["review"]},"{text}"' for one, text in zip(objects, quoted, strict=True)]
    path.write_text("\n".join(map(json.dumps, objects)) if name == "t.jsonl" else "\n".join(["review,rating", *rows]))
    assert survey(path).counts == {0: 2, 1: 2}
