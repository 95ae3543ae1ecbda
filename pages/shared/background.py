"""Work on AWS in the background of a page, one task per session, and the latest answers from AWS."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pages.shared import navigation, ui
from sentiment.cloud.aws.account import Account
from sentiment.system.background import BackgroundLook, BackgroundWork, Report
from sentiment.wording import duration

WORK_KEY, SEEN_KEY, PRESSED_KEY = "cloud_work", "cloud_work_seen", "cloud_pressed"
PAGE_KEY, BEGUN_ON_KEY = "cloud_page", "cloud_work_page"
REFRESH = "1s"
# Maximum age of an answer from AWS, normally and while something is being changed.
LOOK_SECONDS, BUSY_LOOK_SECONDS = 30.0, 5.0
# A rerun of a page reaches its buttons within this time.
PRESS_SECONDS = 20.0
Value = TypeVar("Value")


def begin(title: str, work: Callable[[Report], str]) -> None:
    """Start a task, whose result is a sentence, and rerun the page.

    `title` describes the task, such as "Deploying a model".
    """
    st.session_state[WORK_KEY] = BackgroundWork(title, work)
    st.session_state[BEGUN_ON_KEY] = st.session_state.get(PAGE_KEY)
    forget_looks()
    st.rerun()


def button(words: str, key: str, *, disabled: bool = False, **look: Any) -> bool:
    """Draw a button that starts something, and return whether it was pressed, once for each press.

    A page that polls AWS may be rerun before it reaches its buttons, and Streamlit has then forgotten the press.
    """
    st.button(words, key=key, on_click=note_press, args=(key,), disabled=disabled, **look)
    return was_pressed(key) and not disabled


def note_press(key: str) -> None:
    """Record that the button with this key was pressed."""
    st.session_state[PRESSED_KEY] = (key, time.monotonic())


def was_pressed(key: str) -> bool:
    """Return, once, whether the button with this key was pressed, ignoring old presses on a page that was left."""
    last: tuple[str, float] = st.session_state.get(PRESSED_KEY, ("", 0.0))
    pressed, at = last
    if pressed != key:
        return False
    del st.session_state[PRESSED_KEY]
    return time.monotonic() - at < PRESS_SECONDS


def is_working() -> bool:
    """Return whether a task of this session is running."""
    work: BackgroundWork | None = st.session_state.get(WORK_KEY)
    return work is not None and not work.is_done


def show_work(page: str) -> None:
    """Draw the progress of this session's task, or its outcome until that is dismissed.

    `page` names the page that draws it. Progress is shown on every page, an outcome only where the task was started.
    It takes one place on the page whether there is something to show or not: if what follows moved up or down, the
    browser would draw it anew, and an expander that the user has opened would close.
    """
    st.session_state[PAGE_KEY] = page
    with st.container():
        _draw_work(page)


def _draw_work(page: str) -> None:
    work: BackgroundWork | None = st.session_state.get(WORK_KEY)
    if work is None:
        return
    is_done = work.is_done
    if is_done and st.session_state.get(BEGUN_ON_KEY) != page:
        return
    if is_done and st.session_state.get(SEEN_KEY) is not work:
        st.session_state[SEEN_KEY] = work
        forget_looks()
    navigation.timed(_show, None if is_done else REFRESH)(work, is_done)


def look_at(name: str, account: Account, ask: Callable[[], Any]) -> BackgroundLook[Any]:
    """Return the session's cached query of an account; `ask` performs the query, without Streamlit."""
    key = f"look_{name}_{account}"
    if key not in st.session_state:
        st.session_state[key] = BackgroundLook(ask)
        st.session_state[key].renew(0)
    look: BackgroundLook[Any] = st.session_state[key]
    return look


def show_look(look: BackgroundLook[Value], waiting: str) -> Value | None:
    """Return the latest answer, after drawing any failure since, or the text `waiting` while there is neither."""
    if look.error:
        st.error(ui.plain(look.error), icon=":material/error:")
    elif look.value is None:
        st.caption(waiting)
    return look.value


def note_drawn(name: str, value: object) -> None:
    """Record the value that the page around a fragment is drawn with."""
    st.session_state[f"{name}_drawn"] = value


def redraw_when_changed(name: str, value: object) -> None:
    """Redraw the page around a fragment if the fragment's value differs from the one the page is drawn with."""
    if value != st.session_state[f"{name}_drawn"]:
        st.rerun()


def forget_looks() -> None:
    """Discard all cached answers, since something is being changed."""
    for key in [str(key) for key in st.session_state if str(key).startswith("look_")]:
        st.session_state[key].renew(0)


def _show(work: BackgroundWork, was_done: bool) -> None:
    """Draw the task. A fragment: it reruns every second until the task is done."""
    if work.is_done != was_done:
        st.rerun()
    if not work.is_done:
        st.info(f"**{ui.plain(work.title)}** · {ui.plain(work.line or 'starting')}", icon=":material/pending:")
        st.caption(f"{duration(work.seconds)} so far. This continues if you leave the page.")
    else:
        _show_outcome(work)


def _show_outcome(work: BackgroundWork) -> None:
    """Draw the result of a finished task, or why it failed, with a button that dismisses it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if work.error:
            st.error(ui.plain(work.error), title=f"{work.title} failed", icon=":material/error:")
        else:
            st.success(ui.plain(work.result), icon=":material/check:")
        st.button("Dismiss", key="dismiss_work", type="tertiary", icon=":material/close:", on_click=_dismiss)


def _dismiss() -> None:
    st.session_state.pop(WORK_KEY, None)
