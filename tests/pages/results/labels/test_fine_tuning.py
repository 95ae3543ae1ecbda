"""Fine-tuning on a table's own stars from its result page, without a browser."""

import pytest

from pages.results.labels.fine_tuning import gain_in_words
from sentiment.jobs import registry
from sentiment.jobs.fine_tuning import Gain
from sentiment.model.predictor import Predictor
from tests.support.dashboard import checked, end_jobs, open_page, words
from tests.support.scored_jobs import finished_job
from tests.support.scored_tables import write_csv
from tests.support.train_reviews import shop
from tests.support.waiting import until

PAGE = "pages/results/result.py"
OFFER, AGAIN = "Fine-tune on your stars", "Score this table again"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    yield tmp_path
    end_jobs("train", "score")


@pytest.fixture
def opened(home, tiny_bundle):
    """Open the result of reviews of journeys, with stars out of five, scored by a model of films."""

    def opened(*examples):
        rows = [(one.review, 5 if one.label else 1) for one in examples]
        table = write_csv(home / "journeys.csv", ["review", "stars"], rows)
        job = finished_job("journeys", table, Predictor.load(tiny_bundle, "cpu"), tiny_bundle)
        return open_page(PAGE, job=job.id)

    return opened


def button(app, label):
    return next((one for one in app.button if one.label == label), None)


def ended(kind):
    until(lambda: not any(job.is_active for job in registry.all_jobs(kind)))
    return registry.all_jobs(kind)[0]


def test_a_click_fits_the_model_another_scores_the_table_again_and_both_say_what_they_do(opened):
    app = opened(*shop(60, seed=3))
    assert "the 60 rows with a label" in words(app)
    app = checked(button(app, OFFER).click().run())
    assert button(app, OFFER) is None
    fitted = ended("train")
    app = checked(app.run())
    report = fitted.accuracy
    assert f"→ **{report:.1%}".replace("%", "\xa0%") in words(app)
    assert "right on 60 rows, each judged by a model that was not trained on it. With so few rows" in words(app)
    app = checked(button(app, AGAIN).click().run())
    assert app.title[0].value == "Score a table"
    app = open_page(PAGE, job=ended("score").id)
    assert "it knows the answers. On rows that it was not trained on, it was right on" in words(app)
    assert button(app, OFFER) is button(app, AGAIN) is None


def test_labels_that_teach_nothing_leave_the_model_as_it_is_and_that_is_said(opened):
    app = opened(*shop(60, seed=8, told=0.5))
    checked(button(app, OFFER).click().run())
    ended("train")
    app = checked(app.run())
    assert "No gain: trained on these 60 rows, the model" in words(app)
    assert button(app, AGAIN) is None


def test_what_is_gained_is_said_as_far_as_it_can_be_known():
    assert gain_in_words(Gain(0.84, 0.91, 2_000, is_kept=False)).startswith(
        "84.0\xa0% → **91.0\xa0%** right on 2,000 rows"
    )
    assert "as before; its probabilities fit better." in gain_in_words(Gain(0.84, 0.84, 2_000, is_kept=False))
    assert "several points" in gain_in_words(Gain(0.84, 0.91, 199, is_kept=False))
    assert "several points" not in gain_in_words(Gain(0.84, 0.91, 200, is_kept=False))


def test_too_few_labels_are_counted_and_not_offered(opened):
    app = opened(*shop(12, seed=3))
    assert "It takes 10 positive and 10 negative rows; this table has 6 and 6." in words(app)
    assert button(app, OFFER).disabled
