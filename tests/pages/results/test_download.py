"""Downloads of the result page: rows, images, and a report on the rows that it shows."""

import csv
import io
from datetime import date

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from pages.results import download
from pages.results.download import exported, findings_of, report_of, theme_picture, trend_picture, workbook
from pages.results.facts import Scored, View
from pages.results.themes import ThemeWork
from sentiment.answers.facts import TableFacts
from sentiment.answers.filters import Filter, matching
from sentiment.answers.outcome import negative_reviews
from sentiment.answers.themes.lists import shipped_themes
from sentiment.jobs import scoring_request
from sentiment.scoring.view import ScoredTable
from tests.support.hotel_reviews import DAMP_HOTEL, MoodScorer, stays, write_table
from tests.support.scored_jobs import finished_job

WANTED = Filter(group_column="hotel", groups=(DAMP_HOTEL,))


@pytest.fixture
def scored(tmp_path, monkeypatch, tiny_bundle):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    rows = stays()
    job = finished_job("hotels", write_table(tmp_path / "hotels.csv", rows), MoodScorer(rows), tiny_bundle)
    request, path = scoring_request.request_from(job.settings), scoring_request.result(job)
    return Scored(job, request, path, TableFacts(ScoredTable(path, request.text_index)))


@pytest.fixture
def view(scored):
    mask = matching(scored.facts, WANTED)
    assert 0 < np.count_nonzero(mask) < scored.facts.row_count
    return View(WANTED, mask, negative_reviews(scored.facts.scores), "negative", "this")


@pytest.fixture
def work(scored):
    """Return the scoring of the themes, which has only just started."""
    return ThemeWork(scored, shipped_themes())


def test_the_report_is_about_the_rows_that_pass_the_filter_and_names_model_and_day(scored, view, work):
    report = report_of(scored, view, work).decode()
    assert f"Only rows with hotel: {DAMP_HOTEL}" in report
    assert "smelled of damp" in report
    assert "<svg" in report
    assert f"{date.today():%Y}" in report
    assert "Which themes?" in report  # it has waited for them


def test_the_filtered_rows_alone_can_be_taken_away(scored, view):
    with exported(scored, ".csv", view.mask) as file:
        rows = list(csv.DictReader(io.StringIO(file.read().decode())))
    assert len(rows) == view.mask.sum()
    assert {row["hotel"] for row in rows} == {DAMP_HOTEL}


def test_a_report_that_cannot_wait_for_the_themes_says_so(scored, view, work, monkeypatch):
    monkeypatch.setattr(download, "THEME_SECONDS", 0)
    report = report_of(scored, view, work).decode()
    assert "Which themes?" not in report
    assert "they were not scored yet when this report was made" in report


def test_excel_has_the_answers_and_the_rows(scored, view, work):
    with workbook(scored, view.wanted, work, view.mask) as file:
        book = CalamineWorkbook.from_filelike(file)
    assert book.sheet_names == ["summary", "groups", "drivers", "themes", "scored"]
    assert len(book.get_sheet_by_name("scored").to_python()) == view.mask.sum() + 1
    assert "smelled of damp" in [row[1] for row in book.get_sheet_by_name("drivers").to_python()]


def test_charts_can_be_taken_away_as_pictures(scored, work):
    findings = findings_of(scored, None, work.wait(60))
    assert trend_picture(findings).startswith(b"\x89PNG")
    assert theme_picture(findings).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="themes"):
        theme_picture(findings_of(scored, None, None))
