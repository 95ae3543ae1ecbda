"""Opening pages: at an unknown address at once again, and without the timed fragments of the previous page."""

import ast
import subprocess
import sys

from streamlit.testing.v1 import AppTest

from sentiment.system import storage


def two_pages():
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequestType

    from pages.shared.navigation import end_clocks, timed

    requests = get_script_run_ctx().script_requests

    def tick():
        st.caption("tick")

    def first():
        st.session_state.clock = get_script_run_ctx().fragment_storage.registration_sequence()
        timed(tick, "1s")()
        [st.session_state.clock] = get_script_run_ctx().fragment_storage.ids_registered_after(st.session_state.clock)
        if st.button("Again"):
            st.rerun()
        if st.button("Go on"):
            st.switch_page(pages[1])

    def second():
        timed(tick, None)()
        lives = get_script_run_ctx().fragment_storage.contains(st.session_state.clock)
        waits = requests._state is not ScriptRequestType.CONTINUE
        st.caption("still ticking" if lives or waits else "silent")

    pages = [st.Page(first, url_path="first", default=True), st.Page(second, url_path="second")]
    page = st.navigation(pages)
    if page is pages[1] and not st.session_state.get("is_late"):
        # A request of the browser that arrives before the fragments are dropped.
        st.session_state.is_late = requests.request_rerun(RerunData(fragment_id=st.session_state.clock))
    end_clocks(page)
    clock = st.session_state.get("clock")
    st.session_state.kept = bool(clock) and get_script_run_ctx().fragment_storage.contains(clock)
    page.run()


def test_the_clock_of_a_page_ends_before_the_next_page_is_drawn_and_not_when_it_is_drawn_again():
    app = AppTest.from_function(two_pages).run()
    app.button[0].click().run()
    assert app.session_state.kept
    app.button[1].click().run()
    assert [one.value for one in app.caption] == ["tick", "silent"]


def page_with_a_clock():
    import streamlit as st
    from streamlit.proto.WidgetStates_pb2 import WidgetStates
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    from pages.shared.navigation import redraw_page, timed

    def clock():
        if st.session_state.is_over:
            redraw_page()

    def counter():
        if st.button("Count"):
            st.session_state.counted = True

    context = get_script_run_ctx()
    storage = context.fragment_storage
    st.session_state.drawn = st.session_state.get("drawn", 0) + 1
    begin = storage.registration_sequence()
    timed(clock, "1s")()
    [clock_id] = storage.ids_registered_after(begin)
    timed(counter, None)()
    [counter_id] = storage.ids_registered_after(begin) - {clock_id}
    if clicked := st.session_state.pop("clicked", None):
        # The browser requests both while the page is being drawn.
        states = WidgetStates()
        states.widgets.add(id=clicked, trigger_value=True)
        asked = RerunData(
            page_script_hash=context.page_script_hash,
            fragment_id_queue=[clock_id, counter_id],
            widget_states=states,
        )
        st.session_state.is_over = context.script_requests.request_rerun(asked)
    elif st.session_state.pop("alone", False):
        context.script_requests.request_rerun(
            RerunData(page_script_hash=context.page_script_hash, fragment_id_queue=[clock_id])
        )


def test_a_click_is_not_lost_when_a_clock_wants_the_page_redrawn_at_the_same_time():
    app = AppTest.from_function(page_with_a_clock)
    app.session_state["is_over"] = app.session_state["counted"] = False
    app.run()
    app.session_state["clicked"] = app.button[0].proto.id
    app.run()
    assert app.session_state["counted"]
    assert app.session_state["drawn"] == 2
    app.session_state["alone"] = True
    app.run()
    assert app.session_state["drawn"] == 4


def test_what_runs_before_an_unknown_address_is_loaded_again_is_imported_in_no_time():
    loaded = "import sys, pages.shared.navigation; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", loaded], cwd=storage.PROJECT, capture_output=True, text=True, check=True
    )
    assert not {"sentiment", "torch", "altair", "sqlalchemy", "boto3"} & set(done.stdout.split())
    front_door = ast.parse((storage.PROJECT / "streamlit_app.py").read_text(encoding="utf-8"))
    imports = [ast.unparse(one) for one in front_door.body if isinstance(one, ast.Import | ast.ImportFrom)]
    assert imports == ["import streamlit as st", "from pages.shared import navigation"]
