"""One review: the verdict, how sure, why. Opens with an example scored; every change of the text is scored anew."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.score.examples import EXAMPLES, OPENING
from pages.score.opinions import ask_opinion
from pages.score.why import show_why
from sentiment import review_charts, ui
from sentiment.errors import FeedbackError
from sentiment.prediction import Prediction, Sentiment
from sentiment.verdict import MEANINGS, in_short, percent, remarks

if TYPE_CHECKING:
    from sentiment.predictor import Predictor

HEADINGS: dict[Sentiment, str] = {
    "positive": ":blue[:material/thumb_up: POSITIVE]",
    "negative": ":orange[:material/thumb_down: NEGATIVE]",
    "uncertain": ":gray[:material/balance: UNCERTAIN]",
    "unscored": ":gray[:material/block: UNSCORED]",
}


def use_example() -> None:
    """Put the chosen example into the text box; the choice itself is not kept, the text may be changed."""
    if chosen := st.session_state["example"]:
        st.session_state["review"] = EXAMPLES[chosen]
        st.session_state["example"] = None


def ask_review() -> str:
    """Draw the text box, the examples and the button; return the review."""
    st.session_state.setdefault("review", EXAMPLES[OPENING])
    review = st.text_area("Your review", key="review", height=250, persist_state="session")
    st.pills("Or try an example", list(EXAMPLES), key="example", on_change=use_example, wrap=True)
    # Leaving the box or Ctrl-Enter in it has scored already; the button is for those who look for one.
    st.button("Score", type="primary", help="Ctrl-Enter or ⌘-Enter in the text box does the same")
    return review or ""


def draw_verdict(prediction: Prediction, predictor: "Predictor") -> None:
    """Draw the card with the verdict, the probability as a picture, the stars, and what there is to mind."""
    calibration = predictor.bundle.config.calibration
    with st.container(border=True):
        st.subheader(HEADINGS[prediction.sentiment], anchor=False)
        if prediction.probability is not None:
            told = f"Probability of positive {percent(prediction.probability)}"
            st.markdown(f"**{told}**")
            meter = review_charts.probability_meter(prediction.probability, calibration.low, calibration.high)
            st.altair_chart(
                meter, key="meter", alt=f"{told}; uncertain from {calibration.low:.0%} to {calibration.high:.0%}"
            )
        if prediction.sentiment in ("uncertain", "unscored"):
            st.markdown(MEANINGS[prediction.sentiment])
        st.caption(in_short(prediction))
        for sentence in remarks(prediction):
            st.caption(f":material/info: {sentence}")


st.title("Score a review")
writing, answer = st.columns(2, gap="medium")
with writing, ui.errors_shown():
    directory = ui.pick_model()
    review = ask_review()
with answer, ui.errors_shown():
    predictor = ui.predictor(directory)
    (prediction,) = predictor.score([review])
    draw_verdict(prediction, predictor)
    opinion = st.container()
show_why(predictor, review, prediction)
if review.strip():
    with opinion:
        try:
            ask_opinion(review, prediction, predictor.fingerprint)
        except FeedbackError as error:
            ui.show_error(error)
