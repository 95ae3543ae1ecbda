"""Judging rows: a user's verdict on a row is saved as feedback, counted, and can be used for training."""

import streamlit as st

from pages.score.opinions import LABELS, engine
from pages.shared import ui
from sentiment.data.feedback import Feedback, Label, Opinion
from sentiment.errors import FeedbackError
from sentiment.prediction import Prediction
from sentiment.tables import uploads

JUDGED, PROBLEM = "judged_rows", "judging_problem"
KEYS: dict[Label, str] = {"positive": "1", "negative": "2", "mixed": "3"}


def judge(review: str, prediction: Prediction, fingerprint: str) -> None:
    """Draw a button for each possible label of the review, with the keys 1, 2 and 3, and save the pressed one."""
    said: dict[str, Label] = st.session_state.get(JUDGED, {})
    for label in LABELS:
        opinion = Opinion(review, label, prediction.sentiment, prediction.probability, fingerprint)
        st.button(
            label.capitalize(),
            key=f"judge_{label}",
            shortcut=KEYS[label],
            type="primary" if said.get(review) == label else "secondary",
            on_click=keep,
            args=(opinion,),
        )
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(ui.plain(problem), icon=":material/error:")


def keep(opinion: Opinion) -> None:
    """Save an opinion as feedback, and remember it for this session."""
    try:
        Feedback(engine()).add(opinion)
    except FeedbackError as error:
        st.session_state[PROBLEM] = str(error)
        return
    st.session_state.setdefault(JUDGED, {})[opinion.review] = opinion.label


def show_judged(review: str) -> None:
    """State the feedback saved for this review in this session."""
    if said := st.session_state.get(JUDGED, {}).get(review):
        st.caption(f":material/check: Saved as feedback: {said}.")


def offer_training() -> None:
    """State how many reviews have feedback, and offer to train on them; draw nothing while there is none."""
    try:
        feedback = Feedback(engine())
        count = len(feedback)
    except FeedbackError as error:
        ui.show_error(error)
        return
    if not count:
        return
    words = f"Train on {count:,} correction{'s' if count > 1 else ''}"
    if st.button(
        words, icon=":material/model_training:", help="Opens the training page with your feedback as its data"
    ):
        # The session key under which the training page stores its upload.
        st.session_state["uploaded"] = uploads.keep_upload("feedback.csv", memoryview(feedback.table()))
        st.session_state["source train"] = "Upload a table"
        st.switch_page("pages/train/launch.py")
