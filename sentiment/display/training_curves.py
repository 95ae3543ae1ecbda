"""Training curves as Altair charts, by pure functions from rows that are independent of any page.

There is one chart for BCE and one for accuracy, with the same epoch axis, for one or several jobs. Colour distinguishes
the jobs; the line style distinguishes training from validation.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from sentiment.display import chart_labels, palette
from sentiment.training.loop import log_lines
from sentiment.training.loop.log_lines import EpochRow

Measure = Literal["bce", "accuracy"]
Point = tuple[float, float]

MAXIMUM_POINTS = 2_000
HEIGHT = 280
TITLES: dict[Measure, str] = {"bce": "BCE", "accuracy": "Accuracy"}
# The titles of the same fields in the rows of a language model.
LANGUAGE_TITLES: dict[Measure, str] = {"bce": "Cross-entropy per token", "accuracy": "Share of next words guessed"}
SPLITS = ("train", "validation")
DASHES = ([1, 0], [5, 4])


@dataclass(frozen=True)
class Series:
    """One line: `points` are (epoch, value) by ascending epoch, `steps` those between epochs."""

    run: str
    split: str
    points: list[Point]
    steps: list[Point]


def training_curves(
    runs: Mapping[str, Sequence[EpochRow]],
    measure: Measure,
    *,
    smoothing: float = 0.0,
    log: bool = False,
    titles: Mapping[Measure, str] = TITLES,
) -> alt.LayerChart:
    """Return the curves of `measure` over epochs, for training log rows (epoch and step rows) by job name.

    Training is a solid line, validation a dashed one; the best epoch (lowest validation BCE) is a dot and a dotted
    rule. With `smoothing` above 0 (up to 0.99), the lines are averaged (`smoothed`) and the raw values remain as faint
    lines. Hovering anywhere shows the values of all lines at that epoch. `log` gives BCE a logarithmic axis; `titles`
    name the value axes.
    """
    series = [one for name, rows in runs.items() for one in _series_of(name, rows, measure)]
    colour = _job_colour(list(runs))
    x = _epoch_axis(runs.values())
    y = alt.Y("value:Q", title=titles[measure], scale=_value_scale(measure, log))
    layers = [_lines(series, x, y, colour, smoothing)]
    if smoothing:
        layers.insert(0, _faint(((one, one.points) for one in series), x, y, colour))
    if any(one.steps for one in series):
        layers.insert(0, _faint(((one, one.steps) for one in series), x, y, colour))
    layers += _best_marks(runs, measure, x, y, colour)
    layers.append(_readout(series, x, measure))
    return alt.LayerChart(layer=layers, height=HEIGHT, config=chart_labels.LEGIBLE)


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving average of `values` with `weight` (0 to below 1) on the past.

    It is debiased as in TensorBoard (and Adam: Kingma and Ba 2015), so that it starts at the first value instead of 0.
    """
    average, means = 0.0, []
    for count, value in enumerate(values, start=1):
        average = weight * average + (1 - weight) * value
        means.append(average / (1 - weight**count))
    return means


def thinned(points: Sequence[Point], limit: int = MAXIMUM_POINTS) -> list[Point]:
    """Return at most `limit` points, in order, that draw the same line: each stretch keeps its minimum and maximum."""
    if len(points) <= limit:
        return list(points)
    stretch = math.ceil(len(points) / (limit // 2))
    kept: list[Point] = []
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        ends = {min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])}
        kept.extend(sorted(ends))
    return kept


def _series_of(name: str, rows: Sequence[EpochRow], measure: Measure) -> list[Series]:
    epochs = log_lines.epoch_rows(rows)
    steps = log_lines.step_points(rows) if measure == "bce" else []
    return [
        Series(
            name,
            split,
            thinned(_drawable((row["epoch"], row[f"{split}_{measure}"]) for row in epochs)),
            thinned(_drawable(steps)) if split == "train" else [],
        )
        for split in SPLITS
    ]


def _drawable(points: Iterable[Point]) -> list[Point]:
    return [point for point in points if math.isfinite(point[1])]


def _frame(parts: Iterable[tuple[Series, Sequence[Point]]]) -> pd.DataFrame:
    rows = [
        (one.run, one.split, epoch, value, f"{one.run}, {one.split}: {value:.4f} in epoch {epoch:g}")
        for one, points in parts
        for epoch, value in points
    ]
    return pd.DataFrame(rows, columns=["run", "split", "epoch", "value", "described"])


