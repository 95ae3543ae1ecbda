"""The badge that distinguishes the local cloud from AWS itself: the local cloud is free of charge."""

import os
from urllib.parse import urlsplit

import streamlit as st

_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}


def is_practice() -> bool:
    """Return whether the dashboard uses the local cloud on this machine in place of AWS."""
    return urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname in _THIS_MACHINE


def show_practice_badge() -> None:
    """Draw the badge while the dashboard uses the local cloud, otherwise nothing."""
    if is_practice():
        st.badge("Practice cloud: nothing is charged", icon=":material/school:", color="green")
