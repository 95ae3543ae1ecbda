"""Screen reader texts of every chart: each mark is described in rounded numbers, or hidden."""

import re

import numpy as np
import pytest

from sentiment.answers.outcome import negative_reviews
from sentiment.answers.themes.scores import ThemeRow, ThemeTable
from sentiment.answers.trend import trend
from sentiment.display import answer_charts, model_charts, report_table, result_charts, review_charts
from sentiment.display.training_curves import training_curves
from sentiment.explanation.effects import Step
from sentiment.model import bundle
from sentiment.scoring.view import Scores
from sentiment.system.storage import SHIPPED_BUNDLE

EPOCH = {"epoch": 1, "train_bce": 1 / 3, "validation_bce": 2 / 3, "train_accuracy": 0.8, "validation_accuracy": 0.7}
STEPS = [Step(1, 3, 1 / 3), Step(2, 8, 2 / 3)]


@pytest.fixture
def scores():
    chosen = np.random.default_rng(0)
    probability = chosen.random(3_000)
    return Scores((probability < 0.5).astype(np.uint8), probability, np.zeros(3_000, np.uint8))


def spoken(chart):
    """Return the descriptions of the chart's marks; a mark without a description must be hidden."""
    specification = chart.to_dict()
    texts = []
    for layer in specification["layer"]:
        mark = layer["mark"]
        points = mark.get("point", {})
        if mark.get("aria", True) or (isinstance(points, dict) and points.get("aria")):
            field = layer["encoding"]["description"]["field"]
            texts += [
                row[field] for row in specification["datasets"][layer.get("data", specification.get("data"))["name"]]
            ]
    assert texts
    assert not [text for text in texts if re.search(r"\d\.\d{5}", text)]
    return texts


def test_marks_of_the_trend(scores):
    days = np.datetime64("2025-01-01") + np.arange(3_000) % 365
    rising = Scores((np.arange(3_000) % 365 > 150).astype(np.uint8), scores.probability, scores.flags)
    found = trend(days, negative_reviews(rising), np.ones(3_000, bool))
    said = spoken(answer_charts.trend_chart(found))
    assert any(re.match(r"Jan 2025: 0\.0.% of 2\d\d rows negative, 95 % interval", text) for text in said)
    assert any(re.match(r"Change on 1 Jun 2025: .* negative before", text) for text in said)


def test_marks_of_the_themes():
    table = ThemeTable((ThemeRow("price", 90, 0.9, 30, 10, 1 / 3, 0.2, 0.5),), uncaught=10, rows=100, one_in=3)
    assert spoken(answer_charts.theme_chart(table)) == ["price: negative in 30 rows", "price: other in 60 rows"]


def test_marks_of_a_scored_table(scores):
    assert any(
        re.match(r"2\.5.% to 5\.0.%: \d+ rows negative", text)
        for text in spoken(result_charts.probability_histogram(scores.histogram(), (0.4, 0.6)))
    )


def test_marks_of_one_review():
    assert spoken(review_charts.probability_meter(1 / 3, 0.4, 0.6)) == [
        "probability of positive: 33.3\N{NO-BREAK SPACE}%"
    ]
    assert spoken(review_charts.reading_trace("one two three", STEPS, 0.4, 0.6))[1].endswith("positive after 2 tokens")


def test_marks_of_models():
    figures = {"shipped": report_table.measured(bundle.describe(SHIPPED_BUNDLE))[1]}
    for chart in (model_charts.accuracy_intervals, model_charts.reliability_chart, model_charts.risk_coverage_chart):
        assert all(text.startswith("shipped: ") for text in spoken(chart(figures)))


def test_marks_of_a_training():
    assert "a, train: 0.3333 in epoch 1" in spoken(training_curves({"a": [EPOCH]}, "bce"))