def _lines(series: Sequence[Series], x: alt.X, y: alt.Y, colour: alt.Color, smoothing: float) -> alt.Chart:
    parts = [(one, _smoothed_points(one.points, smoothing)) for one in series]
    dash = alt.StrokeDash("split:N", legend=None, scale=alt.Scale(domain=SPLITS, range=DASHES))
    # Values are drawn as points too: a job in its first epoch has only one, which draws no line.
    mark = alt.Chart(_frame(parts)).mark_line(strokeWidth=2, aria=False, point=alt.OverlayMarkDef(size=18, aria=True))
    chart: alt.Chart = mark.encode(x=x, y=y, color=colour, strokeDash=dash, description="described:N")
    return chart


def _smoothed_points(points: Sequence[Point], weight: float) -> list[Point]:
    values = smoothed([value for _, value in points], weight)
    return [(epoch, value) for (epoch, _), value in zip(points, values, strict=True)]


def _faint(parts: Iterable[tuple[Series, Sequence[Point]]], x: alt.X, y: alt.Y, colour: alt.Color) -> alt.Chart:
    mark = alt.Chart(_frame(parts)).mark_line(strokeWidth=1, opacity=0.45, aria=False)
    chart: alt.Chart = mark.encode(x=x, y=y, color=colour, detail="split:N")
    return chart


def _best_marks(
    runs: Mapping[str, Sequence[EpochRow]], measure: Measure, x: alt.X, y: alt.Y, colour: alt.Color
) -> list[alt.Chart]:
    found = [(name, best) for name, rows in runs.items() if (best := log_lines.best_epoch(rows))]
    rows = [
        (name, best["epoch"], value, f"{name}: best in epoch {best['epoch']:g}, {value:.4f}")
        for name, best in found
        for value in [best[f"validation_{measure}"]]
    ]
    chart = alt.Chart(pd.DataFrame(rows, columns=["run", "epoch", "value", "described"]))
    rule = chart.mark_rule(strokeDash=[1, 3], opacity=0.7, aria=False).encode(x=x, color=colour)
    dot = chart.mark_point(filled=True, size=110, opacity=1).encode(x=x, y=y, color=colour, description="described:N")
    return [rule, dot]


def _readout(series: Sequence[Series], x: alt.X, measure: Measure) -> alt.Chart:
    """Return a rule at the epoch under the pointer, whose tooltip has the value of every line there."""
    lines = [one for one in series if one.points]
    one_job = len({one.run for one in lines}) == 1
    values: dict[float, dict[str, Any]] = {}
    for number, one in enumerate(lines):
        for epoch, value in one.points:
            values.setdefault(epoch, {"epoch": epoch})[f"line{number}"] = value
    titles = [one.split if one_job else f"{one.run} {one.split}" for one in lines]
    tooltip = [alt.Tooltip("epoch:Q", title="epoch")] + [
        alt.Tooltip(f"line{number}:Q", title=title, format=".4f") for number, title in enumerate(titles)
    ]
    pointed = alt.selection_point(
        name=f"pointed_{measure}", fields=["epoch"], nearest=True, on="pointerover", clear="pointerout", empty=False
    )
    shown = alt.when(pointed).then(alt.value(0.6)).otherwise(alt.value(0))
    frame = pd.DataFrame(list(values.values()), columns=["epoch", *(f"line{n}" for n in range(len(lines)))])
    rule = alt.Chart(frame).mark_rule(color=palette.UNCERTAIN, aria=False).encode(x=x, opacity=shown, tooltip=tooltip)
    chart: alt.Chart = rule.add_params(pointed)
    return chart


def _job_colour(names: list[str]) -> alt.Color:
    colours = [palette.SERIES[number % len(palette.SERIES)] for number in range(len(names))]
    written = chart_labels.expression(names)
    shown = alt.Legend(orient="bottom", labelLimit=0, labelExpr=written, columns=2, symbolOpacity=1)
    legend = shown if len(names) > 1 else None
    return alt.Color("run:N", title=None, scale=alt.Scale(domain=names, range=colours), legend=legend)


def _epoch_axis(runs: Iterable[Sequence[EpochRow]]) -> alt.X:
    """Return the same epoch axis for every measure of the same jobs, so that the charts line up."""
    spans = [_span(rows) for rows in runs]
    first = min((span[0] for span in spans), default=0.0)
    last = max((span[1] for span in spans), default=1.0)
    scale = alt.Scale(domain=[first, max(last, first + 1)], nice=False, zero=False)
    return alt.X("epoch:Q", title="epoch", scale=scale, axis=alt.Axis(tickMinStep=1, grid=False))


def _span(rows: Sequence[EpochRow]) -> tuple[float, float]:
    epochs = [float(row["epoch"]) for row in log_lines.epoch_rows(rows)]
    positions = epochs + [position for position, _ in log_lines.step_points(rows)]
    return (0.0 if len(positions) > len(epochs) else min(positions, default=0.0)), max(positions, default=1.0)


def _value_scale(measure: Measure, log: bool) -> alt.Scale:
    return alt.Scale(type="log" if log and measure == "bce" else "linear", zero=False, nice=True)
