"""The themes of a table by their negative mentions, scored once in the background."""

import hashlib
from typing import Any

import pandas as pd
import streamlit as st

from pages.results.facts import Scored, View, model_obstacle
from pages.results.filter_bar import address, clicked_key, narrow
from pages.shared import ui
from pages.shared.navigation import redraw_page
from sentiment.answers.themes.lists import Theme, read_themes, shipped_themes, themes_from_toml, themes_to_toml
from sentiment.answers.themes.mentions import review_themes, score_themes
from sentiment.answers.themes.scores import ThemeScores, ThemeTable, theme_table
from sentiment.display import answer_charts
from sentiment.errors import ThemeError
from sentiment.jobs.registry import Job
from sentiment.scoring.parts import UNSCORED
from sentiment.system.background import BackgroundWork, Report
from sentiment.wording import counted, percent

LISTS, STORE = "themes.toml", "themes.npz"  # in the job's directory
REFRESH = "1s"
MOST_NAMED = 3


class ThemeWork:
    """The scoring of a table's themes in a thread, shared by all sessions. `scores` is None until it is done."""

    def __init__(self, scored: Scored, themes: tuple[Theme, ...]) -> None:
        self.scores: ThemeScores | None = None
        self.done = self.total = 0
        self._scored, self._themes = scored, themes
        self._work = BackgroundWork("Scoring themes", self._run)

    @property
    def error(self) -> str:
        """The error message if it failed, else ""."""
        return self._work.error

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self._work.is_done

    def wait(self, seconds: float) -> ThemeScores | None:
        """Return the scores once they are available; None if it fails or takes longer than that many seconds."""
        self._work.wait(seconds)
        return self.scores

    def _run(self, report: Report) -> str:
        scored, themes, band = self._scored, self._themes, self._scored.request.band
        # The page waits for the phrases first. Python threads share one core, so the themes are scored afterwards.
        _ = scored.facts.phrases
        if scored.request.model is None or model_obstacle(scored):
            self.scores = review_themes(scored.facts, themes, band)
        else:
            predictor = ui.predictor_for_thread(scored.request.model)
            store = scored.job.directory / STORE
            self.scores = score_themes(scored.facts, themes, predictor, band, store, report=self._count)
        return "done"

    def _count(self, done: int, total: int) -> None:
        self.done, self.total = done, total


def themes_of(job: Job) -> tuple[Theme, ...]:
    """Return the themes of a job's table: its own if they were edited, else the built-in ones."""
    own = job.directory / LISTS
    return read_themes(own) if own.is_file() else shipped_themes()


def themes_in(frame: pd.DataFrame) -> tuple[Theme, ...]:
    """Return the themes of an edited table.

    Raises:
        ThemeError: a theme has no name or no usable words; the message states which one.
    """
    rows = frame.fillna("").astype(str)
    named = [
        Theme(name.strip(), tuple(word.strip() for word in words.split(",") if word.strip()))
        for name, words in zip(rows["theme"], rows["words"], strict=True)
        if name.strip() or words.strip()
    ]
    twice = {one.name for one in named if sum(other.name == one.name for other in named) > 1}
    if twice:
        raise ThemeError(f"Two themes are called {min(twice)}: rename or remove one.")
    return themes_from_toml(themes_to_toml(named))


def version(themes: tuple[Theme, ...]) -> str:
    """Return a text that is equal only for equal themes."""
    return hashlib.sha256(themes_to_toml(themes).encode()).hexdigest()[:16]


def work_on(scored: Scored, themes: tuple[Theme, ...]) -> ThemeWork:
    """Return the scoring of these themes, starting it if it has not been started."""
    return _started(f"{scored.path} {scored.path.stat().st_mtime_ns} {version(themes)}", scored, themes)


@st.cache_resource(max_entries=8, show_spinner=False)
def _started(identity: str, _scored: Scored, _themes: tuple[Theme, ...]) -> ThemeWork:
    return ThemeWork(_scored, _themes)


def show_themes(scored: Scored, view: View, work: ThemeWork) -> None:
    """Draw the themes by their negative mentions, or the progress of scoring them."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.header("Themes", anchor=False, width="content")
        if st.button("Edit themes", icon=":material/edit:", type="tertiary"):
            st.switch_page("pages/results/theme_lists.py", query_params=address())
    if work.error:
        st.error(ui.plain(work.error), icon=":material/error:")
    elif work.scores is None:
        st.fragment(_watch, run_every=REFRESH)(work)
    else:
        _show_table(scored, view, work.scores)


def _watch(work: ThemeWork) -> None:
    """Draw the progress of scoring. A fragment: it reruns every second until the work is done."""
    if work.is_done:
        redraw_page()
    share = work.done / work.total if work.total else 0.0
    far = f"{work.done:,} of {counted(work.total, 'sentence')}" if work.total else "finding sentences"
    st.progress(share, text=f"Scoring the sentences that mention a theme: {far}. This is done once.")


def _show_table(scored: Scored, view: View, scores: ThemeScores) -> None:
    scored_rows = scored.facts.scores.sentiment != UNSCORED
    table: ThemeTable = theme_table(scores, view.mask, scored_rows)
    whose = "the sentences that mention it" if scores.by_sentence else "the whole review"
    st.caption(
        f"Rows by theme; negative by the model's verdict on {whose}. {table.sample_in_words()} "
        "Click a bar to filter the page to it."
    )
    if not table.themes:
        st.caption("No row mentions any of the themes.")
        return
    event: Any = st.altair_chart(
        answer_charts.theme_chart(table),
        key=clicked_key(f"themes {scored.job.id} {view.key}"),
        on_select="rerun",
        selection_mode=answer_charts.THEME,
        alt=f"Themes by rows that mention them. {themes_in_words(table)}",
    )
    st.caption(
        f"{ui.plain(themes_in_words(table))} "
        f"{counted(table.uncaught, 'row')} of {table.rows:,} mention{'s' if table.uncaught == 1 else ''} no theme."
    )
    if (chosen := event["selection"].get(answer_charts.THEME)) and chosen[0]["theme"] != view.wanted.theme:
        narrow(theme=str(chosen[0]["theme"]))
        st.rerun()


def themes_in_words(table: ThemeTable) -> str:
    """Return the themes with the most negative rows, as a sentence."""
    judged = any(one.judged for one in table.themes)
    pieces = [
        f"{one.name} ({round(one.rows * one.negative_share):,} of {counted(one.rows, 'row')}, "
        f"{percent(one.negative_share)})"
        for one in table.themes[:MOST_NAMED]
        if one.negative
    ]
    return f"Most negative mentions: {', '.join(pieces)}." if pieces else "No mention is negative." if judged else ""
