"""Feedback on a verdict: requested below it, saved in a database, exported as a labelled table."""

from typing import Any

import streamlit as st
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from streamlit.errors import StreamlitAPIException

from sentiment.data.feedback import Feedback, Label, Opinion
from sentiment.errors import FeedbackError
from sentiment.prediction import Prediction
from sentiment.system import storage

LABELS: tuple[Label, ...] = ("positive", "negative", "mixed")
SAID = "opinion_said"


def ask_opinion(review: str, prediction: Prediction, fingerprint: str) -> None:
    """Draw a button for each possible label of the review, and save the clicked one.

    Raises:
        FeedbackError: the database cannot be used.
    """
    feedback = Feedback(engine())
    asked = "What is it?" if prediction.sentiment == "unscored" else "Is that right?"
    st.caption(f"{asked} Your feedback can be used for training.")
    with st.container(horizontal=True):
        for label in LABELS:
            if st.button(question(prediction, label), key=f"opinion_{label}"):
                feedback.add(Opinion(review, label, prediction.sentiment, prediction.probability, fingerprint))
                st.session_state[SAID] = (review, label)
    if st.session_state.get(SAID, ("",))[0] == review:
        st.caption(f":material/check: Saved: this review is {st.session_state[SAID][1]}.")
    offer_download(feedback)


def offer_download(feedback: Feedback) -> None:
    """State how many reviews have feedback, and offer them as a labelled table for training."""
    count = len(feedback)
    if not count:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{count:,} review{'s' if count > 1 else ''} with feedback", width="content")
        st.download_button(
            "Download as a labelled table",
            data=feedback.table,
            file_name="opinions.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
            help="Train a model accepts this table as it is; mixed reviews are left out",
        )


def question(prediction: Prediction, label: Label) -> str:
    """Return the text of the button for `label`, given the verdict."""
    verdict = {"uncertain": "mixed"}.get(prediction.sentiment, prediction.sentiment)
    if verdict == "unscored":
        return f"It's {label}"
    return f"Correct, {label}" if label == verdict else f"It's {label}"


def engine() -> Engine:
    """Return the database of `[connections.feedback]` in the secrets, or else a file next to the other state.

    Raises:
        FeedbackError: the secrets do not name a database, or one without an installed driver.
    """
    defaults: dict[str, Any] = {} if configured() else {"url": f"sqlite:///{file_of_state()}"}
    try:
        connected: Engine = st.connection("feedback", type="sql", **defaults).engine
    except (SQLAlchemyError, ImportError, StreamlitAPIException, UnicodeError) as error:
        raise FeedbackError(
            f"The feedback database cannot be used: {error}. Correct [connections.feedback] in the secrets."
        ) from error
    return connected


def configured() -> bool:
    """Return whether the server's owner has configured a database."""
    return st.secrets.load_if_toml_exists() and "feedback" in st.secrets.get("connections", {})


def file_of_state() -> str:
    """Return the path of the SQLite file, in a folder that exists."""
    storage.home().mkdir(parents=True, exist_ok=True)
    return str(storage.home() / "feedback.sqlite")
