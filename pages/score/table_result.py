"""The table page after scoring: shares, charts, the rows with the least certain first, why, labels, download."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import streamlit as st

from pages.shared import ui
from sentiment.display import result_charts
from sentiment.display.prediction_words import in_short, remarks
from sentiment.jobs.scoring_request import BatchRequest
from sentiment.prediction import SENTIMENTS
from sentiment.scoring import export, label_check, view
from sentiment.scoring import grouping as scored_groups
from sentiment.scoring.grouping import Grouping, Shares
from sentiment.scoring.label_check import LabelCheck
from sentiment.scoring.view import Filter, ScoredTable, Scores
from sentiment.wording import counted, percent, tenths

HEADING = 56  # pixels, so that charts side by side start at the same height


def show_result(path: Path, request: BatchRequest) -> None:
    """Draw everything there is to see of the scored table in the Parquet file `path`."""
    table = ScoredTable(path, request.text_index)
    scores = cached(path, "scores", lambda: table.scores)
    show_shares(scores)
    left, right = st.columns(2)
    with left:
        show_probabilities(scores, request)
    with right:
        show_groups(path, table)
    show_rows(path, table, scores, request)
    check = cached(path, "labels", lambda: label_check.check_labels(table))
    if check is not None:
        st.fragment(show_labels)(check)


def show_shares(scores: Scores) -> None:
    """Draw the share of all rows that got each sentiment, with their number."""
    total = max(1, len(scores.sentiment))
    for column, sentiment in zip(st.columns(4), SENTIMENTS, strict=True):
        count = scores.counts[sentiment]
        column.metric(
            sentiment.capitalize(),
            percent(count / total),
            counted(count, "row"),
            delta_color="off",
            delta_arrow="off",
            border=True,
        )
    if scores.counts["uncertain"] > total / 2:
        st.caption(
            "Most rows are uncertain: these reviews may be unlike the ones that the model has learnt from. "
            "Label some of your own and fine-tune it on *Train a model*."
        )


def show_probabilities(scores: Scores, request: BatchRequest) -> None:
    """Draw how sure the model is, over all rows."""
    with st.container(horizontal=True, vertical_alignment="center", height=HEADING, border=False):
        st.markdown("**How sure the model is**")
    histogram = scores.histogram()
    if histogram.empty:
        st.caption("No row was scored.")
        return
    low, high = request.band
    chart = result_charts.probability_histogram(histogram, request.band)
    st.altair_chart(chart, alt=f"Rows by probability of positive; uncertain from {low:.0%} to {high:.0%}")
    st.caption(f"In the grey band, {percent(low)} to {percent(high)}, the model calls itself uncertain.")


def show_groups(path: Path, table: ScoredTable) -> None:
    """Draw the sentiment over time or by category, where a column allows it."""
    found = cached(path, "groupings", lambda: scored_groups.groupings(table))
    if not found:
        st.markdown("**Sentiment by group**")
        st.caption("This table has no column of dates, and none with 2 to 30 different values, to group the rows by.")
        return
    columns = {grouping.column: grouping for grouping in found}
    with st.container(horizontal=True, vertical_alignment="center", height=HEADING, border=False):
        st.markdown("**Sentiment by**", width="content")
        name = st.selectbox("Group by", list(columns), label_visibility="collapsed", key="group_by", width=220)
    grouping: Grouping = columns[name]
    shares: Shares = cached(path, f"shares {grouping}", lambda: scored_groups.shares(table, grouping))
    st.altair_chart(result_charts.shares_chart(shares), alt=f"Share of each sentiment by {name}")
    if shares.left_out:
        st.caption(f"{shares.left_out:,} rows have no date that can be read.")


def show_rows(path: Path, table: ScoredTable, scores: Scores, request: BatchRequest) -> None:
    """Draw the rows that pass the filter, the download, and below them why the selected one got its score."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.header("Rows", anchor=False, width="content")
        show_download(path, request)
    wanted = choose_filter(path, scores)
    rows = cached(path, f"rows {wanted}", lambda: table.matching(wanted))
    if not len(rows):
        st.info("No row matches. Change the search or the filters.", icon=":material/filter_alt_off:")
        return
    shown = rows[: view.SHOWN_ROWS]
    frame = cached(path, f"cells {wanted}", lambda: table.cells(shown))
    names = table.predicted
    others = [name for name in table.columns if name != table.text_column]
    # Where the table has a column of that name itself, it has to be plain which one is the model's.
    headed = {name: name if names[name] == name else f"model: {name}" for name in ("probability", "sentiment")}
    wider = 55 if headed["sentiment"] != "sentiment" else 0
    event: Any = st.dataframe(
        frame,
        # Rows are selected by place: another filter is another widget.
        key=f"rows_{zlib.crc32(repr((str(path), wanted)).encode())}",
        column_order=[table.text_column, *(names[n] for n in ("probability", "sentiment", "rating", "flags")), *others],
        column_config={
            "_index": st.column_config.NumberColumn("row", width=60),
            table.text_column: st.column_config.TextColumn(width=360),
            names["probability"]: st.column_config.ProgressColumn(
                headed["probability"],
                format="%.3f",
                min_value=0,
                max_value=1,
                color="blue",
                width=130,
                help="Of positive, 0 to 1",
            ),
            names["sentiment"]: st.column_config.TextColumn(headed["sentiment"], width=85 + wider),
            names["rating"]: st.column_config.NumberColumn(format="%.1f", width=60, help="Expected stars"),
            names["flags"]: st.column_config.TextColumn(width=150),
        },
        on_select="rerun",
        selection_mode="single-row",
        alt="Scored rows",
    )
    more = f" The first {len(shown):,} are shown; the download has all." if len(rows) > len(shown) else ""
    st.caption(f"{len(rows):,} of {table.row_count:,} rows.{more} Select one to see why it got its score.")
    chosen = event["selection"]["rows"]
    if chosen and chosen[0] < len(shown):
        show_row(table, int(shown[chosen[0]]), request)


