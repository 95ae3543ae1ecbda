"""What is taken away from the result page: a report about the rows that it shows."""

from datetime import date

import numpy as np

from pages.results.download import report_of
from pages.results.facts import Scored, View
from sentiment.answers.facts import TableFacts
from sentiment.answers.filters import Filter, matching
from sentiment.answers.outcome import negative_reviews
from sentiment.jobs import scoring_request
from sentiment.scoring.view import ScoredTable
from tests.support.hotel_reviews import DAMP_HOTEL, MoodScorer, stays, write_table
from tests.support.scored_jobs import finished_job


def test_the_report_is_about_the_rows_that_pass_the_filter_and_names_model_and_day(tmp_path, monkeypatch, tiny_bundle):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    rows = stays()
    job = finished_job("hotels", write_table(tmp_path / "hotels.csv", rows), MoodScorer(rows), tiny_bundle)
    request, path = scoring_request.request_from(job.settings), scoring_request.result(job)
    facts = TableFacts(ScoredTable(path, request.text_index))
    wanted = Filter(group_column="hotel", groups=(DAMP_HOTEL,))
    mask = matching(facts, wanted)
    assert 0 < np.count_nonzero(mask) < len(rows)
    view = View(wanted, mask, negative_reviews(facts.scores), "negative", "this")
    report = report_of(Scored(job, request, path, facts), view, None).decode()
    assert f"Only rows with hotel: {DAMP_HOTEL}" in report
    assert "smelled of damp" in report
    assert "<svg" in report
    assert f"{date.today():%Y}" in report
