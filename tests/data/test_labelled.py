import csv
import json

import pandas as pd
import pytest

from sentiment.data import labelled
from sentiment.data.labels.mapping import LabelMapping
from sentiment.errors import DataError, TableError
from sentiment.tables.rows import ReadOptions
from tests.support.miniature import reviews


@pytest.fixture
def write(tmp_path):
    """Writes rows under a header as CSV and returns the path."""

    def write_csv(header, rows, name="table.csv"):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return tmp_path / name

    return write_csv


def words(n, seed=0):
    """Return (text, "positive" or "negative") rows."""
    return [(text, "positive" if label else "negative") for text, label, _ in reviews(n, seed)]


def test_columns_and_classes_are_found_and_shown(write):
    rows = words(60)
    path = write(["id", "Review text", "Airline_Sentiment"], [(number, *row) for number, row in enumerate(rows)])
    found = labelled.survey(path)
    assert (found.text_column, found.label_column) == ("Review text", "Airline_Sentiment")
    assert found.columns == ("id", "Review text", "Airline_Sentiment")
    assert found.values == {"positive": 30, "negative": 30}
    assert found.counts == {0: 30, 1: 30}
    assert found.samples[1] == tuple(text for text, word in rows if word == "positive")[:3]
    assert found.samples[0] == tuple(text for text, word in rows if word == "negative")[:3]
    assert (found.rows, found.problems, found.notes) == (60, (), ())


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "jsonl", "tsv"])
def test_any_format_of_table_can_be_learnt_from(tmp_path, kind):
    frame = pd.DataFrame(reviews(60, 0), columns=["review", "label", "stars"])
    path = tmp_path / f"table.{kind}"
    if kind == "xlsx":
        frame.to_excel(path, index=False, engine="xlsxwriter")
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False, sep="\t")
    data = labelled.load(path)
    assert [(example.review, example.label) for example in data.train] == [
        (text, label) for text, label, _ in reviews(60, 0)
    ]


def test_stars_become_labels_and_stay_on_the_ten_star_scale(write):
    rows = [(text, (1, 2, 3, 4, 5)[number % 5]) for number, (text, _, _) in enumerate(reviews(200, 0))]
    data = labelled.load(write(["review", "Stars"], rows))
    assert {(example.stars, example.label) for example in data.train} == {(2, 0), (4, 0), (8, 1), (10, 1)}
    assert len(data.train) == 160
    assert data.notes[0] == "Left out 40 of 200 rows that have a label that is neither negative nor positive."


def test_a_mapping_of_the_user_decides(write):
    path = write(["review", "grade"], [(text, "AB"[label]) for text, label, _ in reviews(60, 0)] + [("so so", "C")])
    assert 'Which values of column "grade" are negative' in labelled.survey(path, label_column="grade").problems[0]
    mapping = LabelMapping("grade", ("A",), ("B",), ("C",))
    found = labelled.survey(path, mapping=mapping)
    assert (found.label_column, found.counts, found.left_out, found.problems) == ("grade", {0: 30, 1: 30}, 1, ())
    turned = labelled.load(path, mapping=LabelMapping("grade", ("B",), ("A",)))
    data = labelled.load(path, mapping=LabelMapping.from_json(mapping.to_json()))
    assert [example.label for example in data.train] == [1 - example.label for example in turned.train]
    assert data.digest != turned.digest


def test_a_label_column_at_odds_with_the_mapping_is_refused(write):
    path = write(["review", "label", "grade"], [(text, label, label) for text, label, _ in reviews(60, 0)])
    with pytest.raises(DataError, match='label column is "label", but the label mapping is for "grade"'):
        labelled.load(path, label_column="label", mapping=LabelMapping("grade", ("0",), ("1",)))


def test_rows_that_teach_nothing_are_left_out_and_counted(write):
    good = words(60)
    rows = [
        *good,
        (good[0][0], good[0][1]),
        (f"  {good[0][0]} ", good[0][1].upper()),
        ("", "positive"),
        ("no label", ""),
        ("neither", "neutral"),
        ("both ways", "positive"),
        ("both ways", "negative"),
    ]
    path = write(["review", "label"], rows)
    with path.open("a") as file:
        file.write("one,two,three,four\n")
    found = labelled.survey(path)
    assert found.counts == {0: 30, 1: 30}
    counted = (found.rows, found.unreadable, found.empty, found.left_out, found.repeated, found.contradictory)
    assert counted == (68, 1, 1, 2, 2, 2)
    assert "Left out 2 of 68 rows that have a text that occurs with both labels." in found.notes
    assert [example.review for example in labelled.load(path).train] == [text for text, _ in good]


