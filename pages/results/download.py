"""Downloads of the result: its rows in a chosen format, charts as images, a report on the rows shown."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

import streamlit as st

from pages.results.facts import Scored, View, cached, model_card
from pages.results.themes import ThemeWork
from pages.shared import ui
from sentiment.answers.filters import Filter
from sentiment.answers.outcome import Mask
from sentiment.answers.themes.scores import ThemeScores
from sentiment.jobs import model_library
from sentiment.scoring import export
from sentiment.wording import counted

if TYPE_CHECKING:
    from sentiment.reporting.findings import Findings

EXCEL = ".xlsx"
# The browser waits up to 180 seconds for a file.
THEME_SECONDS = 120.0


def show_download(scored: Scored, view: View, work: ThemeWork) -> None:
    """Draw the choice of rows and format, the download, and the charts as images; all are created when clicked."""
    with st.popover("Download", type="primary", icon=":material/download:"):
        name = st.segmented_control(
            "Format", list(export.FORMATS), default="CSV", required=True, format_func=ui.option, key="format"
        )
        suffix = export.FORMATS[str(name)]
        filtered = not view.wanted.is_empty and st.toggle(
            f"Only the {counted(int(view.mask.sum()), 'row')} of the filter", key=f"only {scored.job.id}"
        )
        if suffix == EXCEL and (problem := cached(scored, "excel", lambda: export.excel_obstacle(scored.path))):
            st.info(ui.plain(problem), icon=":material/info:")
        else:
            _offer_rows(scored, view, work, suffix, filtered)
        _offer_pictures(scored, view, work.scores)


def _offer_rows(scored: Scored, view: View, work: ThemeWork, suffix: str, filtered: bool) -> None:
    kept = view.mask if filtered else None
    wanted = view.wanted if filtered else None
    st.download_button(
        f"Download {counted(int(view.mask.sum()), 'row')}" if filtered else "Download all rows",
        data=lambda: workbook(scored, wanted, work, kept) if suffix == EXCEL else exported(scored, suffix, kept),
        file_name=f"{scored.request.path.stem}-{'filtered' if filtered else 'scored'}{suffix}",
        mime=export.MIME_TYPES[suffix],
        on_click="ignore",
    )
    sheets = " Further sheets have a summary, groups, drivers and themes." if suffix == EXCEL else ""
    st.caption(f"Every column of the table in place, followed by the model's columns.{sheets}")


def _offer_pictures(scored: Scored, view: View, themes: ThemeScores | None) -> None:
    """Draw the downloads of the charts of the rows on the page, each with its title, row count and source."""
    offered: dict[str, Callable[[], bytes]] = {"trend": lambda: trend_picture(findings_of(scored, view.wanted, themes))}
    if themes is not None:
        offered["themes"] = lambda: theme_picture(findings_of(scored, view.wanted, themes))
    if not any(one.kind == "date" for one in scored.facts.groupings):
        offered.pop("trend")
    for name, draw in offered.items():
        st.download_button(
            f"Picture of the {name}",
            data=draw,
            file_name=f"{scored.request.path.stem}-{name}.png",
            mime="image/png",
            on_click="ignore",
            icon=":material/image:",
            type="tertiary",
        )


def exported(scored: Scored, suffix: str, kept: Mask | None = None) -> BinaryIO:
    """Return the opened file to download: all rows, or those marked in `kept` (rows,)."""
    request = scored.request
    path = export.exported(scored.path, request.path, request.options, request.digest, suffix, kept)
    return path.open("rb")


def workbook(scored: Scored, wanted: Filter | None, work: ThemeWork, kept: Mask | None) -> BinaryIO:
    """Return the opened Excel workbook on the rows that pass `wanted`, which are those marked in `kept` (rows,)."""
    from sentiment.reporting.workbook import write_workbook

    request, output = scored.request, scored.path.with_name(f"workbook{EXCEL}")
    rows = export.scored_rows(scored.path, request.path, request.options, request.digest, kept)
    write_workbook(findings_of(scored, wanted, work.wait(THEME_SECONDS)), rows, output)
    return output.open("rb")


def trend_picture(findings: "Findings") -> bytes:
    """Return the trend as PNG."""
    from sentiment.reporting.document import trend_drawing
    from sentiment.reporting.pictures import png

    return png(*trend_drawing(findings))


def theme_picture(findings: "Findings") -> bytes:
    """Return the themes as PNG."""
    from sentiment.reporting.document import theme_drawing
    from sentiment.reporting.pictures import png

    return png(*theme_drawing(findings))


def offer_report(scored: Scored, view: View, work: ThemeWork) -> None:
    """Draw the download of a report on the rows on the page, created when it is clicked.

    A report, like a workbook, waits for the themes; if they take very long, it is created without them and states so.
    """
    waits = "" if work.is_done else " The themes are still being scored; the report waits for them."
    st.download_button(
        "Report",
        data=lambda: report_of(scored, view, work),
        file_name=f"{scored.request.path.stem}-report.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/summarize:",
        help=f"One HTML file about these rows. It opens anywhere, without this dashboard, and prints on A4.{waits}",
        key="report",
    )


def report_of(scored: Scored, view: View, work: ThemeWork) -> bytes:
    """Return the report on the rows that pass the filter, as HTML in UTF-8."""
    from sentiment.reporting.document import report_html

    return report_html(findings_of(scored, view.wanted, work.wait(THEME_SECONDS))).encode()


def findings_of(scored: Scored, wanted: Filter | None, themes: ThemeScores | None) -> "Findings":
    """Return the findings about the rows that pass `wanted`, all rows when None."""
    # This imports the drawing of images, which a page without a download does not need.
    from sentiment.reporting.findings import gather
    from sentiment.reporting.making import source_of

    request = scored.request
    model = model_library.name(request.model_name)
    source = source_of(request.path.name, model, request.fingerprint, model_card(scored))
    return gather(scored.facts, source, date.today(), wanted, themes)
