"""Work started from a page about AWS: pressing a button starts it once, whatever else the page does meanwhile."""

from streamlit.testing.v1 import AppTest


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
