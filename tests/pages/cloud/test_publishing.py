"""The section Public API of the page Endpoints, drawn in isolation, against the local cloud."""

from datetime import UTC, datetime

import boto3
import pytest
from streamlit.testing.v1 import AppTest

from sentiment.cloud.aws import account
from sentiment.cloud.publishing import public_api
from sentiment.cloud.publishing.limits import Limits
from tests.localcloud.prediction_server import create_endpoint
from tests.support.waiting import until

NAME = "review-sentiment-tiny"


def section(name, ends=None):
    from pages.cloud.publishing import show_orphans, show_publishing
    from pages.shared.background import show_work
    from sentiment.cloud.aws import account

    show_work("endpoints")
    show_orphans(account.connect())
    show_publishing(account.connect(), name, ends)


@pytest.fixture
def here(local_cloud):
    create_endpoint(NAME, ("one",))
    describe = boto3.client("sagemaker").describe_endpoint
    until(lambda: describe(EndpointName=NAME)["EndpointStatus"] == "InService")
    return account.connect()


def checked(app):
    assert not app.exception
    return app


def words(app):
    kinds = [*app.markdown, *app.caption, *app.info, *app.success, *app.error, *app.code]
    return "\n".join(one.value for one in kinds).replace("\\", "")


def drawn(app, key):
    """Return the page once it has the button with that key."""
    until(lambda: [one for one in [*checked(app.run()).button, *app.toggle] if one.key == key])
    return next(one for one in [*app.button, *app.toggle] if one.key == key)


def test_endpoint_is_published_called_limited_and_unpublished_again(here):
    app = AppTest.from_function(section, args=(NAME,), default_timeout=120).run()
    button = drawn(app, f"publish {NAME}")
    assert "Free without calls" in words(app)
    app.number_input(key=f"quota {NAME}").set_value(25).run()
    assert "day's quota of 25 calls" in words(checked(app))
    button = app.button(key=f"publish {NAME}")
    button.click().run()
    key = drawn(app, f"key {NAME}")
    found = public_api.status(here, NAME)
    assert found.limits.daily_quota == 25
    assert public_api.curl(found) in [one.value for one in app.code]
    value = public_api.key(here, found)
    assert value not in words(app)
    public_api.publish(here, NAME, Limits(daily_quota=30))  # as from a shell
    until(lambda: "day's quota of 30 calls" in words(checked(app.run())))
    assert "Limits: 5 calls a second, 10 at once, 30 a day. Free without calls" in words(app)
    assert "Anyone with the key can then" not in words(app)
    app.number_input(key=f"quota {NAME}").set_value(40).run()
    change = app.button(key=f"change {NAME}")
    assert change.label == "Change the limits"
    change.click().run()
    until(lambda: "Limits: 5 calls a second, 10 at once, 40 a day." in words(checked(app.run())))
    assert f"The limits of {NAME} are now 5 calls a second, 10 at once, 40 a day." in words(app)
    key = drawn(app, f"key {NAME}")
    key.set_value(True).run()
    until(lambda: value in words(checked(app.run())))
    assert value in words(checked(app.run()))  # and it stays
    app.button(key=f"unpublish {NAME}").click().run()
    drawn(app, f"publish {NAME}")
    assert public_api.status(here, NAME) is None


def test_an_invalid_web_site_is_reported_in_place_of_the_button(here):
    app = AppTest.from_function(section, args=(NAME,), default_timeout=120).run()
    drawn(app, f"publish {NAME}")
    app.text_input(key=f"origins {NAME}").set_value("example.org").run()
    assert "is not a web site" in words(checked(app))
    assert not [one for one in app.button if one.key == f"publish {NAME}"]


def test_failure_is_reported_with_its_reason_and_the_way_to_remove_it(here, local_cloud):
    from moto.cloudformation.models import cloudformation_backends

    public_api.publish(here, NAME)
    [stack] = cloudformation_backends["123456789012"]["us-east-1"].stacks.values()
    stack._add_stack_event("CREATE_FAILED", "The quota of keys is used up.")
    stack.status = "ROLLBACK_COMPLETE"
    app = AppTest.from_function(section, args=(NAME,), default_timeout=120).run()
    drawn(app, f"unpublish {NAME}")
    assert "The quota of keys is used up" in words(app)


def test_deleting_the_endpoint_says_that_the_api_ends_too(here):
    app = AppTest.from_function(section, args=(NAME, datetime(2026, 11, 23, 10, 15, tzinfo=UTC)), default_timeout=120)
    drawn(app.run(), f"publish {NAME}")
    said = "The endpoint is deleted automatically on Monday, 23 November at 10:15 UTC, and the API stops working then"
    assert said in words(app)
    public_api.publish(here, NAME)
    drawn(app, f"key {NAME}")
    assert said in words(app)


def test_api_whose_endpoint_has_ended_is_listed_and_can_be_removed_alone(here):
    public_api.publish(here, NAME)
    public_api.settled(here, NAME)
    app = AppTest.from_function(section, args=(NAME,), default_timeout=120).run()
    drawn(app, f"key {NAME}")
    assert "no longer works" not in words(app)
    here.call("sagemaker", "delete_endpoint", EndpointName=NAME)
    app = AppTest.from_function(section, args=(NAME,), default_timeout=120).run()
    button = drawn(app, f"unpublish orphan {NAME}")
    assert "It no longer works: its endpoint was deleted, by hand or on schedule." in words(app)
    button.click().run()
    until(lambda: "is no longer published" in words(checked(app.run())))
    until(lambda: "no longer works" not in words(checked(app.run())))
    assert public_api.status(here, NAME) is None
