"""Charts of a scored table: the distribution of probabilities with the uncertain band, and the effect of a threshold.

Pure functions from frames to Altair charts; all use the same colours and order of the sentiments. The column
`described` is the text that a screen reader announces for a mark; marks that repeat the same data are hidden from it.
"""

import altair as alt
import pandas as pd

from sentiment.display import chart_labels, palette
from sentiment.scoring.label_check import Measures
from sentiment.wording import counted, percent, tenths

HEIGHT = 300
CELL = "cell"  # the selection of a cell of the confusion matrix, by label and prediction
_SENTIMENTS = ("positive", "uncertain", "negative")
_COLOURS = (palette.POSITIVE, palette.UNCERTAIN, palette.NEGATIVE)
_COLOUR = alt.Color(
    "sentiment:N",
    title=None,
    scale=alt.Scale(domain=_SENTIMENTS, range=_COLOURS),
    legend=alt.Legend(orient="top", direction="horizontal"),
)


def probability_histogram(histogram: pd.DataFrame, band: tuple[float, float]) -> alt.LayerChart:
    """Return the rows by probability of positive, stacked by sentiment, over the shaded uncertain `band`.

    `histogram` is the result of `Scores.histogram`.
    """
    low, high = band
    shade = (
        alt.Chart(pd.DataFrame({"low": [low], "high": [high]}))
        .mark_rect(color=palette.UNCERTAIN, opacity=0.18, aria=False)
        .encode(x=alt.X("low:Q"), x2="high:Q", tooltip=[alt.Tooltip("low:Q", title="uncertain from", format=".0%")])
    )
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=False)
    described = [
        f"{tenths(bar.low)} to {tenths(bar.high)}: {counted(bar.rows, 'row')} {bar.sentiment}"
        for bar in histogram.itertuples()
    ]
    tallest = float(histogram.groupby("low")["rows"].sum().max())
    bars = (
        alt.Chart(histogram.assign(described=described))
        .mark_bar()
        .encode(
            x=alt.X("low:Q", bin="binned", title="probability of positive", scale=alt.Scale(domain=[0, 1]), axis=axis),
            x2="high:Q",
            y=alt.Y("rows:Q", title="rows", stack=True, axis=chart_labels.count_axis(tallest)),
            color=_COLOUR,
            tooltip=[
                alt.Tooltip("low:Q", title="from", format=".1%"),
                alt.Tooltip("high:Q", title="to", format=".1%"),
                "sentiment:N",
                alt.Tooltip("rows:Q", format=",d"),
            ],
            description="described:N",
        )
    )
    return alt.LayerChart(layer=[shade, bars], height=HEIGHT, config=chart_labels.LEGIBLE)


def threshold_chart(curve: pd.DataFrame, threshold: float) -> alt.LayerChart:
    """Return accuracy, precision and recall by threshold, with a rule at the chosen `threshold`."""
    measures = ("accuracy", "precision", "recall")
    colour = alt.Color("measure:N", title=None, scale=alt.Scale(domain=measures, range=palette.SERIES[2:5]))
    dash = alt.StrokeDash("measure:N", title=None, scale=alt.Scale(domain=measures, range=([1, 0], [6, 3], [2, 2])))
    x = alt.X("threshold:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(grid=False))
    # A line is one mark, described by its first row: the description states the value at the threshold.
    at_threshold = curve.loc[(curve["threshold"] - threshold).abs().groupby(curve["measure"]).idxmin()]
    described = {
        one.measure: f"{one.measure}: {tenths(one.value)} at {threshold:.2f}" for one in at_threshold.itertuples()
    }
    lines = (
        alt.Chart(curve.assign(described=curve["measure"].map(described)))
        .mark_line()
        .encode(
            x=x,
            y=alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=4)),
            color=colour.legend(orient="top"),
            strokeDash=dash,
            tooltip=["measure:N", alt.Tooltip("threshold:Q", format=".2f"), alt.Tooltip("value:Q", format=".1%")],
            description="described:N",
        )
    )
    rule = alt.Chart(pd.DataFrame({"threshold": [threshold]})).mark_rule(
        color=palette.UNCERTAIN, strokeWidth=2, aria=False
    )
    return alt.LayerChart(layer=[lines, rule.encode(x=x)], height=HEIGHT, config=chart_labels.LEGIBLE)


def confusion_matrix(measures: Measures) -> alt.LayerChart:
    """Return the rows by label and by prediction at the threshold; green cells are correct, grey ones wrong."""
    cells = pd.DataFrame(
        [
            ("positive", "positive", "right", measures.positive_as_positive),
            ("positive", "negative", "wrong", measures.positive_as_negative),
            ("negative", "positive", "wrong", measures.negative_as_positive),
            ("negative", "negative", "right", measures.negative_as_negative),
        ],
        columns=["label", "predicted", "verdict", "rows"],
    )
    total = cells.groupby("label")["rows"].transform("sum").clip(lower=1)
    shares = [percent(share) for share in cells["rows"] / total]
    cells["words"] = [f"{n:,} ({share})" for n, share in zip(cells["rows"], shares, strict=True)]
    cells["described"] = [
        f"labelled {cell.label}, predicted {cell.predicted}: {counted(cell.rows, 'row')} ({share})"
        for cell, share in zip(cells.itertuples(), shares, strict=True)
    ]
    order = ["positive", "negative"]
    colour = alt.Scale(domain=["right", "wrong"], range=[palette.SERIES[2], palette.UNCERTAIN])
    base = alt.Chart(cells).encode(
        x=alt.X("predicted:N", sort=order, title="predicted", axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("label:N", sort=order, title="label", axis=alt.Axis(labelAngle=-90)),
        tooltip=["label:N", "predicted:N", alt.Tooltip("rows:Q", format=",d")],
    )
    clicked = alt.selection_point(name=CELL, fields=["label", "predicted"], on="click", empty=True)
    rects = (
        base.mark_rect(cornerRadius=4, cursor="pointer", aria=False)
        .encode(color=alt.Color("verdict:N", scale=colour, legend=None))
        .add_params(clicked)
    )
    # Large white text is legible on both colours, whatever the theme.
    words = base.mark_text(color="white", fontSize=19, fontWeight="bold").encode(
        text="words:N", description="described:N"
    )
    return alt.LayerChart(layer=[rects, words], height=HEIGHT, config=chart_labels.LEGIBLE)