def test_the_first_of_repeated_reviews_counts(write):
    rows = [(text, stars) for text, _, stars in reviews(60, 0)]
    repeated = [(text, stars + 1 if stars in (1, 7) else stars) for text, stars in rows]
    assert (
        labelled.load(write(["review", "rating"], rows + repeated)).train
        == labelled.load(write(["review", "rating"], rows, "once.csv")).train
    )


def problem(path, **choices):
    """Return the only problem of a survey, which loading raises, too."""
    (sentence,) = labelled.survey(path, **choices).problems
    with pytest.raises(DataError) as caught:
        labelled.load(path, **choices)
    assert str(caught.value) == f"{path.name} cannot be used for training: {sentence}"
    return sentence


def test_fewer_than_ten_of_a_class_are_refused(write):
    rows = words(60)
    enough = write(["review", "label"], [row for row in rows if row[1] == "positive"] + rows[1:20:2])
    assert labelled.survey(enough).counts == {0: 10, 1: 30}
    assert labelled.load(enough).train
    short = write(["review", "label"], [row for row in rows if row[1] == "positive"] + rows[1:18:2], "short.csv")
    assert problem(short) == "Only 9 usable reviews are negative; at least 10 of each class are needed."


def test_nothing_is_held_out_of_a_table_for_what_judges_itself(write):
    rows = words(600)
    path = write(["review", "label"], rows)
    whole = labelled.load(path, test_part=False)
    assert (len(whole.train), whole.test) == (len(labelled.load(path).train) + len(labelled.load(path).test), [])


def test_one_class_only_is_refused(write):
    path = write(["review", "label"], [(text, 1) for text, _, _ in reviews(60, 0)])
    assert "holds one label only, 1 (60)" in problem(path)
    mapping = LabelMapping("label", ("0",), ("1",))
    assert problem(path, mapping=mapping) == "All 60 usable reviews are positive; a model needs negative ones, too."


def test_a_table_without_text_is_refused(write):
    numbers = write(["price", "rating"], [(number, number % 5 + 1) for number in range(100)])
    assert "no column of text" in problem(numbers)
    labels = write(["id", "label"], [(number, ("good", "bad")[number % 2]) for number in range(100)], "labels.csv")
    assert "no column of text" in problem(labels)
    named = problem(labels, reading=ReadOptions(text_column="label"))
    assert 'Column "label" cannot hold both the reviews and the labels' in named


def test_a_table_without_labels_is_refused(write):
    path = write(["review", "city"], [(text, "Rome") for text, _, _ in reviews(60, 0)])
    assert 'name the label column, one of "review" and "city"' in problem(path)


def test_a_column_that_is_not_there_is_reported(write):
    path = write(["review", "label"], words(60))
    with pytest.raises(TableError, match='no column "lable"; did you mean "label"'):
        labelled.survey(path, label_column="lable")


def test_our_own_predictions_are_not_taken_for_labels(write):
    rows = [(text, word, 0.9, 5) for text, word in words(60)]
    path = write(["review", "sentiment", "probability", "tokens_read"], rows)
    assert labelled.survey(path).label_column is None
    judged = write(
        ["review", "sentiment", "tokens_read", "label"], [(*row[:2], 5, row[1]) for row in rows], "judged.csv"
    )
    assert labelled.survey(judged).label_column == "label"


def test_a_test_part_is_held_out_only_where_it_is_large_enough(write):
    small = labelled.load(write(["review", "label"], words(499), "small.csv"))
    assert (len(small.train), small.test) == (499, [])
    assert "too few for a test part" in small.notes[-1]
    lopsided = [row for row in words(1200) if row[1] == "positive"] + words(198, seed=7)[1::2]
    assert labelled.load(write(["review", "label"], lopsided, "lopsided.csv")).test == []
    large = labelled.load(write(["review", "label"], words(500), "large.csv"))
    assert (len(large.train), len(large.test)) == (400, 100)
    assert sum(example.label for example in large.test) == 50
    assert large.notes[-1] == "Held out 100 of 500 reviews as the test part."


def test_the_test_part_is_the_same_every_time(write):
    rows = words(600)
    first = labelled.load(write(["review", "label"], rows))
    again = labelled.load(write(["review", "label"], rows[::-1], "turned.csv"))
    assert first.test == again.test
    assert first.digest == again.digest


def test_a_lopsided_table_is_reported(write):
    path = write(["review", "label"], [row for row in words(400) if row[1] == "positive"] + words(40, seed=9)[1::2])
    assert labelled.survey(path).notes[-1].startswith("91\N{NO-BREAK SPACE}% of the reviews are positive")


def test_a_survey_is_plain_data(write):
    found = labelled.survey(write(["review", "label"], words(60)))
    assert json.loads(found.mapping.to_json())["negative"] == ["negative"]
