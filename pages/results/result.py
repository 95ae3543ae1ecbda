"""The result page: the answers from a scored table. Its URL contains the job and the filter.

One filter applies to everything on it; only the comparison with the table's labels covers all rows.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.results import filter_bar
from pages.results.download import offer_report, show_download
from pages.results.drivers import show_drivers
from pages.results.facts import Scored, View, cached, model_card, opened_or_explained, star_scales
from pages.results.headline import show_certainty, show_headline
from pages.results.labels.comparison import show_labels
from pages.results.labels.fine_tuning import learnt_from_labels, show_fine_tuning
from pages.results.rows import show_rows
from pages.results.themes import show_themes, themes_of, version, work_on
from pages.results.where import show_groups, show_trend
from pages.score.table_choice import show_problems
from pages.shared import ui
from sentiment.answers.filters import Filter, matching
from sentiment.answers.headline import headline
from sentiment.answers.outcome import Mask, negative_reviews
from sentiment.answers.themes.lists import Theme
from sentiment.answers.themes.scores import ThemeScores
from sentiment.errors import JobError
from sentiment.evaluation import drift
from sentiment.jobs import model_library, scoring_request
from sentiment.scoring import label_check
from sentiment.tables.table import Problem
from sentiment.wording import counted

# Pixels that the columns of the groups need; on narrower pages, groups and trend are below each other.
SIDE_WIDTH = 500


def show_heading(scored: Scored) -> None:
    """Draw which table was scored by which model, the downloads, and the next steps."""
    st.title(ui.plain(scored.request.path.name), anchor=False)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(ui.plain(" · ".join(about(scored))), width="content")
        if st.button("Another table", icon=":material/arrow_back:"):
            st.switch_page("pages/score/batch.py")


def about(scored: Scored) -> list[str]:
    """Return which table was scored by which model, and that model's training data."""
    request, card = scored.request, model_card(scored)
    learnt = card.config.data.get("name", "") if card else ""
    return [
        counted(request.rows, "row"),
        f"text column {request.text_column}",
        f"model {model_library.name(request.model_name)}",
        *([f"trained on {learnt}"] if learnt else []),
    ]


def show_record(scored: Scored) -> None:
    """Draw the cost of a SageMaker job, the unreadable rows, and a notice if the texts may not be reviews."""
    if scored.job.kind == "transform":
        from sentiment.cloud.batch_transform import transform_jobs  # imports boto3, not needed for local jobs

        st.caption(ui.plain(transform_jobs.outcome(scored.job)))
    try:
        summary = scoring_request.summary_of(scored.job)
    except JobError as error:  # the verdicts are in another file
        ui.show_error(error)
        return
    show_problems(tuple(Problem(**one) for one in summary["problems"]), summary["problem_count"])
    if notice := notice_of(scored, summary):
        st.warning(ui.plain(notice), icon=":material/travel_explore:")


def notice_of(scored: Scored, summary: Mapping[str, Any]) -> str:
    """Return a sentence if the table differs from the model's training data; "" if not, or if that is unknown."""
    card = model_card(scored)
    known, table = drift.of_report(card.report) if card else None, drift.from_values(summary.get("profile"))
    return drift.notice(known, table) if known and table else ""


def mask_of(scored: Scored, wanted: Filter, key: str, scores: ThemeScores | None) -> Mask:
    """Return which rows pass the filter, computed once for all sessions."""
    mask: Mask = cached(scored, f"mask {key}", lambda: matching(scored.facts, wanted, scores))
    return mask


def view_of(scored: Scored, wanted: Filter, themes: tuple[Theme, ...], scores: ThemeScores | None) -> View:
    """Return the rows that pass the filter. When filtered by a theme, negative means a negative mention of it."""
    key = f"{wanted} {version(themes)}" if wanted.theme else f"{wanted}"
    mask = mask_of(scored, wanted, key, scores)
    if wanted.theme and scores is not None and wanted.theme in scores.names:
        return View(wanted, mask, scores.outcome(wanted.theme), f"negative about {wanted.theme}", key)
    return View(wanted, mask, negative_reviews(scored.facts.scores), "negative", key)


def show_answers(scored: Scored) -> None:
    """Draw the filter bar and everything that it applies to."""
    facts, themes = scored.facts, themes_of(scored.job)
    wanted = filter_bar.choose_filter(facts, tuple(theme.name for theme in themes), star_scales(scored))
    work = work_on(scored, themes)
    if wanted.theme and work.scores is None:
        show_themes(scored, view_of(scored, replace(wanted, theme=""), themes, None), work)
        return
    view = view_of(scored, wanted, themes, work.scores)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(width="content"):
            filter_bar.show_filter(wanted, int(view.mask.sum()), facts.row_count)
        if view.mask.any():
            with st.container(horizontal=True, width="content"):
                offer_report(scored, view, work)
                show_download(scored, view, work)
    if not view.mask.any():
        st.info("No row matches. Change or clear the filter.", icon=":material/filter_alt_off:")
        return
    show_headline(headline(facts.scores, view.mask))
    show_drivers(scored, view)
    everywhere = view_of(scored, replace(wanted, group_column="", groups=()), themes, work.scores)
    sides = st.grid(2, min_column_width=SIDE_WIDTH, gap="medium")
    with sides.cell():
        show_groups(scored, view, everywhere.mask)
    with sides.cell():
        show_trend(scored, view)
    show_themes(scored, view, work)
    st.fragment(show_rows)(scored, view)
    show_certainty(facts.scores, view.mask, scored.request.band)


found = opened_or_explained("Result")
if found is not None:
    show_heading(found)
    show_record(found)
    show_answers(found)
    table = found.facts.table
    check = cached(found, "labels", lambda: label_check.check_labels(table))
    if check is not None:
        st.fragment(show_labels)(check, learnt_from_labels(found))
        show_fine_tuning(found, check)
