"""Data of a scored table for the result page, cached for all sessions until the file changes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.score.table_job import RESULT_PARAMETERS
from pages.shared import ui
from sentiment.answers.facts import TableFacts
from sentiment.answers.filters import Filter
from sentiment.answers.outcome import Mask, Outcome
from sentiment.errors import BundleError, JobError
from sentiment.jobs import registry, scoring_request
from sentiment.jobs.registry import Job
from sentiment.jobs.scoring_request import BatchRequest
from sentiment.model import bundle
from sentiment.model.bundle import Card
from sentiment.scoring.view import ScoredTable

if TYPE_CHECKING:
    from sentiment.model.predictor import Predictor


@dataclass(frozen=True)
class Scored:
    """A scored table: its job, the job's request, the Parquet file, and the facts about its rows."""

    job: Job
    request: BatchRequest
    path: Path
    facts: TableFacts


@dataclass(frozen=True)
class View:
    """The rows that the page shows: the filter, which rows (rows,) pass it, and the outcome counted as negative.

    `about` describes that outcome, and `key` is a text that is unique to this view of the table.
    """

    wanted: Filter
    mask: Mask
    outcome: Outcome
    about: str
    key: str


def opened() -> Scored | None:
    """Return the scored table of the page's URL; None if it names no job with a result.

    Raises:
        JobError: there is no such job.
    """
    for kind, parameter in RESULT_PARAMETERS.items():
        if identifier := st.query_params.get(parameter):
            job = registry.find(kind, identifier)
            path = scoring_request.result(job)
            if path is None:
                return None
            request = scoring_request.request_from(job.settings)
            return Scored(job, request, path, _facts(_identity(path), path, request.text_index))
    return None


def opened_or_explained(title: str) -> Scored | None:
    """Return the scored table of the page's URL; if there is none, state why under `title` and offer a link.

    An error that is not a bug is shown and ends the page.
    """
    found, problem = None, "This address names no scored table. Score one first."
    with ui.errors_shown():
        try:
            found = opened()
        except JobError as error:
            problem = str(error)
    if found is None:
        st.title(title)
        st.info(ui.plain(problem), icon=":material/info:")
        st.page_link("pages/score/batch.py", label="Score a table", icon=":material/table_view:")
    return found


def cached(scored: Scored, name: str, compute: Callable[[], Any]) -> Any:
    """Return the result of `compute` for the table, computed once for all sessions; `name` identifies it."""
    return _cached(f"{_identity(scored.path)} {name}", compute)


def model_card(scored: Scored) -> Card | None:
    """Return the card of the model that scored the table; None if it is not on this machine."""
    try:
        return None if scored.request.model is None else bundle.describe(scored.request.model)
    except BundleError:
        return None


def star_scales(scored: Scored) -> tuple[int | None, int | None]:
    """Return the star scale of the table's own ratings, and that of the model's; None for no stars."""
    labels, card = scored.facts.labels, model_card(scored)
    return labels.mapping.scale if labels else None, card.config.star_scale if card else None


def model_obstacle(scored: Scored) -> str:
    """Return in a sentence why the model that scored the table cannot explain its verdicts here; "" if it can."""
    if scored.request.model is None:
        return "The endpoint's model is not on this machine, so its verdicts cannot be explained here."
    card = model_card(scored)
    if card is None:
        return "The model that scored this table was deleted, so its verdicts cannot be explained."
    if card.fingerprint != scored.request.fingerprint:
        return "The model that scored this table was replaced since. Score the table again to see explanations."
    return ""


def predictor_of(scored: Scored) -> "Predictor":
    """Return the loaded model that scored the table.

    Raises:
        JobError: `model_obstacle` gives a reason.
    """
    if scored.request.model is None:
        raise JobError(model_obstacle(scored))
    return ui.predictor(scored.request.model)


def _identity(path: Path) -> str:
    return f"{path} {path.stat().st_mtime_ns}"


@st.cache_resource(max_entries=4, show_spinner="Reading the scored table")
def _facts(identity: str, _path: Path, _text_index: int) -> TableFacts:
    return TableFacts(ScoredTable(_path, _text_index))


@st.cache_data(max_entries=64, show_spinner=False)
def _cached(identity: str, _compute: Callable[[], Any]) -> Any:
    return _compute()
