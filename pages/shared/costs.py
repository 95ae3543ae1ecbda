"""What runs on AWS and what it costs, as a line in the sidebar of every page, once an account was chosen."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import navigation

if TYPE_CHECKING:
    from sentiment.cloud.aws.account import Account

ACCOUNT_KEY = "aws_account"
REFRESH = "5s"


def show_costs() -> None:
    """Draw the line if this session has chosen an account; AWS is queried in the background."""
    account: Account | None = st.session_state.get(ACCOUNT_KEY)
    if account is not None:
        navigation.timed(_show, REFRESH)(account)


def _show(account: "Account") -> None:
    # Only once an account was chosen, since importing boto3 takes a while.
    from pages.shared.background import BUSY_LOOK_SECONDS, LOOK_SECONDS, is_working, look_at
    from sentiment.cloud.housekeeping.inventory import in_short, inventory

    look = look_at("inventory", account, lambda: inventory(account))
    look.renew(BUSY_LOOK_SECONDS if is_working() else LOOK_SECONDS)
    icon, about = ":material/cloud:", f"{account.region} only"
    if look.error:
        label, icon = "AWS does not answer", ":material/cloud_alert:"
    elif look.value is None:
        label, icon = "Looking for resources", ":material/cloud_sync:"
    else:
        label = in_short(look.value)
        if look.value.unseen:
            icon, about = ":material/cloud_alert:", f"{about}; not everything could be checked"
    # The link does not wrap: what does not fit is below it.
    st.page_link("pages/cloud/running.py", label=label.replace("$", r"\$"), icon=icon)
    st.caption(about)
