"""Fine-tuning the model of a scored table on the table's own labels, and scoring the table again with the result."""

from dataclasses import replace

import pytest

from sentiment.jobs import fine_tuning, registry, scoring_request
from sentiment.model import bundle
from sentiment.model.predictor import Predictor
from sentiment.scoring.label_check import check_labels
from sentiment.scoring.view import ScoredTable
from tests.support.dashboard import end_jobs
from tests.support.scored_jobs import finished_job
from tests.support.scored_tables import write_csv
from tests.support.train_reviews import shop
from tests.support.waiting import until


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("SENTIMENT_HOME", str(home))
        yield home
        end_jobs("train", "score")


@pytest.fixture(scope="module")
def scored(home, tiny_bundle):
    """Return reviews of journeys with stars, out of five, scored by a model of films."""
    rows = [(one.review, 5 if one.label else 1) for one in shop(60, seed=3)]
    table = write_csv(home / "journeys.csv", ["review", "stars"], rows)
    return finished_job("journeys", table, Predictor.load(tiny_bundle, "cpu"), tiny_bundle)


@pytest.fixture(scope="module")
def asked(scored):
    """Return the request that scored the table, and the one that fine-tunes the model on its labels."""
    request = scoring_request.request_from(scored.settings)
    check = check_labels(ScoredTable(scoring_request.result(scored), request.text_index))
    return request, fine_tuning.request_of(request, check)


@pytest.fixture(scope="module")
def fitted(asked):
    assert fine_tuning.find(asked[1]) is None
    job = fine_tuning.start(asked[1])
    until(lambda: not registry.load(job.directory).is_active)
    return registry.load(job.directory)


def test_it_starts_from_the_model_that_scored_with_the_columns_and_stars_of_the_page(asked, tiny_bundle):
    _, request = asked
    assert (request.config.start, request.config.freeze) == (str(tiny_bundle), True)
    assert (request.text_column, request.label_column) == ("review", "stars")
    assert (request.mapping.negative, request.mapping.positive) == (("1",), ("5",))


def test_the_shipped_model_is_fitted_where_the_one_that_scored_is_not_here(asked, scored):
    request, _ = asked
    check = check_labels(ScoredTable(scoring_request.result(scored), request.text_index))
    elsewhere = fine_tuning.request_of(replace(request, model=None, endpoint="reviews"), check)
    assert elsewhere.config.start == "shipped"


def test_the_job_is_found_again_and_says_what_is_gained_on_rows_left_out(asked, fitted):
    assert fitted.state == "done"
    assert fine_tuning.find(asked[1]).id == fitted.id
    gain = fine_tuning.gain_of(fitted)
    assert gain.rows == 60
    assert gain.after > gain.before + 0.2
    assert not gain.is_kept


def test_scored_again_the_table_has_the_new_model_which_knows_the_labels(asked, fitted):
    request, _ = asked
    assert fine_tuning.training_on_labels_of(request) is None
    again = fine_tuning.score_again(request, fitted.bundle)
    until(lambda: not registry.load(again.directory).is_active)
    now = scoring_request.request_from(again.settings)
    assert scoring_request.result(registry.load(again.directory))
    assert now.fingerprint == bundle.describe(fitted.bundle).fingerprint != request.fingerprint
    assert fine_tuning.training_on_labels_of(now).id == fitted.id
