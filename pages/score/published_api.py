"""The same review scored by a published API, for users with its address and key."""

import streamlit as st

from pages.score.verdict_card import draw_verdict
from pages.shared import ui
from sentiment.errors import ApiError
from sentiment.scoring.api_scorer import ApiScorer


def ask_api(review: str) -> None:
    """Draw the fields for address and key, and the API's verdict on the review once it is requested.

    Both are stored in the session only.
    """
    with st.expander("Use a published API", icon=":material/public:"):
        with st.form("published_api", border=False):
            url = st.text_input("Address", placeholder="https://….amazonaws.com/live", key="api_url")
            key = st.text_input("Key", type="password", key="api_key", help="Kept for this session only")
            asked = st.form_submit_button("Score by the API")
        if asked:
            with ui.errors_shown(), st.spinner("Calling the API"):
                if not (url.strip() and key.strip()):
                    raise ApiError("Enter the address of the API and your key to it.")
                scorer = ApiScorer(url, key.strip(), wait=_do_not_wait)
                (prediction,) = scorer.score([review])
            draw_verdict(prediction, None, None)
            st.caption(f"Model `{scorer.fingerprint[:12]}`")


def _do_not_wait(seconds: float) -> None:
    """Return immediately: the user gets the error instead of waiting for a retry."""
    raise ApiError("The API is busy or does not answer: check the address, or try again in a minute.")
