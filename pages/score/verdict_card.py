"""The card that says what a model makes of one review."""

import streamlit as st

from sentiment.display import review_charts
from sentiment.display.prediction_words import MEANINGS, in_short, remarks
from sentiment.prediction import Prediction, Sentiment
from sentiment.wording import percent

HEADINGS: dict[Sentiment, str] = {
    "positive": ":blue[:material/thumb_up: POSITIVE]",
    "negative": ":orange[:material/thumb_down: NEGATIVE]",
    "uncertain": ":gray[:material/balance: UNCERTAIN]",
    "unscored": ":gray[:material/block: UNSCORED]",
}


def draw_verdict(prediction: Prediction, band: tuple[float, float] | None, star_scale: int | None) -> None:
    """Draw the verdict, the probability, the stars, and what there is to mind.

    `band` is the model's uncertain band of probability; without it the probability has no picture. `star_scale` is how
    many stars its ratings are out of. Both are None where the model is not on this machine.
    """
    with st.container(border=True):
        st.subheader(HEADINGS[prediction.sentiment], anchor=False)
        if prediction.probability is not None:
            told = f"Probability of positive {percent(prediction.probability)}"
            st.markdown(f"**{told}**")
            if band is not None:
                meter = review_charts.probability_meter(prediction.probability, *band)
                about = f"{told}; uncertain from {band[0]:.0%} to {band[1]:.0%}"
                st.altair_chart(meter, key="meter", alt=about)
        if prediction.sentiment in ("uncertain", "unscored"):
            st.markdown(MEANINGS[prediction.sentiment])
        st.caption(in_short(prediction, star_scale))
        for sentence in remarks(prediction):
            st.caption(f":material/info: {sentence}")
