"""The entry point: page settings, navigation by section, and the sidebar with the current model and running jobs."""

import streamlit as st

from pages.shared import navigation


def draw() -> None:
    """Draw the page of the URL, and the sidebar."""
    # Imported here: on a server's first run this takes a second, which a reload must not wait for.
    from pages.shared import ui
    from pages.shared.costs import show_costs
    from pages.shared.practice import show_practice_badge
    from pages.shared.running_jobs import show_running_jobs
    from sentiment.system import storage

    icon = storage.ASSETS / "icon.svg"
    storage.keep_private()
    st.set_page_config(page_title="Review Sentiment", page_icon=icon, layout="wide")
    st.logo(icon, size="large")
    page = st.navigation(navigation.sections())
    navigation.end_clocks(page)
    with ui.errors_shown():
        with st.sidebar:
            ui.show_model_in_use()
            show_running_jobs()
            show_practice_badge()
            show_costs()
        page.run()
    # Not earlier: two threads that import at the same time would delay the first page.
    ui.warm_up()


navigation.reload_if_unknown()
draw()
