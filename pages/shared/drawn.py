"""A signal from the browser that it has drawn the page, for steps that must not happen earlier.

A timed fragment may have requested one more run when the server already switches to another page. Streamlit answers
such a late request with the old page, which clears the new one. The browser sends its requests in order: once it has
drawn the page without the timed fragment, no such request is pending.
"""

import streamlit as st

_SIGNAL = st.components.v2.component(
    "drawn", js="export default ({ setTriggerValue }) => { setTriggerValue('drawn', true); }"
)


def is_drawn(key: str) -> bool:
    """Return whether the browser reports that it has drawn the page. Its report reruns the page."""
    return bool(_SIGNAL(key=key, on_drawn_change=lambda: None, height=1).drawn)
