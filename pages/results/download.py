"""Taking the result away: the scored table in a format of one's choice, and a report about the rows on the page."""

from datetime import date
from typing import BinaryIO

import streamlit as st

from pages.results.facts import Scored, View, cached, model_card
from pages.shared import ui
from sentiment.answers.themes.scores import ThemeScores
from sentiment.jobs import model_library
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


def offer_report(scored: Scored, view: View, themes: ThemeScores | None) -> None:
    """Draw the download of a report about the rows on the page, made when it is clicked; it waits for the themes."""
    st.download_button(
        "Report",
        data=lambda: report_of(scored, view, themes),
        file_name=f"{scored.request.path.stem}-report.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/summarize:",
        disabled=themes is None,
        help="Ready once the themes are scored"
        if themes is None
        else "One HTML file about these rows. It opens anywhere, without this dashboard, and prints on A4",
        key="report",
    )


def report_of(scored: Scored, view: View, themes: ThemeScores | None) -> bytes:
    """Return the report about the rows that pass the filter, as HTML in UTF-8."""
    # They draw charts as pictures, for which a page without a report need not wait.
    from sentiment.reporting.document import report_html
    from sentiment.reporting.findings import gather
    from sentiment.reporting.making import source_of

    request = scored.request
    model = model_library.name(request.model_name)
    source = source_of(request.path.name, model, request.fingerprint, model_card(scored))
    return report_html(gather(scored.facts, source, date.today(), view.wanted, themes)).encode()
