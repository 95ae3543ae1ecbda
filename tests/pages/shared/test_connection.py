"""The choice of account with which the pages about AWS begin, against the local cloud."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.costs import ACCOUNT_KEY

PAGE = """
import streamlit as st
from pages.shared.connection import ask_account
account = ask_account()
if account:
    st.write(f"page of {account.number} in {account.region}")
"""


@pytest.fixture
def page(local_cloud):
    return AppTest.from_string(PAGE, default_timeout=120).run()


def words(app):
    return "\n".join(one.value for one in [*app.markdown, *app.error])


def connect(app):
    next(one for one in app.button if one.label == "Connect").click().run()
    assert not app.exception


def test_at_first_it_says_how_to_sign_in_and_asks_aws_nothing(page):
    assert "It never asks for a key" in words(page)
    assert any("aws sso login" in block.value for block in page.code)
    assert "page of" not in words(page)


def test_connected_it_says_who_we_are_and_the_page_goes_on(page):
    connect(page)
    assert "in account 123456789012, us-east-1" in words(page)
    assert "page of 123456789012 in us-east-1" in words(page)
    assert "It never asks for a key" not in words(page)


def test_another_region_can_be_chosen_then_and_later(page):
    page.selectbox[1].select("eu-west-1").run()
    connect(page)
    assert "page of 123456789012 in eu-west-1" in words(page)
    page.selectbox[1].select("eu-north-1").run()
    connect(page)
    assert "page of 123456789012 in eu-north-1" in words(page)


def test_without_credentials_it_says_what_to_do(page, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    connect(page)
    assert "No AWS credentials were found on this machine" in words(page).replace("\\", "")
    assert "page of" not in words(page)


def keys(cloud):
    """Return the lines of a profile with the keys of the cloud's owner."""
    names = ("aws_access_key_id", "aws_secret_access_key")
    return "".join(f"{name} = {cloud.environment[name.upper()]}\n" for name in names)


def test_profiles_of_the_aws_tools_are_offered_with_their_region(local_cloud, tmp_path, monkeypatch):
    (tmp_path / "config").write_text(f"[profile work]\nregion = eu-west-3\n{keys(local_cloud)}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    app = AppTest.from_string(PAGE, default_timeout=120).run()
    app.selectbox[0].select("work").run()
    connect(app)
    assert "page of 123456789012 in eu-west-3" in words(app)


def test_another_session_has_its_own_account(page):
    connect(page)
    other = AppTest.from_string(PAGE, default_timeout=120).run()
    assert "page of" not in words(other)


def test_two_sessions_at_once_keep_each_its_own_profile_and_region(local_cloud, tmp_path, monkeypatch):
    regions = {"ada": "eu-west-3", "ben": "eu-north-1"}
    (tmp_path / "config").write_text(
        "".join(f"[profile {name}]\nregion = {place}\n{keys(local_cloud)}" for name, place in regions.items())
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    apps = {name: AppTest.from_string(PAGE, default_timeout=120).run() for name in regions}
    for name, app in apps.items():
        app.selectbox[0].select(name).run()
        connect(app)
    for name, app in apps.items():
        app.run()
        assert f"page of 123456789012 in {regions[name]}" in words(app)
        assert app.session_state[ACCOUNT_KEY].profile == app.selectbox[0].value == name
        assert app.session_state[ACCOUNT_KEY].client("s3").meta.region_name == regions[name]
