"""The section Public API of the page Endpoints, drawn by itself, against the local cloud."""

import boto3
import pytest
from localcloud.prediction_server import create_endpoint
from streamlit.testing.v1 import AppTest
from waiting import until

from sentiment.cloud import account
from sentiment.cloud.publishing import public_api

NAME = "review-sentiment-tiny"


def section(name):
    from pages.cloud.background import show_work
    from pages.cloud.publishing import show_publishing
    from sentiment.cloud import account

    show_work()
    show_publishing(account.connect(), name)


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
    """The page once it has the button with that key."""
    until(lambda: [one for one in [*checked(app.run()).button, *app.toggle] if one.key == key], 60)
    return next(one for one in [*app.button, *app.toggle] if one.key == key)


def test_endpoint_is_published_called_limited_and_unpublished_again(here):
    app = AppTest.from_function(section, args=(NAME,), default_timeout=60).run()
    button = drawn(app, f"publish {NAME}")
    assert "Nothing while nobody calls" in words(app)
    app.number_input(key=f"quota {NAME}").set_value(25).run()
    assert "a quota of 25 calls a day" in words(checked(app))
    button = app.button(key=f"publish {NAME}")
    button.click().run()
    key = drawn(app, f"key {NAME}")
    found = public_api.status(here, NAME)
    assert found.limits.daily_quota == 25
    assert public_api.curl(found) in [one.value for one in app.code]
    value = public_api.key(here, found)
    assert value not in words(app)
    key.set_value(True).run()
    until(lambda: value in words(checked(app.run())))
    assert value in words(checked(app.run()))  # and it stays
    app.button(key=f"unpublish {NAME}").click().run()
    drawn(app, f"publish {NAME}")
    assert public_api.status(here, NAME) is None


def test_web_site_that_is_none_is_told_in_place_of_the_button(here):
    app = AppTest.from_function(section, args=(NAME,), default_timeout=60).run()
    drawn(app, f"publish {NAME}")
    app.text_input(key=f"origins {NAME}").set_value("example.org").run()
    assert "is not a web site" in words(checked(app))
    assert not [one for one in app.button if one.key == f"publish {NAME}"]


def test_failure_is_told_with_its_reason_and_the_way_to_remove_it(here, local_cloud):
    from moto.cloudformation.models import cloudformation_backends

    public_api.publish(here, NAME)
    [stack] = cloudformation_backends["123456789012"]["us-east-1"].stacks.values()
    stack._add_stack_event("CREATE_FAILED", "The quota of keys is used up.")
    stack.status = "ROLLBACK_COMPLETE"
    app = AppTest.from_function(section, args=(NAME,), default_timeout=60).run()
    drawn(app, f"unpublish {NAME}")
    assert "The quota of keys is used up" in words(app)
