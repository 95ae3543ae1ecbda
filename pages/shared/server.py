"""Who reaches this dashboard: this machine alone, or others as well."""

import ipaddress
import os

import streamlit as st

AWS_VARIABLE = "SENTIMENT_SHARE_AWS"


def is_local() -> bool:
    """Whether the server listens on this machine's own address only."""
    address = str(st.get_option("server.address") or "")
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # no address: it listens on all
        return False


def shares_aws() -> bool:
    """Whether visitors may use the AWS sign-in of the account that the server runs as."""
    return is_local() or os.environ.get(AWS_VARIABLE) == "1"
