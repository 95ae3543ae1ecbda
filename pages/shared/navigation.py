"""The pages of the dashboard, by section of the sidebar, and what has to be done when one is opened.

It imports Streamlit only, so that a server's first page does not wait for it.
"""

import json
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

OPEN_KEY = "open_page"


def reload_if_unknown() -> None:
    """Make the browser load the page again, and end the run, if Streamlit has just reported its URL as unknown.

    Until the first `st.navigation` of a server, Streamlit knows only scripts that are directly in `pages/`, and shows
    "Page not found" for any other URL. Call this first: whatever takes time before it leaves that message on the
    screen. By then the browser may already show the first page's URL, so it is sent to the one that was requested.
    """
    asked = st.context.url or ""
    if PagesManager.uses_pages_directory and urlsplit(asked).path.strip("/"):
        PagesManager.uses_pages_directory = False  # as `st.navigation` would, which this run does not reach
        address = json.dumps(asked).replace("<", "\\u003c")
        hidden = "document.documentElement.style.visibility = 'hidden'"
        script = f"<script>{hidden}; location.replace({address} + location.search)</script>"
        st.html(script, unsafe_allow_javascript=True)
        st.stop()


def sections() -> dict[str, list[st.Page]]:
    """Return the pages by section; the first one is the start page."""
    return {
        "Score": [
            _page("score/review.py", "Score a review", "rate_review", "One review: the verdict, how sure, and why"),
            _page("score/batch.py", "Score a table", "table_view", "Every row of a table of reviews", "table"),
            _page("results/result.py", "Result", "insights", "What a scored table says", "result", hidden=True),
            _page("results/theme_lists.py", "Themes", "category", "The themes of one table", "themes", hidden=True),
        ],
        "Train": [
            _page("train/launch.py", "Train a model", "model_training", "From IMDb or your own table", "train"),
            _page("train/monitor.py", "Monitor", "monitoring", "Watch, compare and stop training jobs", "monitor"),
        ],
        "Models": [
            _page("models/manage.py", "Models", "neurology", "Rename, export, import and delete models", "models"),
            _page("models/compare.py", "Compare models", "balance", "Which is better, and for what", "compare"),
        ],
        "On SageMaker": [
            _page("cloud/endpoints.py", "Endpoints", "cloud_upload", "Deploy, try and publish a model", "endpoints"),
            _page("score/transform.py", "Score a big table", "dns", "On several machines of SageMaker", "transform"),
            _page("cloud/running.py", "Running on AWS", "cloud", "What it costs, until when; delete it", "running"),
        ],
    }


def end_clocks(page: st.Page) -> None:
    """Drop the fragments of the previously open page if `page` is another one. Call it before drawing.

    The browser may still request a run of a timed fragment. Streamlit would then show the page that drew it, which
    clears the one just opened; it ignores a request for a fragment that no longer exists.
    """
    context = get_script_run_ctx()
    if context is not None and st.session_state.get(OPEN_KEY, page.url_path) != page.url_path:
        context.fragment_storage.clear()
    st.session_state[OPEN_KEY] = page.url_path


def _page(file: str, title: str, icon: str, about: str, url: str = "", *, hidden: bool = False) -> st.Page:
    """Return the page in `file`. A `hidden` one is reachable only from other pages and by its URL."""
    return st.Page(
        f"pages/{file}",
        title=title,
        icon=f":material/{icon}:",
        help=about,
        url_path=url,
        default=not url,
        visibility="hidden" if hidden else "visible",
    )
