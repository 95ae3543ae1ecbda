"""Who can reach this dashboard: only this machine, or others as well."""

import ipaddress
import os

import streamlit as st

AWS_VARIABLE = "SENTIMENT_SHARE_AWS"


def is_local() -> bool:
    """Return whether the server listens only on this machine's own address."""
    address = str(st.get_option("server.address") or "")
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # not an address: it listens on all
        return False


def shares_aws() -> bool:
    """Return whether visitors may use the AWS credentials of the account that the server runs as."""
    return is_local() or os.environ.get(AWS_VARIABLE) == "1"