def choose_filter(path: Path, scores: Scores) -> Filter:
    """Draw the order, the search and the filters of the rows."""
    table = zlib.crc32(str(path).encode())  # another table has other sentiments and flags to choose from
    present = [sentiment for sentiment in SENTIMENTS if scores.counts[sentiment]]
    first, second, third, fourth = st.columns([5, 6, 4, 4])
    order = first.selectbox("Order", view.ORDERS, key=f"order_{table}", persist_state="session")
    search = second.text_input("Search the reviews", type="search", key=f"search_{table}", persist_state="session")
    sentiments = third.multiselect(
        "Sentiment", present, placeholder="all", key=f"sentiments_{table}", persist_state="session"
    )
    flags = fourth.multiselect(
        "Flags", list(scores.flag_counts), placeholder="any", key=f"flags_{table}", persist_state="session"
    )
    return Filter(order, search or "", tuple(sentiments), tuple(flags))


def show_row(table: ScoredTable, row: int, request: BatchRequest) -> None:
    """Draw what the model says of a row, numbered from 0, and why."""
    from pages.score.why import show_why  # imports torch, for which a page that shows no row need not wait

    with st.container(border=True), ui.errors_shown():
        if request.model is None:
            st.info("Why a review got its score is shown where the endpoint's model is: it is not on this machine.")
            return
        predictor = ui.predictor(request.model)
        if predictor.fingerprint != request.fingerprint:
            st.info("The model that scored this table was replaced since: score the table again to see why.")
            return
        review = table.review(row)
        prediction = predictor.score([review])[0]
        sure = "" if prediction.probability is None else f" {percent(prediction.probability)} positive ·"
        told = in_short(prediction, predictor.bundle.config.star_scale)
        st.markdown(f"**Row {row + 1:,}** · {prediction.sentiment} ·{sure} {told}")
        for remark in remarks(prediction):
            st.caption(ui.plain(remark))
        show_why(predictor, review, prediction)


def show_download(path: Path, request: BatchRequest) -> None:
    """Draw the choice of a format and the download, which is made when it is clicked."""
    with st.popover("Download", type="primary", icon=":material/download:"):
        name = st.segmented_control("Format", list(export.FORMATS), default="CSV", required=True, key="format")
        suffix = export.FORMATS[str(name)]
        if suffix == ".xlsx" and (problem := cached(path, "excel", lambda: excel_obstacle(request))):
            st.info(ui.plain(problem), icon=":material/info:")
            return
        st.download_button(
            "Download all rows",
            data=lambda: exported(path, request, suffix),
            file_name=f"{request.path.stem}-scored{suffix}",
            mime=export.MIME_TYPES[suffix],
            on_click="ignore",
        )
        st.caption("Every column and row of the table in place, and the model's columns after them.")


def excel_obstacle(request: BatchRequest) -> str:
    """Return why this table does not fit an Excel sheet, "" when it does."""
    return export.obstacle(request.path, request.options, ".xlsx")


def exported(path: Path, request: BatchRequest, suffix: str) -> BinaryIO:
    """Return the opened file to hand over."""
    return export.exported(path, request.path, request.options, request.digest, suffix).open("rb")


def show_labels(check: LabelCheck) -> None:
    """Draw how the scores compare with the table's own labels. A fragment: only this moves with the threshold."""
    st.header("Against the labels", anchor=False)
    meaning = f"positive is {', '.join(check.mapping.positive)}; negative is {', '.join(check.mapping.negative)}"
    left_out = (
        f" {counted(check.left_out, 'row')} without such a label or without a score left out." if check.left_out else ""
    )
    st.caption(ui.plain(f'Column "{check.column}": {meaning}.{left_out}'))
    threshold = st.slider("Positive from this probability on", 0.0, 1.0, 0.5, 0.01, key="threshold")
    measures = check.at(threshold)
    shown = {
        "Accuracy": (measures.accuracy, f"95 %: {tenths(measures.accuracy_low)} to {tenths(measures.accuracy_high)}"),
        "Precision": (measures.precision, "right among those called positive"),
        "Recall": (measures.recall, "found among the positive"),
    }
    for column, (name, (value, told)) in zip(st.columns(3), shown.items(), strict=True):
        text = "none" if value is None else tenths(value)
        column.metric(name, text, told, delta_color="off", delta_arrow="off", border=True)
    left, right = st.columns(2)
    left.altair_chart(
        result_charts.threshold_chart(check.curve(), threshold), alt="Accuracy, precision and recall by threshold"
    )
    right.altair_chart(
        result_charts.confusion_matrix(measures),
        alt=f"{measures.positive_as_positive} positive rows called positive, {measures.positive_as_negative} negative; "
        f"{measures.negative_as_negative} negative rows called negative, {measures.negative_as_positive} positive",
    )


def cached(path: Path, name: str, compute: Callable[[], Any]) -> Any:
    """Return what `compute` finds in the file, computed once for all sessions; `name` says what it is."""
    return _cached(repr((str(path), path.stat().st_mtime_ns, name)), compute)


@st.cache_data(max_entries=24, show_spinner="Reading the scored table")
def _cached(identity: str, _compute: Callable[[], Any]) -> Any:
    return _compute()
