"""The entry point: page settings, navigation by section, and the sidebar with the current model and running jobs."""

import streamlit as st

from pages.shared import navigation, ui
from pages.shared.costs import show_costs
from pages.shared.practice import show_practice_badge
from pages.shared.running_jobs import show_running_jobs
from sentiment.system import storage

ICON = storage.ASSETS / "icon.svg"

storage.keep_private()
st.set_page_config(page_title="Review Sentiment", page_icon=ICON, layout="wide")
st.logo(ICON, size="large")
ui.reload_if_unknown()

page = st.navigation(navigation.sections())
navigation.end_clocks(page)
with st.sidebar:
    ui.show_model_in_use()
    show_running_jobs()
    show_practice_badge()
    show_costs()
with ui.errors_shown():
    page.run()
# Not earlier: two threads that import at the same time would delay the first page.
ui.warm_up()
