"""Work started from a page about AWS: pressing a button starts it once, whatever else the page does meanwhile."""

import threading

from streamlit.testing.v1 import AppTest

from pages.shared.background import WORK_KEY
from sentiment.system.background import BackgroundWork


def page():
    import streamlit as st

    from pages.shared import background

    if st.session_state.pop("begin_anew", False):
        st.rerun()
    st.session_state.setdefault("begun", 0)
    if background.button("Delete", "delete", disabled=st.session_state.get("busy", False)):
        st.session_state["begun"] += 1


def shown():
    return AppTest.from_function(page).run()


def begun(app):
    return app.session_state["begun"]


def test_a_press_is_not_lost_when_the_page_begins_anew_before_it_comes_to_the_button():
    app = shown()
    app.session_state["begin_anew"] = True
    app.button(key="delete").click().run()
    assert begun(app) == 1


def test_a_press_begins_one_thing_once():
    app = shown()
    app.button(key="delete").click().run()
    app.run()
    assert begun(app) == 1


def test_a_button_that_has_gone_grey_begins_nothing():
    app = shown()
    app.session_state["busy"] = True
    app.button(key="delete").click().run()
    assert begun(app) == 0


def test_a_press_of_long_ago_begins_nothing(monkeypatch):
    from pages.shared import background

    app = shown()
    monkeypatch.setattr(background, "PRESS_SECONDS", 0.0)
    app.button(key="delete").click().run()
    assert begun(app) == 0


def page_with_work():
    import streamlit as st

    from pages.shared import background

    background.show_work("here")
    st.caption("What follows")


def test_what_follows_stays_in_its_place_when_work_begins_and_ends():
    def place(app):
        return next(index for index, one in app.main.children.items() if getattr(one, "value", "") == "What follows")

    app = AppTest.from_function(page_with_work).run()
    before, end = place(app), threading.Event()
    app.session_state[WORK_KEY] = work = BackgroundWork("Deleting", lambda report: "done" if end.wait(60) else "")
    app.run()
    assert "Deleting" in app.info[0].value
    assert place(app) == before
    end.set()
    work.wait(60)
    assert place(app.run()) == before
