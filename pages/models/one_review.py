"""The one-review part of the compare page: each model's verdict on a review, and its response time."""

import streamlit as st

from pages.shared import ui
from sentiment.display import review_charts
from sentiment.display.prediction_words import in_short, remarks
from sentiment.display.report_table import Cards
from sentiment.evaluation import latency
from sentiment.evaluation.latency import Timed
from sentiment.model.bundle import Card
from sentiment.wording import percent

EXAMPLE = (
    "I wanted to like this one. The costumes are gorgeous and the old king is a joy whenever he is on the screen, but "
    "the story takes an hour to begin and then ends in the middle of a sentence. Not a bad film, only not the one that "
    "the poster promised."
)


def show_one_review(cards: Cards) -> None:
    """Draw the text box, and the verdict of every model side by side. A fragment: only this part reruns."""
    st.header("One review through every model", anchor=False)
    st.session_state.setdefault("compared_review", EXAMPLE)
    review = st.text_area("Review", key="compared_review", height=120, persist_state="session") or ""
    with ui.errors_shown():
        found = latency.timed({name: ui.predictor(card.directory).score for name, card in cards.items()}, review)
        for column, (name, card) in zip(st.columns(len(cards)), cards.items(), strict=True):
            with column.container(border=True):
                show_verdict(name, card, found[name])
    st.caption("The time is that of one review, text to verdict, the model loaded and warm, on this machine.")


def show_verdict(name: str, card: Card, found: Timed) -> None:
    """Draw a model's verdict with its probability, its remarks, and its response time."""
    prediction, band = found.prediction, card.config.calibration
    st.markdown(f"**{ui.plain(name)}** · {found.milliseconds:.1f} ms")
    if prediction.probability is None:
        st.markdown("Unscored")
    else:
        caption = f"{prediction.sentiment.capitalize()}: {percent(prediction.probability)} positive"
        st.markdown(caption)
        meter = review_charts.probability_meter(prediction.probability, band.low, band.high)
        about = f"{name}: {caption}; uncertain from {percent(band.low)} to {percent(band.high)}"
        st.altair_chart(meter, key=f"meter {name}", alt=about)
    st.caption(in_short(prediction, card.config.star_scale))
    for sentence in remarks(prediction):
        st.caption(f":material/info: {sentence}")
