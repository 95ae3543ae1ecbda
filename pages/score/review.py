"""One review: the verdict, its probability, and why. Opens with a scored example; every change of the text rescores."""

import streamlit as st

from pages.score.examples import EXAMPLES, OPENING
from pages.shared import ui
from sentiment.errors import FeedbackError


def use_example() -> None:
    """Copy the chosen example to the text box; the choice is reset, since the text may then be edited."""
    if chosen := st.session_state["example"]:
        st.session_state["review"] = EXAMPLES[chosen]
        st.session_state["example"] = None


def ask_review() -> str:
    """Draw the text box, the examples and the button; return the review."""
    st.session_state.setdefault("review", EXAMPLES[OPENING])
    review = st.text_area("Your review", key="review", height=250, persist_state="session")
    st.pills("Or try an example", list(EXAMPLES), key="example", on_change=use_example, wrap=True)
    # Leaving the box or Ctrl-Enter in it has scored already; the button is for users who expect one.
    st.button("Score", type="primary", help="Ctrl-Enter or ⌘-Enter in the text box does the same")
    return review or ""


st.title("Score a review")
writing, answer = st.columns(2, gap="medium")
with writing, ui.errors_shown():
    directory = ui.pick_model()
    review = ask_review()

with answer, st.spinner("Loading the model"):
    # These import torch, altair and SQL, which must not delay the text box.
    from pages.score.opinions import ask_opinion
    from pages.score.published_api import ask_api
    from pages.score.verdict_card import draw_verdict
    from pages.score.why import show_why

if not review.strip():
    answer.info("Write or paste a review to score it.", icon=":material/edit:")
    st.stop()
with answer, ui.errors_shown():
    predictor = ui.predictor(directory)
    (prediction,) = predictor.score([review])
    config = predictor.bundle.config
    draw_verdict(prediction, (config.calibration.low, config.calibration.high), config.star_scale)
    opinion = st.container()
show_why(predictor, review, prediction)
with opinion:
    try:
        ask_opinion(review, prediction, predictor.fingerprint)
    except FeedbackError as error:
        ui.show_error(error)
ask_api(review)
