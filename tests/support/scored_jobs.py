"""A finished score job as the dashboard stores it, with the verdicts of any scorer."""

from dataclasses import asdict
from pathlib import Path

from sentiment.jobs import registry, scoring_request
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import SCORED, recorded
from sentiment.jobs.scoring_request import Choice
from sentiment.model import bundle
from sentiment.scoring.score import Scorer, score_table
from sentiment.system import storage
from sentiment.tables.preview import preview
from sentiment.tables.table import ReadOptions, inspect_table


def finished_job(name: str, table: Path, scorer: Scorer, model: Path) -> Job:
    """Score `table` with `scorer` in a job of that name whose record names `model`."""
    card = bundle.describe(model)
    band = card.config.calibration.low, card.config.calibration.high
    choice = Choice(name="model", fingerprint=card.fingerprint, band=band, directory=model)
    request = scoring_request.request_of(table, ReadOptions(), preview(table, ReadOptions()), choice)
    assert request is not None
    directory = storage.home() / registry.FOLDERS["score"] / name
    with recorded(directory, "score", request.settings()) as run:
        run.note(summary=asdict(score_table(inspect_table(table), scorer, directory / SCORED)))
    return registry.load(directory)
