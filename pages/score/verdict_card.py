"""The card with a model's verdict on one review."""

import streamlit as st

from sentiment.display import review_charts, review_html
from sentiment.display.prediction_words import MEANINGS, in_a_sentence, in_short, remarks
from sentiment.prediction import Prediction, Sentiment
from sentiment.wording import percent

HEADINGS: dict[Sentiment, str] = {
    "positive": ":blue[Positive]",
    "negative": ":orange[Negative]",
    "uncertain": ":gray[Uncertain]",
    "unscored": ":gray[Unscored]",
}


def draw_verdict(prediction: Prediction, band: tuple[float, float] | None, star_scale: int | None) -> None:
    """Draw the verdict, the probability, the stars and any caveats, and announce the verdict to screen readers.

    `band` is the model's uncertain band of probability; without it the probability has no chart. `star_scale` is the
    scale of its ratings. Both are None if the model is not on this machine.
    """
    with st.container(border=True):
        st.header(HEADINGS[prediction.sentiment], anchor=False)
        st.html(review_html.announcement(in_a_sentence(prediction)))
        if prediction.probability is not None:
            stated = f"Probability of positive {percent(prediction.probability)}"
            st.markdown(f"**{stated}**")
            if band is not None:
                meter = review_charts.probability_meter(prediction.probability, *band)
                about = f"{stated}; uncertain from {percent(band[0])} to {percent(band[1])}"
                st.altair_chart(meter, key="meter", alt=about)
        if prediction.sentiment in ("uncertain", "unscored"):
            st.markdown(MEANINGS[prediction.sentiment])
        st.caption(in_short(prediction, star_scale))
        for sentence in remarks(prediction):
            st.caption(f":material/info: {sentence}")
