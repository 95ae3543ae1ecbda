"""The page Score a big table, against the local cloud: a real job on SageMaker, in a separate process."""

import shutil

import boto3
import pytest

from sentiment.jobs import registry
from sentiment.model import bundle
from sentiment.system import storage
from tests.support.dashboard import checked, end_jobs, open_page, words
from tests.support.waiting import until

PAGE = "pages/score/transform.py"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, tiny_bundle, local_cloud):
    home = tmp_path / "home"
    monkeypatch.setenv("SENTIMENT_HOME", str(home))
    shutil.copytree(tiny_bundle, home / "runs" / "tiny" / "model")
    # Reuse wheels that another test has downloaded.
    usual = storage.PROJECT / ".sentiment" / "wheels"
    if usual.is_dir():
        (home / "wheels").symlink_to(usual)
    yield home
    end_jobs("transform")


def opened(job=None):
    return open_page(PAGE, model="tiny", **({"job": job.id} if job else {}))


def connected():
    app = opened()
    next(one for one in app.button if one.label == "Connect").click().run()
    return checked(app)


def test_before_an_account_is_chosen_it_says_what_it_is_for_and_how_to_sign_in():
    app = opened()
    assert "several SageMaker instances split the rows" in words(app)
    assert "Connect to your AWS account" in words(app)
    assert not [one for one in app.button if one.key == "start_transform"]


def test_price_is_said_before_and_follows_the_machines_that_are_chosen_and_last():
    app = connected()
    assert "About $" in words(app)
    assert "on ml.m5.xlarge" in words(app)
    app.selectbox(key="transform_type").set_value("ml.c5.4xlarge").run()
    app.number_input(key="transform_instances").set_value(3).run()
    assert "on 3 × ml.c5.4xlarge" in words(checked(app))
    app.switch_page("pages/score/batch.py").run().switch_page(PAGE).run()
    assert "on 3 × ml.c5.4xlarge" in words(checked(app))  # also when the page was left
    assert registry.all_jobs("transform") == []


def test_small_table_is_said_to_be_quicker_here_unless_the_model_is_slow(home):
    app = connected()
    assert "This machine should score 200 rows in about 1 s, for nothing: sooner than a job has started" in words(app)
    assert "Score a table" in [link.proto.label for link in app.main.get("page_link")]
    card = bundle.describe(home / "runs" / "tiny" / "model")
    bundle.rewrite_report(card, {"speed": card.report["speed"] | {"reviews_per_second": 0.5}})
    app.run()
    assert "About $" in words(checked(app))
    assert "This machine should score" not in words(app)


def test_a_table_is_scored_shown_with_its_price_and_found_again():
    app = connected()
    app.button(key="start_transform").click().run()
    [job] = registry.all_jobs("transform")
    assert "ml.m5.xlarge" in words(checked(app))
    until(lambda: not registry.load(job.directory).is_active)
    done = registry.load(job.directory)
    assert done.state == "done", done.last_lines()
    app = opened(job)
    assert "200 rows (" in words(app)
    assert [metric.label for metric in app.metric][:4] == ["Positive", "Negative", "Uncertain", "Unscored"]
    assert boto3.client("sagemaker").list_models()["Models"] == []
    app = open_page("pages/results/result.py", transform=job.id, sentiment="negative")
    for button, title in (("Edit themes", "Themes"), ("Cancel", app.title[0].value)):
        app = checked(next(one for one in app.button if one.label == button).click().run())
        assert app.title[0].value == title
        assert app.query_params == {"transform": job.id, "sentiment": "negative"}
    other = opened()
    assert next(one for one in other.button if one.key == f"open_{job.id}")


def test_a_job_that_cannot_work_says_why_and_can_be_continued(monkeypatch):
    app = connected()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    app.button(key="start_transform").click().run()
    [job] = registry.all_jobs("transform")
    until(lambda: not registry.load(job.directory).is_active)
    app = opened(job)
    assert "AWS did not answer" in words(app)
    assert next(one for one in app.button if one.label == "Continue")
