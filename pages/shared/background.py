"""Work on AWS that runs beside a page, one piece per session, and the latest answers from AWS."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pages.shared import ui
from sentiment.cloud.aws.account import Account
from sentiment.system.background import BackgroundLook, BackgroundWork, Report
from sentiment.wording import duration

WORK_KEY, SEEN_KEY, PRESSED_KEY = "cloud_work", "cloud_work_seen", "cloud_pressed"
PAGE_KEY, BEGUN_ON_KEY = "cloud_page", "cloud_work_page"
REFRESH = "1s"
# How old an answer of AWS may become, usually and while something is being changed.
LOOK_SECONDS, BUSY_LOOK_SECONDS = 30.0, 5.0
# Within these a page that has begun anew comes to its buttons.
PRESS_SECONDS = 20.0
Value = TypeVar("Value")


def begin(title: str, work: Callable[[Report], str]) -> None:
    """Begin a piece of work, whose result is a sentence, and rerun the page.

    `title` says what is under way, such as "Deploying a model".
    """
    st.session_state[WORK_KEY] = BackgroundWork(title, work)
    st.session_state[BEGUN_ON_KEY] = st.session_state.get(PAGE_KEY)
    forget_looks()
    st.rerun()


def button(words: str, key: str, *, disabled: bool = False, **look: Any) -> bool:
    """Draw a button that begins something, and return whether it was pressed; once for each press.

    A page that looks at AWS beside may begin anew before it comes to its buttons, and Streamlit has forgotten the press
    by then.
    """
    st.button(words, key=key, on_click=note_press, args=(key,), disabled=disabled, **look)
    return was_pressed(key) and not disabled


def note_press(key: str) -> None:
    """Keep that the button of this key was pressed."""
    st.session_state[PRESSED_KEY] = (key, time.monotonic())


def was_pressed(key: str) -> bool:
    """Whether the button of this key was pressed; once, and not what was pressed long ago on a page that was left."""
    last: tuple[str, float] = st.session_state.get(PRESSED_KEY, ("", 0.0))
    pressed, at = last
    if pressed != key:
        return False
    del st.session_state[PRESSED_KEY]
    return time.monotonic() - at < PRESS_SECONDS


def is_working() -> bool:
    """Whether this session has something under way."""
    work: BackgroundWork | None = st.session_state.get(WORK_KEY)
    return work is not None and not work.is_done


def show_work(page: str) -> None:
    """Draw the progress of this session's work, or its outcome until that is dismissed.

    `page` names the page that draws it. Progress is shown on every page, an outcome only where the work began.
    """
    st.session_state[PAGE_KEY] = page
    work: BackgroundWork | None = st.session_state.get(WORK_KEY)
    if work is None:
        return
    is_done = work.is_done
    if is_done and st.session_state.get(BEGUN_ON_KEY) != page:
        return
    if is_done and st.session_state.get(SEEN_KEY) is not work:
        st.session_state[SEEN_KEY] = work
        forget_looks()
    st.fragment(_show, run_every=None if is_done else REFRESH)(work, is_done)


def look_at(name: str, account: Account, ask: Callable[[], Any]) -> BackgroundLook[Any]:
    """Return the session's look at something of an account; `ask` is what to ask it, without Streamlit."""
    key = f"look_{name}_{account}"
    if key not in st.session_state:
        st.session_state[key] = BackgroundLook(ask)
        st.session_state[key].renew(0)
    look: BackgroundLook[Any] = st.session_state[key]
    return look


def show_look(look: BackgroundLook[Value], waiting: str) -> Value | None:
    """Return the last answer, after drawing the failure since, or the words for `waiting` while there is neither."""
    if look.error:
        st.error(ui.plain(look.error), icon=":material/error:")
    elif look.value is None:
        st.caption(waiting)
    return look.value


def note_drawn(name: str, value: object) -> None:
    """Keep what the page around a fragment is drawn with."""
    st.session_state[f"{name}_drawn"] = value


def redraw_when_changed(name: str, value: object) -> None:
    """Draw the page around a fragment anew when the fragment finds another value than the one it is drawn with."""
    if value != st.session_state[f"{name}_drawn"]:
        st.rerun()


def forget_looks() -> None:
    """Let every look begin anew, since something is being changed."""
    for key in [str(key) for key in st.session_state if str(key).startswith("look_")]:
        st.session_state[key].renew(0)


def _show(work: BackgroundWork, was_done: bool) -> None:
    """Draw the work. A fragment: it runs each second until the work is done."""
    if work.is_done != was_done:
        st.rerun()
    if not work.is_done:
        st.info(f"**{ui.plain(work.title)}** · {ui.plain(work.line or 'starting')}", icon=":material/pending:")
        st.caption(f"{duration(work.seconds)} so far. This continues if you leave the page.")
    else:
        _show_outcome(work)


def _show_outcome(work: BackgroundWork) -> None:
    """Draw what finished work has done, or why it failed, with a button that dismisses it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if work.error:
            st.error(ui.plain(work.error), title=f"{work.title} failed", icon=":material/error:")
        else:
            st.success(ui.plain(work.result), icon=":material/check:")
        st.button("Dismiss", key="dismiss_work", type="tertiary", icon=":material/close:", on_click=_dismiss)


def _dismiss() -> None:
    st.session_state.pop(WORK_KEY, None)
