import numpy as np
import pytest

from sentiment.evaluation.metrics import wilson_interval
from sentiment.scoring.label_check import THRESHOLDS, check_labels
from tests.support.scored_tables import scored, write_csv

ROWS = [
    (5, "good lovely great"),  # 0.8
    (5, "good"),  # 0.67
    (4, "bad"),  # 0.33, a miss
    (1, "bad awful"),  # 0.25
    (2, "good film"),  # 0.67, a false alarm
    (1, "dull"),  # 0.33
    (3, "good and bad"),  # left out by the mapping
    (5, ""),  # unscored
]


@pytest.fixture
def check(tmp_path):
    return check_labels(scored(write_csv(tmp_path / "reviews.csv", ["stars", "review"], ROWS)))


def test_rows_with_a_label_and_a_score_are_compared(check):
    assert check.column == "stars"
    assert check.label.tolist() == [True, True, True, False, False, False]
    assert check.left_out == 2


def test_measures_at_a_threshold(check):
    found = check.at(0.5)
    cells = (
        found.positive_as_positive,
        found.positive_as_negative,
        found.negative_as_positive,
        found.negative_as_negative,
    )
    assert cells == (2, 1, 1, 2)
    assert (found.accuracy, found.precision, found.recall) == pytest.approx((4 / 6, 2 / 3, 2 / 3))
    assert (found.accuracy_low, found.accuracy_high) == wilson_interval(4, 6)


def test_a_probability_at_the_threshold_is_positive(check):
    assert check.at(0.8).positive_as_positive == 1
    assert check.at(0.81).positive_as_positive == 0


def test_precision_without_a_positive_verdict_is_undefined(check):
    assert check.at(1.0).precision is None
    assert check.at(1.0).recall == 0


def test_curve_says_the_same_as_each_threshold(check):
    curve = check.curve().pivot(index="threshold", columns="measure", values="value")
    for threshold in THRESHOLDS:
        found = check.at(threshold)
        row = curve.loc[threshold]
        assert row["accuracy"] == pytest.approx(found.accuracy)
        assert row["recall"] == pytest.approx(found.recall)
        assert (
            found.precision is None
            if np.isnan(row["precision"])
            else row["precision"] == pytest.approx(found.precision)
        )


@pytest.mark.parametrize(
    ("column", "values"),
    [("kind", ["film", "book"]), ("label", ["film", "book"]), ("label", ["1", "1"]), ("label", ["", ""])],
)
def test_a_table_without_labels_of_both_classes_has_none(tmp_path, column, values):
    rows = [(value, "good film") for value in values * 3]
    assert check_labels(scored(write_csv(tmp_path / "reviews.csv", [column, "review"], rows))) is None


def test_predictions_of_an_earlier_run_are_no_labels(tmp_path):
    columns = ["review", "sentiment", "rating", "tokens_read"]
    rows = [("good film", "positive", 8, 2), ("bad film", "negative", 2, 2)]
    assert check_labels(scored(write_csv(tmp_path / "reviews.csv", columns, rows))) is None
