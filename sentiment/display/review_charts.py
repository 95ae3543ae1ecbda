"""Altair charts of one review: its probability of positive, and how this changed while the model read the review."""

from collections.abc import Sequence
from itertools import pairwise

import altair as alt
import pandas as pd

from sentiment.display import chart_labels, palette
from sentiment.explanation.effects import Step
from sentiment.wording import counted, percent, tenths

METER_HEIGHT = 92
TRACE_HEIGHT = 260
_LAST_CHARACTERS = 60
_PERCENT = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=None)
_WHOLE = alt.Scale(domain=[0, 1], nice=False)


def probability_meter(probability: float, low: float, high: float) -> alt.LayerChart:
    """Return a line from negative to positive with the uncertain band `low`..`high` and a dot at `probability`."""
    x = alt.X("at:Q", scale=_WHOLE, axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=None, grid=False))
    names = pd.DataFrame(
        [("negative", low / 2), ("uncertain", (low + high) / 2), ("positive", (1 + high) / 2)], columns=["name", "at"]
    )
    line = alt.Chart(pd.DataFrame({"at": [0.0], "to": [1.0]})).mark_rule(strokeWidth=3, opacity=0.4, aria=False)
    place = pd.DataFrame({"at": [probability], "described": [f"probability of positive: {tenths(probability)}"]})
    dot = alt.Chart(place).mark_point(filled=True, size=260, opacity=1).encode(description="described:N")
    tooltip = alt.Tooltip("at:Q", title="probability of positive", format=".1%")
    return alt.LayerChart(
        layer=[
            _band(low, high, "x"),
            line.encode(x=x, x2="to:Q", y=_height(0.3), color=alt.value(palette.UNCERTAIN)),
            alt.Chart(names)
            .mark_text(fontSize=12, color=chart_labels.TEXT, aria=False)
            .encode(x=x, y=_height(0.8), text="name:N"),
            dot.encode(x=x, y=_height(0.3), color=alt.value(_colour(probability, low, high)), tooltip=tooltip),
        ],
        height=METER_HEIGHT,
        config=chart_labels.LEGIBLE,
    )


def reading_trace(cleaned: str, steps: Sequence[Step], low: float, high: float) -> alt.LayerChart:
    """Return the probability of positive after each word, over the uncertain band `low`..`high`, with a final dot.

    Hovering over the line shows the words just read.
    """
    frame = pd.DataFrame(
        {
            "tokens": [step.tokens for step in steps],
            "probability": [step.probability for step in steps],
            "read": [_just_read(cleaned, step.end) for step in steps],
            "described": [
                f"{percent(step.probability)} positive after {counted(step.tokens, 'token')}" for step in steps
            ],
        }
    )
    last = steps[-1]
    scale = alt.Scale(domain=[0, max(last.tokens, 1)], nice=False)
    x = alt.X("tokens:Q", title="tokens read", scale=scale, axis=alt.Axis(tickMinStep=1, grid=False))
    y = alt.Y("probability:Q", scale=_WHOLE, axis=_PERCENT)
    chart = alt.Chart(frame)
    dot = alt.Chart(frame.tail(1)).mark_point(filled=True, size=110, opacity=1, aria=False)
    return alt.LayerChart(
        layer=[
            _band(low, high, "y"),
            chart.mark_line(strokeWidth=2, color=palette.POSITIVE, aria=False).encode(x=x, y=y),
            dot.encode(x=x, y=y, color=alt.value(_colour(last.probability, low, high))),
            _readout(chart, x),
        ],
        height=TRACE_HEIGHT,
        config=chart_labels.LEGIBLE,
    )


def largest_turn(steps: Sequence[Step]) -> tuple[Step, Step] | None:
    """Return the two adjacent steps between which the probability changed most; None for fewer than two steps."""
    pairs = list(pairwise(steps))
    return max(pairs, key=lambda pair: abs(pair[1].probability - pair[0].probability), default=None)


def _readout(chart: alt.Chart, x: alt.X) -> alt.Chart:
    pointed = alt.selection_point(
        name="pointed", fields=["tokens"], nearest=True, on="pointerover", clear="pointerout", empty=False
    )
    tooltip = [
        alt.Tooltip("probability:Q", title="probability of positive", format=".0%"),
        alt.Tooltip("read:N", title="just read"),
        alt.Tooltip("tokens:Q", title="tokens read"),
    ]
    shown = alt.when(pointed).then(alt.value(0.6)).otherwise(alt.value(0))
    rule: alt.Chart = chart.mark_rule(color=palette.UNCERTAIN).encode(
        x=x, opacity=shown, tooltip=tooltip, description="described:N"
    )
    return rule.add_params(pointed)


def _band(low: float, high: float, channel: str) -> alt.Chart:
    """Return the uncertain band, shaded from `low` to `high` across the chart."""
    band = alt.Chart(pd.DataFrame({"low": [low], "high": [high]})).mark_rect(
        color=palette.UNCERTAIN, opacity=0.18, aria=False
    )
    start = {"x": alt.X("low:Q", scale=_WHOLE), "y": alt.Y("low:Q", scale=_WHOLE)}[channel]
    chart: alt.Chart = band.encode(**{channel: start, f"{channel}2": "high:Q"})
    return chart


def _height(share: float) -> alt.YDatum:
    """Return a position at a share of the chart's height, without an axis."""
    return alt.YDatum(share, scale=_WHOLE, axis=None)


def _colour(probability: float, low: float, high: float) -> str:
    if probability > high:
        return palette.POSITIVE
    return palette.NEGATIVE if probability < low else palette.UNCERTAIN


def _just_read(cleaned: str, end: int) -> str:
    start = max(0, end - _LAST_CHARACTERS)
    return ("… " if start else "") + cleaned[start:end].strip()
