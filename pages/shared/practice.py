"""The badge that distinguishes the local cloud from AWS itself: nothing there is charged."""

import os
from urllib.parse import urlsplit

import streamlit as st

_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}


def practises() -> bool:
    """Whether what the dashboard takes for AWS is the local cloud on this machine."""
    return urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname in _THIS_MACHINE


def show_practice_badge() -> None:
    """Draw the badge while the dashboard works with the local cloud, nothing otherwise."""
    if practises():
        st.badge("Practice cloud: nothing is charged", icon=":material/school:", color="green")
