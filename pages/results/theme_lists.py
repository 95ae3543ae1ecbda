"""The theme lists of one table: edit their words, add and remove themes, restore the built-in ones."""

import pandas as pd
import streamlit as st

from pages.results.column_widths import cell_width
from pages.results.facts import opened_or_explained
from pages.results.filter_bar import address
from pages.results.themes import LISTS, themes_in, themes_of
from pages.shared import ui
from pages.shared.browser import available_width
from sentiment.answers.themes.lists import Theme, shipped_themes, themes_to_toml
from sentiment.errors import ThemeError
from sentiment.jobs.registry import Job
from sentiment.system import storage

RESULT = "pages/results/result.py"
USUAL_WIDTH, TICK_WIDTH, NARROWEST_WORDS = 800, 36, 180


def ask_themes(themes: tuple[Theme, ...], key: str) -> pd.DataFrame:
    """Draw the themes as an editable table, one theme per row, and return it."""
    frame = pd.DataFrame({"theme": [one.name for one in themes], "words": [", ".join(one.words) for one in themes]})
    name_width = cell_width("theme", frame["theme"])
    word_width = max(NARROWEST_WORDS, available_width("themes_width", USUAL_WIDTH) - TICK_WIDTH - name_width)
    edited: pd.DataFrame = st.data_editor(
        frame,
        key=key,
        num_rows="dynamic",
        height="content",
        hide_index=True,
        column_config={
            "theme": st.column_config.TextColumn(required=True, width=name_width),
            "words": st.column_config.TextColumn(
                required=True, width=word_width, help="Separated by commas; * stands for any ending"
            ),
        },
    )
    return edited


def show_actions(job: Job, themes: tuple[Theme, ...], edited: pd.DataFrame) -> None:
    """Draw the buttons, and handle clicks; `themes` are the last saved ones."""
    with st.container(horizontal=True):
        if st.button("Save", type="primary"):
            try:
                storage.write_text(job.directory / LISTS, themes_to_toml(themes_in(edited)))
            except ThemeError as error:
                ui.show_error(error)
                return
            st.switch_page(RESULT, query_params=address())
        if st.button("Cancel"):
            st.switch_page(RESULT, query_params=address())
        st.download_button(
            "Download",
            themes_to_toml(themes),
            LISTS,
            "application/toml",
            on_click="ignore",
            icon=":material/download:",
            help="As last saved, for scripts/score.py --report REPORT --themes FILE",
        )
        if (job.directory / LISTS).is_file() and st.button("Restore the original themes", type="tertiary"):
            (job.directory / LISTS).unlink(missing_ok=True)
            st.switch_page(RESULT, query_params=address())


found = opened_or_explained("Themes")
if found is not None:
    st.title("Themes")
    st.caption(
        ui.plain(
            f"What reviews in {found.request.path.name} can be about. A sentence mentions a theme when it contains one "
            "of its words. Changes apply to this table only."
        )
    )
    try:
        themes = themes_of(found.job)
    except ThemeError as error:
        ui.show_error(error)
        themes = shipped_themes()
    show_actions(found.job, themes, ask_themes(themes, f"theme_editor {found.job.id}"))
