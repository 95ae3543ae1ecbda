"""The AWS connection: the choice of profile and region with which each page about AWS begins.

It is stored in the session only, so that visitors do not see each other's accounts.
"""

import streamlit as st

from pages.shared import ui
from pages.shared.costs import ACCOUNT_KEY
from pages.shared.practice import show_practice_badge
from pages.shared.server import AWS_VARIABLE, shares_aws
from sentiment.cloud.aws import account as aws
from sentiment.cloud.aws.account import Account
from sentiment.errors import CloudError

_USUAL = "environment or default profile"
_SIGN_IN = """aws configure sso               # once, with the address that your organisation gave you
aws sso login --profile NAME    # each morning, or when the sign-in has expired"""
_WITHOUT_ACCOUNT = "scripts/app --local-cloud"


def ask_account() -> Account | None:
    """Draw the connected AWS account, with a way to change it, and return that account.

    The result is None if this session is not connected: the page then ends after the introduction and the pickers.
    """
    show_practice_badge()
    if not shares_aws():
        st.info(
            "Other machines reach this dashboard, so the AWS pages are off: they would work with the sign-in of the "
            f"account that the server runs as. To share it with every visitor, start with `{AWS_VARIABLE}=1`.",
            icon=":material/lock:",
        )
        st.stop()
    chosen: Account | None = st.session_state.get(ACCOUNT_KEY)
    if chosen is None:
        _introduce()
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/account_circle: **{ui.plain(chosen.identity)}** in account {chosen.number}, {chosen.region}"
        )
        with st.popover("Change account or region"):
            _ask_place()
    return chosen


def _introduce() -> None:
    """State the requirements, and how to sign in."""
    with st.container(border=True):
        st.markdown("**Connect to your AWS account**")
        st.write(
            "The dashboard uses the sign-in that the AWS tools keep on this machine. It never asks for a key and keeps "
            "none. Connecting costs nothing and starts nothing: each step that costs money shows its price first."
        )
        _ask_place()
    with st.expander("How to sign in", icon=":material/login:"):
        st.write("With the AWS command line (aws.amazon.com/cli) and single sign-on, in a terminal on this machine:")
        st.code(_SIGN_IN, language="bash", wrap_lines=True)
        st.write("Without single sign-on, `aws configure` keeps the keys of an IAM user. Then choose the profile here.")
        st.write(
            "Permissions you need: run `scripts/cloud.py policy app-user` to train, deploy and score, or "
            "`scripts/cloud.py policy deployer` to publish and create roles as well."
        )
        st.write("To try everything without an account, start the dashboard with a cloud on this machine:")
        st.code(_WITHOUT_ACCOUNT, language="bash")


def _ask_place() -> None:
    """Draw the pickers and the button; connect when it is clicked."""
    chosen = st.selectbox(
        "Profile",
        [_USUAL, *aws.profiles()],
        key="aws_profile",
        persist_state="session",
        help="As configured for the AWS tools on this machine",
    )
    profile = None if chosen == _USUAL else chosen
    names = _regions()
    usual = _usual_region(profile)
    region = st.selectbox(
        "Region",
        names,
        index=names.index(usual) if usual in names else names.index(aws.DEFAULT_REGION),
        # Each profile has its own default region.
        key=f"aws_region_of_{profile or ''}",
        persist_state="session",
        help="Where jobs and endpoints run; each region is separate",
    )
    if st.button("Connect", type="primary", icon=":material/cloud:"):
        _connect(profile, region)


def _connect(profile: str | None, region: str) -> None:
    try:
        with st.spinner("Checking the AWS sign-in"):
            st.session_state[ACCOUNT_KEY] = aws.connect(profile, region)
    except CloudError as error:
        ui.show_error(error)
    else:
        st.rerun()


def _usual_region(profile: str | None) -> str:
    """Return a profile's default region, or the first region of all if it has none."""
    try:
        return aws.usual_region(profile)
    except CloudError as error:
        ui.show_error(error)
        return aws.DEFAULT_REGION


@st.cache_data(show_spinner=False)
def _regions() -> list[str]:
    return aws.regions()
