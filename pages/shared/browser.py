"""What the browser reports about a page: that it has drawn it, and how wide it is.

The first is for steps that must not happen earlier. A timed fragment may have requested one more run when the server
already switches to another page. Streamlit answers such a late request with the old page, which clears the new one. The
browser sends its requests in order: once it has drawn the page without the timed fragment, no such request is pending.
"""

import streamlit as st

_SIGNAL = st.components.v2.component(
    "drawn", js="export default ({ setTriggerValue }) => { setTriggerValue('drawn', true); }"
)
# Rounded down, so that dragging the edge of the window does not rerun the page for each pixel.
_WIDTH = st.components.v2.component(
    "width",
    js="""
    export default ({ parentElement, setStateValue }) => {
        const element = parentElement.host ?? parentElement;
        let reported = 0;
        const observer = new ResizeObserver(() => {
            const width = 10 * Math.floor(element.clientWidth / 10);
            if (width && width !== reported) {
                reported = width;
                setStateValue("width", width);
            }
        });
        observer.observe(element);
        return () => observer.disconnect();
    }
    """,
)


def is_drawn(key: str) -> bool:
    """Return whether the browser reports that it has drawn the page. Its report reruns the page."""
    return bool(_SIGNAL(key=key, on_drawn_change=lambda: None, height=1).drawn)


def available_width(key: str, usual: int) -> int:
    """Return the width in pixels that elements have here, `usual` until the browser has reported it.

    Its report reruns the page, or only the fragment that calls this.
    """
    return int(_WIDTH(key=key, on_width_change=lambda: None, height=1).width or usual)
