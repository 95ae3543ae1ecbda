"""The table page with a SageMaker endpoint as its scorer, against the local cloud."""

import shutil

import boto3
import pytest

from sentiment.cloud.aws import account
from sentiment.cloud.aws.ownership import tag_list
from sentiment.cloud.ending.expiry import ending
from sentiment.cloud.hosting import endpoint_changes, endpoints, models
from sentiment.cloud.hosting.endpoints import Instances
from sentiment.jobs import registry, scoring_request
from sentiment.scoring.view import ScoredTable
from tests.localcloud.prediction_server import SERVER, fingerprint_of
from tests.localcloud.roles import make_role
from tests.localcloud.small_server import upload_model
from tests.support.dashboard import checked, open_page, words
from tests.support.waiting import until

PAGE = "pages/score/batch.py"
NAME = "review-sentiment-quick-20261123-101500-0a1b"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, tiny_bundle):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    shutil.copytree(tiny_bundle, tmp_path / "home" / "runs" / "tiny" / "model")


@pytest.fixture
def here(local_cloud):
    """Return an account with a ready endpoint, whose model is not on this machine."""
    said = {"bundle": "quick", "fingerprint": fingerprint_of("quick"), "uncertain-band": "0.4:0.6"}
    boto3.client("sagemaker").create_model(
        ModelName="quick",
        ExecutionRoleArn=make_role("serving"),
        PrimaryContainer={"Image": "x", "ModelDataUrl": upload_model(SERVER), "Environment": {"MODEL": "quick"}},
        Tags=tag_list(said),
    )
    found = account.connect()
    endpoint_changes.create(found, NAME, models.find(found, "quick"), Instances("ml.m5.large"), ending())
    until(lambda: endpoints.state(found, NAME) == "in service")
    return found


def with_endpoints(here):
    app = open_page(PAGE, here)
    app.button_group(key="scorer").set_value("An endpoint").run()
    until(lambda: "Looking for endpoints" not in words(checked(app.run())))
    return app


def test_without_an_account_a_model_here_scores_and_the_way_to_endpoints_is_shown():
    app = open_page(PAGE)
    assert not [each for each in app.button_group if each.key == "scorer"]
    assert "model" in [box.key for box in app.selectbox]
    (link,) = [each for each in app.main.get("page_link") if each.proto.label == "Use an endpoint"]
    assert "Connect to AWS" in link.proto.help


def test_a_table_is_scored_by_an_endpoint_that_is_ready(here):
    assert "No endpoint is ready" in words(with_endpoints(here))
    assert "Use an endpoint" not in [each.proto.label for each in with_endpoints(here).main.get("page_link")]
    endpoints.note_parity(here, endpoints.find(here, NAME), "A", 1e-7)
    app = with_endpoints(here)
    assert "model" not in [box.key for box in app.selectbox]
    assert "The endpoint's price applies: $0.12 an hour for each instance, regardless of how much it scores." in words(
        app
    )
    app.button(key="start").click().run()
    identifier = app.query_params["job"]
    job = registry.find("score", identifier if isinstance(identifier, str) else identifier[0])
    until(lambda: not registry.load(job.directory).is_active)
    job = registry.load(job.directory)
    assert job.state == "done", job.last_lines()
    assert job.settings["endpoint"] == NAME
    assert job.settings["band"] == [0.4, 0.6]
    request = scoring_request.request_from(job.settings)
    table = ScoredTable(scoring_request.result(job), request.text_index)
    assert table.row_count == 200
    assert f"model endpoint {NAME}" in words(checked(app.run()))
