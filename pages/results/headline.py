"""The headline numbers: the share of each sentiment, why rows are unscored, and how certain the model is."""

import streamlit as st

from sentiment.answers.headline import Headline
from sentiment.answers.outcome import Mask
from sentiment.display import result_charts
from sentiment.prediction import SENTIMENTS
from sentiment.scoring.view import Scores
from sentiment.wording import counted, percent


def show_headline(found: Headline) -> None:
    """Draw the share of each sentiment among the selected rows, and a sentence on the negative share."""
    with st.grid(4, min_column_width=140, key="shares"):
        for sentiment in SENTIMENTS:
            count = found.counts[sentiment]
            st.metric(
                sentiment.capitalize(),
                percent(count / max(1, found.rows)),
                counted(count, "row"),
                delta_color="off",
                delta_arrow="off",
                border=True,
            )
    st.markdown(headline_in_words(found))
    if found.unscored:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in found.unscored.items())
        st.caption(f"Unscored rows: {reasons}. They count in the four shares above and nowhere below.")


def headline_in_words(found: Headline) -> str:
    """Return the share of negative reviews with its interval, as a sentence."""
    if found.negative_share is None or found.low is None or found.high is None:
        return "None of these rows is scored."
    if found.only:
        return f"The only scored row is **{found.only}**."
    interval = f"95 % interval {percent(found.low)} to {percent(found.high)}"
    return f"**{percent(found.negative_share)} negative** among {counted(found.scored, 'scored row')} ({interval})."


def show_certainty(scores: Scores, mask: Mask, band: tuple[float, float]) -> None:
    """Draw the distribution of the model's probabilities for the selected rows."""
    st.header("How sure the model is", anchor=False)
    histogram = Scores(scores.sentiment[mask], scores.probability[mask], scores.flags[mask]).histogram()
    if histogram.empty:
        st.caption("No row was scored.")
        return
    low, high = band
    chart = result_charts.probability_histogram(histogram, band)
    st.altair_chart(chart, alt=f"Rows by probability of positive; uncertain from {percent(low)} to {percent(high)}")
    st.caption(f"In the grey band, {percent(low)} to {percent(high)}, the model is uncertain.")
