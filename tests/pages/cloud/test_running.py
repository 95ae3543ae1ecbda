"""The page Running on AWS and the sidebar's line, against the local cloud."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from sentiment.cloud.aws import account, ownership, prices, roles
from sentiment.cloud.housekeeping import inventory as inventory_module
from sentiment.cloud.housekeeping.inventory import inventory
from sentiment.system import storage
from tests.support.cloud_things import US, endpoint_names, make_endpoint, make_model, named
from tests.support.sagemaker_jobs import run_directory
from tests.support.waiting import until

NAME = named("tiny")


@pytest.fixture
def here(local_cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    return account.connect()


def opened():
    app = AppTest.from_file(str(storage.PROJECT / "streamlit_app.py"), default_timeout=180).run()
    app.switch_page("pages/cloud/running.py").run()
    assert not app.exception
    return app


def press(app, label):
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception


def connected():
    """Return the page once it is connected and has an answer."""
    app = opened()
    press(app, "Connect")
    until(lambda: app.run().header)
    assert not app.exception
    return app


def words(app):
    kinds = [*app.markdown, *app.caption, *app.info, *app.success, *app.error, *app.header]
    return "\n".join(one.value for one in kinds).replace("\\", "")


def links(app):
    return [link.proto.label.replace("\\", "") for link in app.sidebar.get("page_link")]


def test_before_an_account_is_chosen_it_says_what_it_is_for_and_the_sidebar_says_nothing(here):
    app = opened()
    assert "Everything this project has in your account" in words(app)
    assert "Connect to your AWS account" in words(app)
    assert links(app) == []


def test_empty_account_costs_nothing(here):
    app = connected()
    assert "Nothing on AWS" in words(app)
    assert "nothing costs money" in words(app)
    assert links(app.run()) == ["Nothing on AWS"]  # the sidebar is drawn before the page
    assert not app.text_input


def test_what_runs_is_listed_with_its_price_and_end_and_reported_in_the_sidebar_of_every_page(here):
    tagged = ownership.tag_list(ownership.tags(US, datetime(2031, 1, 1, tzinfo=UTC)))
    make_endpoint(here, NAME, tagged)
    app = connected()
    table = app.dataframe[0].value
    assert list(table["what"]) == ["endpoint", "endpoint configuration", "model"]
    assert list(table["price"]) == ["$0.12 an hour", "nothing", "nothing"]
    assert table["ends"][0].startswith("in ")
    assert table["console"][0].startswith("https://us-east-1.console.aws.amazon.com/")
    assert "1 resource running in us-east-1, $0.12 an hour" in words(app)
    app.switch_page("pages/models/compare.py").run()
    assert links(app) == ["1 running, $0.12 an hour"]


def test_other_regions_are_listed_on_request_apart_from_the_one_in_use(here, monkeypatch):
    monkeypatch.setattr(inventory_module, "regions", lambda: ["eu-west-1", "us-east-1", "us-west-2"])
    make_model(here, NAME)
    make_model(replace(here, region="eu-west-1"), named("abroad"))
    app = connected()
    app.toggle(key="all regions").set_value(True).run()
    until(lambda: "Nothing in us-west-2." in words(app.run()), 60)
    assert "eu-west-1: Nothing running, 1 resource kept" in words(app).replace("*", "")
    assert [list(table.value["name"]) for table in app.dataframe] == [[NAME], [named("abroad")]]


def test_endpoint_is_extended_by_one_click(here):
    ending = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    roles.create_role(here, "scheduler")
    make_endpoint(here, NAME, ownership.tag_list(ownership.tags(US, ending)))
    app = connected()
    press(app, "Extend by 2 hours")
    until(lambda: f"{NAME} is deleted automatically on" in words(app.run()))
    (endpoint,) = inventory(here, ["endpoint"])
    assert endpoint.expires == ending + timedelta(hours=2)


def test_everything_is_taken_down_once_the_account_s_number_was_typed(here):
    make_model(here, NAME)
    app = connected()
    button = next(one for one in app.button if one.label == "Delete everything")
    assert button.disabled
    assert not app.warning
    run_directory(job_name="any", status="Completed", launched=1.0, artefact="s3://somewhere/model.tar.gz")
    app.text_input[0].input("123").run()
    assert next(one for one in app.button if one.label == "Delete everything").disabled
    assert "has not been downloaded" in app.warning[0].value
    app.text_input[0].input("1234 5678 9012").run()
    press(app, "Delete everything")
    until(lambda: "Deleted: 1. Nothing on AWS in us-east-1." in words(app.run()))
    assert not app.exception
    assert list(inventory(here)) == []
    assert endpoint_names() == []


def test_price_list_is_read(here):
    app = connected()
    before = prices.known_at("us-east-1")
    assert f"List prices of {before:%-d %B %Y}" in words(app)
    press(app, "Read AWS's price list")
    until(lambda: "prices for us-east-1" in words(app.run()))
    assert prices.known_at("us-east-1") == datetime.now(UTC).date()


def test_a_refused_list_is_a_sentence_on_the_page(here, local_cloud):
    app = connected()
    local_cloud.faults.share_of_calls("ListModels", 1.0, ("throttled",))
    press(app, "Look again")
    until(lambda: any("sagemaker:ListModels" in one.value.replace("\\", "") for one in app.run().warning))


def test_another_session_sees_no_account(here):
    connected()
    assert links(opened()) == []
