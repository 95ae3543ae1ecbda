"""The result as an Excel workbook: a summary, drivers and themes as sheets, and the scored rows."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from sentiment.reporting import sentences
from sentiment.reporting.findings import Findings
from sentiment.scoring import export
from sentiment.scoring.excel.sheet import Sheet, new_workbook
from sentiment.scoring.excel.writer import add_scored_sheet
from sentiment.system.storage import written_whole

_SHARE = "0.0%"


def write_workbook(findings: Findings, scored: export.ScoredRows, output: Path) -> None:
    """Write the workbook to `output`, atomically: the sheets summary, groups, drivers, themes, and scored.

    Raises:
        TableError: the rows do not fit on a sheet, or the table was changed meanwhile.
    """
    with written_whole(output) as temporary, new_workbook(str(temporary)) as workbook:
        _summary(workbook, findings)
        _add(workbook, "groups", _GROUPS, _group_rows(findings))
        _add(workbook, "drivers", _DRIVERS, _driver_rows(findings))
        if findings.themes is not None:
            _add(workbook, "themes", _THEMES, _theme_rows(findings))
        add_scored_sheet(workbook, scored.table, scored.scored(), scored.model)


# The columns of each sheet: name, width in characters, Excel number format.
_Columns = Sequence[tuple[str, int, str]]
_GROUPS: _Columns = (
    ("column", 20, ""),
    ("group", 30, ""),
    ("scored rows", 13, "#,##0"),
    ("negative rows", 15, "#,##0"),
    ("negative", 11, _SHARE),
    ("95 % from", 12, _SHARE),
    ("95 % to", 11, _SHARE),
    ("points from the rest", 21, "0.0"),
    ("more than chance", 18, ""),
)
_DRIVERS: _Columns = (
    ("side", 11, ""),
    ("phrase", 30, ""),
    ("includes", 50, ""),
    ("of negative", 13, _SHARE),
    ("of positive", 13, _SHARE),
    ("rows", 9, "#,##0"),
    ("z", 9, "0.0"),
    ("only an opinion", 17, ""),
)
_THEMES: _Columns = (
    ("theme", 24, ""),
    ("rows", 9, "#,##0"),
    ("of scored rows", 15, _SHARE),
    ("judged rows", 13, "#,##0"),
    ("negative rows", 15, "#,##0"),
    ("negative", 11, _SHARE),
    ("95 % from", 12, _SHARE),
    ("95 % to", 11, _SHARE),
)


def _summary(workbook: xlsxwriter.Workbook, findings: Findings) -> None:
    head = findings.headline
    sheet = Sheet(workbook, "summary", ("what", "value", "share"), (24, 80, 11), {1: "#,##0", 2: _SHARE})
    for sentence in sentences.summary(findings):
        sheet.append(("answer", _plain(sentence)))
    sheet.append(("rows", head.rows, 1.0))
    for name, rows in head.counts.items():
        sheet.append((name, rows, rows / max(1, head.rows)))
    for reason, rows in head.unscored.items():
        sheet.append((f"unscored: {reason}", rows, rows / max(1, head.rows)))
    for heading, text in sentences.made(findings).items():
        sheet.append((heading.lower(), _plain(text)))
    sheet.finish()


def _add(workbook: xlsxwriter.Workbook, name: str, columns: _Columns, rows: Iterable[Sequence[Any]]) -> None:
    formats = {place: shown for place, (_, _, shown) in enumerate(columns) if shown}
    sheet = Sheet(workbook, name, [title for title, _, _ in columns], [width for _, width, _ in columns], formats)
    for row in rows:
        sheet.append(row)
    sheet.finish()


def _group_rows(findings: Findings) -> Iterable[Sequence[Any]]:
    for column, groups in findings.groups.items():
        for one in groups:
            shares = (one.share, one.low, one.high, round(100 * one.difference, 1))
            yield column, one.name, one.rows, one.hits, *shares, "yes" if one.stands_out else "no"


def _driver_rows(findings: Findings) -> Iterable[Sequence[Any]]:
    for side, found in (("negative", findings.drivers.negative), ("positive", findings.drivers.positive)):
        for one in found:
            opinion = "yes" if one.is_opinion else "no"
            shares = (one.negative_share, one.positive_share, one.rows, round(abs(one.z), 2))
            yield side, one.phrase, ", ".join(one.variants), *shares, opinion
    if not findings.drivers.negative and not findings.drivers.positive:
        yield "", sentences.NOTHING


def _theme_rows(findings: Findings) -> Iterable[Sequence[Any]]:
    table = findings.themes
    if table is None:
        return
    for one in table.themes:
        shares = (one.negative_share, one.low, one.high) if one.judged else (None, None, None)
        yield one.name, one.rows, one.share_of_rows, one.judged, one.negative, *shares
    yield "(none of these)", table.uncaught, table.uncaught / max(1, table.rows)


def _plain(text: str) -> str:
    """Return the text without non-breaking spaces, which a spreadsheet displays but its search does not match."""
    return text.replace("\N{NO-BREAK SPACE}", " ")
