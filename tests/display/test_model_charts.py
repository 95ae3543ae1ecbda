"""Charts that compare models."""

import pytest

from sentiment.display import model_charts, palette, report_table
from sentiment.model import bundle
from sentiment.system.storage import SHIPPED_BUNDLE


@pytest.fixture
def figures(tiny_bundle):
    cards = {"shipped": bundle.describe(SHIPPED_BUNDLE), "tiny": bundle.describe(tiny_bundle)}
    return {name: report_table.measured(card)[1] for name, card in cards.items()}


CHARTS = (model_charts.accuracy_intervals, model_charts.reliability_chart, model_charts.risk_coverage_chart)


def values(chart):
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def encodings(chart, channel):
    layers = [layer["encoding"] for layer in chart.to_dict()["layer"]]
    return [layer[channel] for layer in layers if channel in layer]


@pytest.mark.parametrize("chart", CHARTS)
def test_a_model_has_the_same_colour_everywhere_and_colour_is_not_alone(figures, chart):
    drawn = chart(figures)
    for colour in encodings(drawn, "color"):
        assert colour["scale"] == {"domain": ["shipped", "tiny"], "range": list(palette.SERIES[:2])}
    (shape,) = encodings(drawn, "shape")
    assert shape["scale"] == {"domain": ["shipped", "tiny"], "range": ["circle", "square"]}


@pytest.mark.parametrize("chart", CHARTS)
def test_colour_and_shape_agree_on_the_legend(figures, chart):
    """Vega warns of two legends of one field that differ."""
    drawn = chart(figures)
    (legend,) = {str(one["legend"]) for one in encodings(drawn, "color") + encodings(drawn, "shape")}
    assert ("columns" in legend) == (chart is not model_charts.accuracy_intervals)


def test_the_interval_of_each_model_is_drawn(figures):
    rows = {row["model"]: row for row in values(model_charts.accuracy_intervals(figures))}
    assert list(rows) == ["shipped", "tiny"]
    for name, row in rows.items():
        assert all(row[key] == figures[name][key] for key in ("accuracy_low", "accuracy", "accuracy_high"))


def test_reliability_has_every_bin_and_the_diagonal(figures):
    rows = values(model_charts.reliability_chart(figures))
    bins = [row for row in rows if "model" in row]
    assert len(bins) == sum(len(one["reliability"]) for one in figures.values())
    assert {"probability": 0.0, "positive": 0.0} in rows
    assert {"probability": 1.0, "positive": 1.0} in rows


def test_no_line_leads_to_a_bin_of_few_reviews(figures):
    _, line, point = model_charts.reliability_chart(figures).to_dict()["layer"]
    assert (line["mark"]["type"], line["transform"]) == ("line", [{"filter": "(datum.reviews >= 10)"}])
    assert "transform" not in point


def test_risk_is_what_accuracy_leaves_and_the_band_is_marked(figures):
    rows = values(model_charts.risk_coverage_chart(figures))
    assert all(row["wrong"] == pytest.approx(1 - row["accuracy"]) for row in rows if "accuracy" in row)
    at_band = [row for row in rows if row["coverage"] == figures["shipped"]["decided_share"]]
    assert at_band[0]["wrong"] == 1 - figures["shipped"]["decided_accuracy"]


def test_a_model_that_decides_nothing_has_no_mark(figures):
    undecided = {"tiny": {**figures["tiny"], "decided_share": 0.0, "decided_accuracy": None}}
    rows = values(model_charts.risk_coverage_chart(undecided))
    assert len(rows) == len(figures["tiny"]["risk_coverage"])


def test_more_models_than_shapes_can_be_drawn(figures):
    many = {f"model {number}": figures["tiny"] for number in range(9)}
    for chart in CHARTS:
        assert chart(many).to_dict()
