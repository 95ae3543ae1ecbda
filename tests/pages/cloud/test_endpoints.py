"""The page Endpoints without a browser, against the local cloud."""

import shutil

import pytest

from pages.cloud import endpoint_work
from sentiment.cloud.aws import account
from sentiment.cloud.aws.packing import AWS_IMAGE, CONTAINER, wheels
from sentiment.cloud.ending.expiry import ending
from sentiment.cloud.hosting import endpoint_changes, endpoints, models
from sentiment.cloud.hosting.endpoints import Instances
from sentiment.cloud.publishing import public_api
from sentiment.model import bundle
from tests.localcloud.prediction_server import SERVER, fingerprint_of
from tests.localcloud.small_server import create_model, upload_model
from tests.support.dashboard import checked, open_page, words
from tests.support.waiting import until

PAGE = "pages/cloud/endpoints.py"
NAME = "review-sentiment-quick-20261123-101500-0a1b"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, tiny_bundle):
    libraries = wheels([CONTAINER / "scoring.txt"], AWS_IMAGE)
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    # Downloads are cached.
    shutil.copytree(libraries, tmp_path / "home" / "wheels" / libraries.name)
    shutil.copytree(tiny_bundle, tmp_path / "home" / "runs" / "tiny" / "model")


def opened(here=None, **query):
    return open_page(PAGE, here, deploy_model="tiny", **query)


def elsewhere_and_back(app):
    """Leave the page for another one and return."""
    checked(app.switch_page("pages/score/transform.py").run())
    return checked(app.switch_page(PAGE).run())


def after(app, condition):
    """Redraw the page until its text satisfies the condition."""
    until(lambda: condition(words(checked(app.run()))))
    return app


def score(app, review):
    """Score a review by the endpoint."""
    app.text_input(key="trial_review").set_value(review)
    next(button for button in app.button if button.label == "Score it").click().run()
    checked(app)


def finished(app):
    """Wait for the end of the work, and for the page to display the new state."""
    until(lambda: app.session_state["cloud_work"].is_done)
    return checked(app.run())


def quick(*names):
    """Create our endpoint whose models start immediately, both verified to score correctly."""
    here, uri = account.connect(), upload_model(SERVER)
    for name in names:
        create_model(name, uri, MODEL=name)
    endpoint_changes.create(here, NAME, models.find(here, names[0]), Instances("ml.m5.large"), ending())
    endpoint = settled(here)
    for name in names[1:]:
        endpoint_changes.add_variant(here, endpoint, "B", models.find(here, name))
        endpoint = settled(here)
    for variant in endpoint.variants:
        endpoints.note_parity(here, endpoint, variant.name, 1e-7)
    return here


def settled(here):
    until(lambda: endpoints.state(here, NAME) not in ("creating", "updating"))
    return endpoints.find(here, NAME)


def test_without_an_account_the_page_says_what_it_is_for_and_how_to_sign_in(local_cloud):
    app = opened()
    assert "Host a model for other programs" in words(app)
    assert "Connect to your AWS account" in words(app)
    assert not [button for button in app.button if button.key == "deploy"]


def test_a_model_is_deployed_seen_to_become_ready_tried_and_deleted(local_cloud, tiny_bundle):
    app = after(opened(account.connect(), endpoint="gone"), lambda said: "No endpoint runs in this region" in said)
    assert "There is no endpoint called gone in us-east-1" in words(app)
    assert "Free when idle, and about $" in words(app)
    assert "its support ended" in words(app)
    app.button(key="deploy").click().run()
    assert "Deploying a model" in words(checked(app))
    after(app, lambda said: "being created" in said or "in service" in said)
    app = after(finished(app), lambda said: "ready, scores as here" in said)
    assert "is ready: 20 reviews get the same probabilities as here" in words(app)
    assert bundle.describe(tiny_bundle).fingerprint[:12] in words(app)
    assert "free when idle" in words(app)
    assert app.button(key="beside").disabled
    next(button for button in app.button if button.label == "Score it").click().run()
    app = finished(app)
    assert "“A slow start, but the ending is superb.”: " in words(app)
    assert f"Model {bundle.describe(tiny_bundle).fingerprint[:12]} answered" in words(app)
    next(button for button in app.button if button.label == "Delete it").click().run()
    app = after(finished(app), lambda said: "No endpoint runs in this region" in said)
    assert "is deleted, with its models and its planned end. It has cost nothing except for its calls." in words(app)


def test_an_empty_field_is_reported_and_a_verdict_says_of_which_review_it_is(local_cloud):
    app = after(opened(quick("one")), lambda said: f"**{NAME}**" in said)
    score(app, "   ")
    assert "Enter a review first, then score it." in words(app)
    assert "cloud_work" not in app.session_state
    score(app, "A *very* long\nreview, " + "and so on " * 20)
    said = words(finished(app))
    assert "“A *very* long review, and so on and so on and so on and so o…”: " in said
    assert "Enter a review first" not in said


