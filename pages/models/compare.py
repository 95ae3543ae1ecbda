"""Compare models: their report cards side by side, and their verdicts on one review and on one table."""

import streamlit as st

from pages.models.one_review import show_one_review
from pages.models.one_table import show_table
from pages.models.report_cards import show_cards
from pages.shared import ui
from sentiment.display.report_table import Cards
from sentiment.jobs import model_library

MODELS_KEY = "compared_models"


def choose(known: Cards) -> Cards:
    """Draw the choice of models, initially the shipped one and the newest; return the chosen ones in order."""
    chosen = st.session_state.get(MODELS_KEY, list(known)[:2])
    # A model may have been deleted since it was selected.
    st.session_state[MODELS_KEY] = [name for name in chosen if name in known]
    labels = {name: ui.label(card) for name, card in known.items()}
    names = st.multiselect(
        "Models",
        list(known),
        format_func=labels.__getitem__,
        key=MODELS_KEY,
        max_selections=ui.KEPT_MODELS,
        persist_state="session",
        placeholder="Choose the models to compare",
    )
    return {model_library.name(name): known[name] for name in names}


st.title("Compare models")
known = model_library.cards()
cards = choose(known) if len(known) > 1 else {model_library.name(model): card for model, card in known.items()}
if len(known) < 2:
    st.info("A comparison needs a second model: train one from IMDb or your own table, or import one.")
    st.page_link("pages/train/launch.py", label="Train a model", icon=":material/model_training:")
if cards:
    show_cards(cards)
    st.fragment(show_one_review)(cards)
    st.fragment(show_table)(cards)
elif known:
    st.caption("Choose one model or more.")
