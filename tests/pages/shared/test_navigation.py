"""Switching pages: the timed fragments of the previous page have ended when the next one is drawn."""

from streamlit.testing.v1 import AppTest


def two_pages():
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from pages.shared.navigation import end_clocks

    def first():
        st.session_state.clock = get_script_run_ctx().fragment_storage.registration_sequence()
        st.fragment(lambda: st.caption("tick"), run_every="1s")()
        [st.session_state.clock] = get_script_run_ctx().fragment_storage.ids_registered_after(st.session_state.clock)
        if st.button("Again"):
            st.rerun()
        if st.button("Go on"):
            st.switch_page(pages[1])

    def second():
        lives = get_script_run_ctx().fragment_storage.contains(st.session_state.clock)
        st.caption("still ticking" if lives else "silent")

    pages = [st.Page(first, url_path="first", default=True), st.Page(second, url_path="second")]
    page = st.navigation(pages)
    end_clocks(page)
    clock = st.session_state.get("clock")
    st.session_state.kept = bool(clock) and get_script_run_ctx().fragment_storage.contains(clock)
    page.run()


def test_the_clock_of_a_page_ends_before_the_next_page_is_drawn_and_not_when_it_is_drawn_again():
    app = AppTest.from_function(two_pages).run()
    app.button[0].click().run()
    assert app.session_state.kept
    app.button[1].click().run()
    assert [one.value for one in app.caption] == ["silent"]
