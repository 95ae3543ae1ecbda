"""Opinions are stored, the latest one counts, and the exported table can be used for training directly."""

import csv
import io
import threading

import pytest
import sqlalchemy as sql

from sentiment.data import datasets, labelled
from sentiment.data.feedback import Feedback, Opinion
from sentiment.errors import FeedbackError
from tests.support.miniature import reviews

MODEL = "ab" * 32


@pytest.fixture
def engine(tmp_path):
    made = sql.create_engine(f"sqlite:///{tmp_path / 'feedback.sqlite'}")
    yield made
    made.dispose()


def opinion(review="A fine film.", label="positive", **changes):
    values = {"verdict": "positive", "probability": 0.9, "model": MODEL} | changes
    return Opinion(review, label, **values)


def rows(feedback):
    return list(csv.DictReader(io.StringIO(feedback.table().decode())))


def test_an_opinion_is_kept_with_text_verdict_model_and_time(engine):
    kept = opinion("Naïve, “quoted” 👍\nand two lines", "negative")
    Feedback(engine).add(kept)
    assert Feedback(engine).opinions() == [kept]
    assert kept.time.endswith("+00:00")


def test_a_later_opinion_on_the_same_review_corrects_the_earlier_one(engine):
    feedback = Feedback(engine)
    for review, label in (("a", "positive"), ("b", "mixed"), ("a", "negative")):
        feedback.add(opinion(review, label))
    assert [(one.review, one.label) for one in feedback.opinions()] == [("b", "mixed"), ("a", "negative")]
    assert len(feedback) == 2


def test_an_unscored_review_has_no_probability(engine):
    feedback = Feedback(engine)
    feedback.add(opinion(verdict="unscored", probability=None))
    assert feedback.opinions()[0].probability is None
    assert rows(feedback)[0]["probability"] == ""


def test_the_exported_table_is_learnt_from_as_it_is(engine, tmp_path):
    feedback = Feedback(engine)
    made = reviews(50, seed=3)
    for text, label, _ in made:
        feedback.add(opinion(text, "positive" if label else "negative"))
    feedback.add(opinion("Good and bad, in equal parts.", "mixed", verdict="uncertain", probability=0.5))
    feedback.add(opinion('It says "no",\nthen, <br /> yes; = 1', "positive"))
    path = tmp_path / "opinions.csv"
    path.write_bytes(feedback.table())
    survey = labelled.survey(path)
    assert (survey.text_column, survey.label_column, survey.problems) == ("review", "label", ())
    learnt = {(example.review, example.label) for example in datasets.load(path).train}
    assert learnt == {(text, label) for text, label, _ in made} | {('It says "no",\nthen, <br /> yes; = 1', 1)}


def test_the_exported_table_cannot_run_in_a_spreadsheet(engine):
    feedback = Feedback(engine)
    feedback.add(opinion('=HYPERLINK("http://example.com")'))
    feedback.add(opinion("+1 for this"))
    assert [row["review"] for row in rows(feedback)] == ['\'=HYPERLINK("http://example.com")', "'+1 for this"]


def test_an_empty_table_has_its_header(engine):
    feedback = Feedback(engine)
    assert len(feedback) == 0
    assert feedback.table() == b"review,label,verdict,probability,model,time\n"


def test_many_sessions_write_at_once(engine):
    Feedback(engine)
    threads = [threading.Thread(target=lambda n=n: Feedback(engine).add(opinion(f"review {n}"))) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Feedback(engine)) == 12


def test_a_file_that_is_no_database_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "feedback.sqlite"
    path.write_text("not a database, " * 100)
    with pytest.raises(FeedbackError, match=r"feedback\.sqlite.*cannot be used: .*not a database"):
        Feedback(sql.create_engine(f"sqlite:///{path}"))


def test_the_error_does_not_contain_the_password():
    engine = sql.create_engine("sqlite:////nowhere/to/be/found.sqlite", connect_args={})
    engine.url = engine.url.set(username="me", password="secret")
    with pytest.raises(FeedbackError) as caught:
        Feedback(engine)
    assert "secret" not in str(caught.value)
