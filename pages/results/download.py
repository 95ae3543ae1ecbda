"""Taking the result away: the scored table in a format of one's choice."""

from typing import BinaryIO

import streamlit as st

from pages.results.facts import Scored, cached
from pages.shared import ui
from sentiment.scoring import export


def show_download(scored: Scored) -> None:
    """Draw the choice of a format and the download, which is made when it is clicked."""
    with st.popover("Download", type="primary", icon=":material/download:"):
        name = st.segmented_control(
            "Format", list(export.FORMATS), default="CSV", required=True, format_func=ui.option, key="format"
        )
        suffix = export.FORMATS[str(name)]
        if suffix == ".xlsx" and (problem := cached(scored, "excel", lambda: excel_obstacle(scored))):
            st.info(ui.plain(problem), icon=":material/info:")
            return
        st.download_button(
            "Download all rows",
            data=lambda: exported(scored, suffix),
            file_name=f"{scored.request.path.stem}-scored{suffix}",
            mime=export.MIME_TYPES[suffix],
            on_click="ignore",
        )
        st.caption("Every column and row of the table in place, followed by the model's columns.")


def excel_obstacle(scored: Scored) -> str:
    """Return why this table does not fit an Excel sheet, "" when it does."""
    return export.obstacle(scored.request.path, scored.request.options, ".xlsx")


def exported(scored: Scored, suffix: str) -> BinaryIO:
    """Return the opened file to hand over."""
    request = scored.request
    return export.exported(scored.path, request.path, request.options, request.digest, suffix).open("rb")
