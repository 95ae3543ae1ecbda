"""Charts that compare models: accuracy with its interval, reliability, and risk-coverage.

Pure functions from the figures of report cards (`evaluation.report_card`), by model name, to Altair charts. A model has
the same colour and shape in all charts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from sentiment.display import chart_labels, palette
from sentiment.wording import counted, tenths

Figures = Mapping[str, Mapping[str, Any]]

HEIGHT = 340
ROW_HEIGHT, ROW_GAP = 34, 10
FEW_REVIEWS = 10
# The height of an axis with its title, which is part of a chart's height.
AXIS_HEIGHT = 74
LEGEND_CHARACTERS = 36  # of all names together that fit on one line
_SHAPES = ("circle", "square", "triangle-up", "diamond")
_PERCENT = ".1%"


def accuracy_intervals(figures: Figures) -> alt.LayerChart:
    """Return the accuracy of each model as a dot on its 95 % interval, in the given order."""
    names = list(figures)
    frame = pd.DataFrame(
        [
            {"model": name, "described": _accuracy_in_words(name, values)}
            | {key: values[key] for key in ("accuracy", "accuracy_low", "accuracy_high", "reviews")}
            for name, values in figures.items()
        ]
    )
    axis = alt.Axis(format="%", tickCount=5)
    x = alt.X("accuracy_low:Q", title="accuracy, 95 % interval", scale=alt.Scale(zero=False, padding=12), axis=axis)
    base = alt.Chart(frame).encode(
        y=alt.Y("model:N", sort=None, title=None, axis=_model_axis(names)),
        color=_colour(names, legend=False),
        tooltip=[
            alt.Tooltip("model:N"),
            alt.Tooltip("accuracy:Q", format=_PERCENT),
            alt.Tooltip("accuracy_low:Q", title="from", format=_PERCENT),
            alt.Tooltip("accuracy_high:Q", title="to", format=_PERCENT),
            alt.Tooltip("reviews:Q", format=",d"),
        ],
    )
    interval = base.mark_rule(strokeWidth=3, opacity=0.6, aria=False).encode(x=x, x2="accuracy_high:Q")
    dot = base.mark_point(filled=True, size=110, opacity=1).encode(
        x="accuracy:Q", shape=_shape(names, legend=False), description="described:N"
    )
    row_height = max(ROW_HEIGHT, chart_labels.height(names) + ROW_GAP)
    return alt.LayerChart(
        layer=[interval, dot], height=row_height * len(figures) + AXIS_HEIGHT, config=chart_labels.LEGIBLE
    )


def reliability_chart(figures: Figures) -> alt.LayerChart:
    """Return the share of positive reviews by predicted probability, in bins; a calibrated model is on the diagonal.

    The area of a point is the number of reviews in its bin. The line skips bins of fewer than FEW_REVIEWS, whose shares
    would show as jumps due to chance.
    """
    frame, names = _rows(figures, "reliability"), list(figures)
    frame["described"] = [
        f"{one.model}: {counted(one.reviews, 'review')} at {tenths(one.probability)}, {tenths(one.positive)} positive"
        for one in frame.itertuples()
    ]
    x = alt.X("probability:Q", title="probability of positive", scale=alt.Scale(domain=[0, 1]), axis=_share_axis())
    y = alt.Y("positive:Q", title="really positive", scale=alt.Scale(domain=[0, 1]), axis=_share_axis())
    diagonal = alt.Chart(pd.DataFrame({"probability": [0.0, 1.0], "positive": [0.0, 1.0]}))
    points = alt.Chart(frame).encode(
        x=x,
        y=y,
        color=_colour(names),
        tooltip=[
            alt.Tooltip("model:N"),
            alt.Tooltip("probability:Q", format=_PERCENT),
            alt.Tooltip("positive:Q", title="really positive", format=_PERCENT),
            alt.Tooltip("reviews:Q", format=",d"),
        ],
    )
    size = alt.Size("reviews:Q", legend=None, scale=alt.Scale(range=[25, 220]))
    layers = [
        diagonal.mark_line(strokeDash=[2, 3], strokeWidth=1.5, color=palette.UNCERTAIN, aria=False).encode(x=x, y=y),
        points.transform_filter(alt.datum.reviews >= FEW_REVIEWS).mark_line(strokeWidth=1.5, opacity=0.7, aria=False),
        points.mark_point(filled=True, opacity=0.9).encode(size=size, shape=_shape(names), description="described:N"),
    ]
    return alt.LayerChart(layer=layers, height=HEIGHT, config=chart_labels.LEGIBLE)


def risk_coverage_chart(figures: Figures) -> alt.LayerChart:
    """Return the error rate of each model when it decides only the share of reviews it is most certain of.

    A mark on each line shows the share that the model's own uncertain band leaves.
    """
    frame = _rows(figures, "risk_coverage")
    marks = [
        {"model": name, "coverage": values["decided_share"], "wrong": 1 - values["decided_accuracy"]}
        for name, values in figures.items()
        if values["decided_accuracy"] is not None
    ]
    names = list(figures)
    x = alt.X(
        "coverage:Q", title="share decided, most certain first", scale=alt.Scale(domain=[0, 1]), axis=_share_axis()
    )
    y = alt.Y("wrong:Q", title="wrong among them", scale=alt.Scale(domainMin=0), axis=alt.Axis(format="%", tickCount=5))
    tooltip = [
        alt.Tooltip("model:N"),
        alt.Tooltip("coverage:Q", title="decided", format=_PERCENT),
        alt.Tooltip("wrong:Q", title="wrong", format=_PERCENT),
    ]
    lines = alt.Chart(frame.assign(wrong=1 - frame["accuracy"])).mark_line(strokeWidth=2, aria=False)
    band = pd.DataFrame(marks, columns=["model", "coverage", "wrong"])
    band["described"] = [
        f"{one.model}: {tenths(one.coverage)} decided, {tenths(one.wrong)} of them wrong" for one in band.itertuples()
    ]
    dots = alt.Chart(band).mark_point(filled=True, size=110, opacity=1)
    layers = [
        lines.encode(x=x, y=y, color=_colour(names), tooltip=tooltip),
        dots.encode(x=x, y=y, color=_colour(names), shape=_shape(names), tooltip=tooltip, description="described:N"),
    ]
    return alt.LayerChart(layer=layers, height=HEIGHT, config=chart_labels.LEGIBLE)


def _accuracy_in_words(name: str, values: Mapping[str, Any]) -> str:
    interval = f"{tenths(values['accuracy_low'])} to {tenths(values['accuracy_high'])}"
    return f"{name}: accuracy {tenths(values['accuracy'])}, 95 % interval {interval}"


def _rows(figures: Figures, curve: str) -> pd.DataFrame:
    """Return the rows of one curve of all models, each with the name of its model."""
    return pd.DataFrame([{"model": name, **row} for name, values in figures.items() for row in values[curve]])


def _model_axis(names: list[str]) -> alt.Axis:
    return alt.Axis(labelExpr=chart_labels.expression(names), labelLimit=0)


def _colour(names: list[str], *, legend: bool = True) -> alt.Color:
    return alt.Color(
        "model:N", title=None, legend=_legend(names) if legend else None, scale=_scale(names, palette.SERIES)
    )


def _shape(names: list[str], *, legend: bool = True) -> alt.Shape:
    # The same legend as that of the colour: Vega-Lite draws both as one.
    return alt.Shape("model:N", title=None, legend=_legend(names) if legend else None, scale=_scale(names, _SHAPES))


def _legend(names: list[str]) -> alt.Legend | None:
    """Return the legend of several models; a single one needs none."""
    if len(names) == 1:
        return None
    # Long names are placed below each other: in one row they would be cut at the edge of the chart.
    columns = 1 if sum(map(len, names)) > LEGEND_CHARACTERS else len(names)
    return alt.Legend(orient="top", columns=columns, labelLimit=0, labelExpr=chart_labels.expression(names))


def _scale(names: list[str], values: Sequence[Any]) -> alt.Scale:
    return alt.Scale(domain=names, range=_cycled(values, len(names)))


def _cycled(values: Sequence[Any], count: int) -> list[Any]:
    return [values[number % len(values)] for number in range(count)]


def _share_axis() -> alt.Axis:
    return alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