def test_public_api_goes_with_the_endpoint_and_that_is_said_before(local_cloud):
    here = quick("one")
    public_api.publish(here, NAME)
    public_api.settled(here, NAME)
    app = after(opened(here), lambda said: f"**{NAME}**" in said)
    assert "its public API if it has one: the API's address, page and key stop working" in words(app)
    app.button(key=f"delete {NAME}").click().run()
    assert f"{NAME} is deleted, with its models, its planned end and its public API." in words(finished(app))
    assert public_api.status(here, NAME) is None


def test_traffic_of_two_models_is_shifted_compared_and_given_to_one(local_cloud):
    here = quick("one", "two")
    app = after(opened(here), lambda said: "0\xa0% of the traffic" in said)
    assert fingerprint_of("two")[:12] not in words(app)  # these models have no tags
    assert app.button(key="shift").disabled
    app.slider(key="share_0.0").set_value(40).run()
    app.button(key="shift").click().run()
    assert "Variant A gets 60\xa0%, Variant B gets 40\xa0% of the traffic." in words(finished(app))
    after(app, lambda said: "40\xa0% of the traffic" in said)
    assert all("answered" in endpoint_work.attempt(here, NAME, None, "fine", print) for _ in range(8))
    # Too few to train on, one class only: enough to see how often each model is right.
    table = "review,label\n" + "".join(f"A fine and moving film on day {day}.,positive\n" for day in range(220))
    app.file_uploader(key="accuracy_table_turn 0").upload("mine.csv", table.encode(), "text/csv").run()
    assert "Uploaded: mine.csv" in words(checked(app))
    app.button(key="accuracy").click().run()
    assert "Variant B was right for" in words(finished(app))
    app.button(key="keep B").click().run()
    after(finished(app), lambda said: "Variant A" not in said.partition("the traffic, and")[2])
    assert [variant.name for variant in endpoints.find(here, NAME).variants] == ["B"]


def test_its_end_can_be_moved_and_commands_copied(local_cloud):
    here = quick("one")
    before = endpoints.find(here, NAME).expires
    app = after(opened(here), lambda said: f"**{NAME}**" in said)
    assert "A second model costs $0.12 an hour more." in words(app)
    app.radio(key="extension").set_value(24).run()
    assert "Until then it costs $2.76." in words(app)
    app.button(key=f"extend {NAME}").click().run()
    assert f"{NAME} is deleted automatically" in words(finished(app))
    assert endpoints.find(here, NAME).expires > before
    shell = "\n".join(block.value for block in app.code)
    assert f"scripts/score.py reviews.csv --output scored.csv --endpoint {NAME} --region us-east-1" in shell


def test_what_aws_refuses_is_reported_and_the_page_goes_on(local_cloud):
    here = account.connect()
    local_cloud.faults.share_of_calls("ListEndpoints", 1.0, ["throttled"])
    app = after(opened(here), lambda said: "AWS is throttling requests" in said)
    assert app.button(key="deploy")


def test_price_and_command_follow_the_form(local_cloud):
    app = opened(account.connect())
    app.button_group(key="deploy_capacity").set_value("Instances by the hour").run()
    app.selectbox(key="deploy_instance_type").set_value("ml.m5.large").run()
    app.number_input(key="deploy_count").set_value(2).run()
    assert "About $0.46: 2 h on 2 × ml.m5.large, until it is deleted automatically." in words(checked(app))
    shell = "\n".join(block.value for block in app.code)
    assert "--hours 2 --instance-type ml.m5.large --instances 2 --region us-east-1" in shell
    app.radio(key="deploy_image").set_value("Our own image in ECR").run()
    assert app.button(key="deploy").disabled


def test_choices_of_the_form_outlive_leaving_the_page(local_cloud):
    app = opened(account.connect())
    app.number_input(key="deploy_calls").set_value(7).run()
    app.select_slider(key="deploy_memory").set_value(4096).run()
    app.select_slider(key="deploy_hours").set_value(8.0).run()
    app.radio(key="deploy_image").set_value("Our own image in ECR").run()
    app.text_input(key="deploy_address").set_value("ours:1").run()
    app = elsewhere_and_back(app)
    shell = "\n".join(block.value for block in app.code)
    assert "--hours 8 --memory 4096 --calls 7 --image ours:1 --region us-east-1" in shell
    app.button_group(key="deploy_capacity").set_value("Instances by the hour").run()
    app.selectbox(key="deploy_instance_type").set_value("ml.c5.xlarge").run()
    app.number_input(key="deploy_count").set_value(2).run()
    app.number_input(key="deploy_most_2").set_value(5).run()
    app = elsewhere_and_back(app)
    shell = "\n".join(block.value for block in app.code)
    assert "--instance-type ml.c5.xlarge --instances 2 --most-instances 5 --image ours:1" in shell


def test_limits_that_were_chosen_outlive_leaving_the_page(local_cloud):
    app = after(opened(quick("one")), lambda said: "Free without calls" in said)
    app.number_input(key=f"quota {NAME}").set_value(25).run()
    app.number_input(key=f"rate {NAME}").set_value(2.5).run()
    app = after(elsewhere_and_back(app), lambda said: "Free without calls" in said)
    assert "A day's quota of 25" in words(app)
    assert app.number_input(key=f"rate {NAME}").value == 2.5
