"""The pages of the dashboard, by section of the sidebar, and what has to be done when one is opened.

It imports Streamlit only, so that a server's first page does not wait for it.
"""

import functools
import json
from collections.abc import Callable
from typing import ParamSpec
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

OPEN_KEY = "open_page"
Arguments = ParamSpec("Arguments")


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
    clears the one just opened and can leave the browser with a page that no longer responds. It ignores a request for
    a fragment that no longer exists. A request from before this call waits for the end of the run: the run begins
    again, since a run of the whole page replaces all requests that wait.
    """
    context = get_script_run_ctx()
    is_another = st.session_state.get(OPEN_KEY, page.url_path) != page.url_path
    st.session_state[OPEN_KEY] = page.url_path
    if context is not None and is_another:
        context.fragment_storage.clear()
        st.rerun()


def timed(work: Callable[Arguments, None], every: str | None) -> Callable[Arguments, None]:
    """Return `work` as a fragment that reruns at this interval, if any, for what several pages draw.

    Streamlit identifies a fragment by the name of its function and by its place. One that is equal on two pages would
    serve a late request of the previous page, which `end_clocks` could not drop; so its name contains the page.
    """

    @functools.wraps(work)
    def on_this_page(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        work(*args, **kwargs)

    on_this_page.__qualname__ = f"{work.__qualname__} on page {st.session_state.get(OPEN_KEY, '')}"
    return st.fragment(on_this_page, run_every=every)


def redraw_page() -> None:
    """Rerun the page from a timed fragment, at the next interval if other parts of the page are being drawn now.

    Streamlit runs the fragments that were requested meanwhile in one go, and forgets a click in one of them if another
    one reruns the page first. The same holds for a click that the whole page is being drawn for.
    """
    context = get_script_run_ctx()
    if context is not None and len(context.fragment_ids_this_run or ()) == 1:
        st.rerun()


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
