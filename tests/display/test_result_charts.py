import pytest

from sentiment.display import palette, result_charts
from sentiment.scoring.label_check import check_labels
from sentiment.wording import percent, tenths
from tests.support.scored_tables import scored, write_csv


@pytest.fixture
def table(tmp_path):
    rows = [
        (f"2025-{n % 12 + 1:02}-01", n % 5 + 1, "good film" if n % 5 > 2 else "bad one" if n % 3 else "ok")
        for n in range(240)
    ]
    return scored(write_csv(tmp_path / "reviews.csv", ["day", "stars", "review"], rows))


def values(chart):
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def test_histogram_shades_the_band_and_colours_by_sentiment(table):
    chart = result_charts.probability_histogram(table.scores.histogram(), (0.3, 0.7)).to_dict()
    assert {"low": 0.3, "high": 0.7} in [row for rows in chart["datasets"].values() for row in rows]
    colour = chart["layer"][1]["encoding"]["color"]["scale"]
    assert dict(zip(colour["domain"], colour["range"], strict=True))["positive"] == palette.POSITIVE


def test_threshold_is_marked_on_the_curves(table):
    chart = result_charts.threshold_chart(check_labels(table).curve(), 0.37)
    assert {"threshold": 0.37} in values(chart)
    said = {row["described"] for row in values(chart) if row.get("measure") == "recall"}
    assert said == {f"recall: {tenths(check_labels(table).at(0.37).recall)} at 0.37"}


def test_confusion_cells_show_rows_and_the_share_of_their_label(table):
    measures = check_labels(table).at(0.5)
    cells = {(row["label"], row["predicted"]): row for row in values(result_charts.confusion_matrix(measures))}
    row = cells["positive", "negative"]
    total = measures.positive_as_positive + measures.positive_as_negative
    assert row["rows"] == measures.positive_as_negative
    assert row["words"] == f"{row['rows']:,} ({percent(row['rows'] / total)})"
    assert row["described"].startswith(f"labelled positive, predicted negative: {row['rows']:,} row")
