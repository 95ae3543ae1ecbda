"""The part of the Endpoints page that publishes an endpoint as a public API, shows its address, and unpublishes it."""

from datetime import datetime
from functools import partial

import streamlit as st

from pages.shared import ui
from pages.shared.background import BUSY_LOOK_SECONDS, LOOK_SECONDS, begin, button, is_working, look_at, show_look
from sentiment.cloud.aws.account import Account
from sentiment.cloud.ending import expiry
from sentiment.cloud.publishing import api_price, public_api, publication
from sentiment.cloud.publishing.limits import Limits
from sentiment.cloud.publishing.public_api import Publication
from sentiment.errors import ConfigError
from sentiment.system.background import BackgroundLook, Report

REFRESH = "2s"


def show_publishing(account: Account, endpoint_name: str, ends: datetime | None) -> None:
    """Draw the publication of an endpoint, which ends at `ends` or never, or the way to publish it; never blocks."""
    with st.expander("Public API", icon=":material/public:"):
        st.fragment(_show, run_every=REFRESH)(account, endpoint_name, ends)


def show_orphans(account: Account) -> None:
    """Draw the public APIs whose endpoint no longer exists, each with a removal button. A fragment, like `_show`."""
    look = look_at("orphaned APIs", account, partial(publication.orphaned, account))
    look.renew(BUSY_LOOK_SECONDS if is_working() else LOOK_SECONDS)
    # Errors of AWS are reported where the endpoints are listed.
    for endpoint in look.value or ():
        with st.container(border=True):
            st.markdown(f"**Public API of {ui.plain(endpoint)}** :gray-badge[its endpoint is gone]")
            st.caption("It no longer works: its endpoint was deleted, by hand or on schedule.")
            if button("Unpublish", f"unpublish orphan {endpoint}", icon=":material/public_off:", disabled=is_working()):
                begin("Unpublishing", partial(_unpublish, account, endpoint))


def _show(account: Account, endpoint: str, ends: datetime | None) -> None:
    """Draw the state. A fragment: it polls the latest answer every two seconds, and queries AWS at intervals."""
    look = _look_of(account, endpoint)
    found = look.value[0] if look.value else None
    look.renew(BUSY_LOOK_SECONDS if is_working() or (found and not found.settled) else LOOK_SECONDS)
    if show_look(look, "Checking whether it is published") is None or look.error:
        return
    if ends and (found is None or found.state == "published"):
        st.caption(
            f"The endpoint is deleted automatically on {expiry.in_words(ends)}, and the API stops working then, unless "
            "you extend the endpoint."
        )
    if found is None:
        _offer_publishing(account, endpoint)
    elif found.state == "published":
        _show_published(account, found)
    elif found.state == "failed":
        st.error(ui.plain(found.reason), title="It could not be published", icon=":material/error:")
        _offer_end(account, endpoint, "Delete what is left of it")
    else:
        st.info(f"{found.state.capitalize()}: this takes a minute or two.", icon=":material/pending:")


def _look_of(account: Account, endpoint: str) -> BackgroundLook[tuple[Publication | None]]:
    """Return the session's cached publication, in a tuple, since None is a possible answer."""
    return look_at(f"publication {endpoint}", account, lambda: (public_api.status(account, endpoint),))


def _offer_publishing(account: Account, endpoint: str) -> None:
    """Draw a description of publishing, the limits with their price, and the button."""
    st.write(
        "Anyone with the key can then score reviews over the internet, from a program or on a small web page. "
        "AWS enforces the limits below on a best-effort basis: a few calls more may pass."
    )
    limits = _ask_limits(account, endpoint, Limits())
    if limits and button("Publish", f"publish {endpoint}", icon=":material/public:", disabled=is_working()):
        begin("Publishing", partial(_publish, account, endpoint, limits))


def _offer_change(account: Account, found: Publication) -> None:
    """Draw the current limits, to change, and the button."""
    limits = _ask_limits(account, found.endpoint, found.limits)
    if limits and button("Change the limits", f"change {found.endpoint}", disabled=is_working()):
        begin("Changing the limits", partial(_change, account, found.endpoint, limits))


def _ask_limits(account: Account, endpoint: str, now: Limits) -> Limits | None:
    """Draw the limits and the resulting price; None, after stating why, if they are not usable."""
    _forget_choices_for_others(endpoint, now)
    try:
        limits = _draw_fields(endpoint, now)
    except ConfigError as error:
        ui.show_error(error)
        return None
    # An unescaped dollar sign would start a formula.
    st.caption(ui.plain(api_price.price_in_words(limits, account.region)))
    return limits


def _draw_fields(endpoint: str, now: Limits) -> Limits:
    """Draw the fields with the current limits, and return their values. Raises ConfigError for unusable ones."""
    with st.container(horizontal=True):
        numbers = [
            st.number_input(words, least, most, first, key=f"{name} {endpoint}", persist_state="session", width=150)
            for name, words, least, most, first in (
                ("rate", "Calls per second", 0.1, 1000.0, now.rate_per_second),
                ("burst", "At once", 1, 5000, now.burst),
                ("quota", "Calls per day", 1, 10_000_000, now.daily_quota),
            )
        ]
    origins = st.text_input(
        "Web sites that may call it from a browser",
        ", ".join(now.origins),
        key=f"origins {endpoint}",
        persist_state="session",
        placeholder="https://example.org; its own page is always allowed",
    )
    rate, burst, quota = numbers
    return Limits(
        rate, int(burst), int(quota), now.concurrency, tuple(filter(None, map(str.strip, origins.split(","))))
    )


def _forget_choices_for_others(endpoint: str, now: Limits) -> None:
    """Discard choices that were made under other limits than the current ones, such as before the last change."""
    key = f"limits {endpoint}"
    if st.session_state.get(key, now) != now:
        for name in ("rate", "burst", "quota", "origins"):
            st.session_state.pop(f"{name} {endpoint}", None)
    st.session_state[key] = now


def _show_published(account: Account, found: Publication) -> None:
    """Draw the address, how to call it, its limits with their maximum cost, and the way to unpublish it."""
    st.link_button("Open its page", found.url, icon=":material/open_in_new:")
    st.code(public_api.curl(found), language="bash", wrap_lines=True)
    st.caption("The key goes into the variable REVIEW_SENTIMENT_KEY; scripts/score.py --api takes it from there too.")
    if st.toggle("Show the key", key=f"key {found.endpoint}", help="Anyone who has it can use up the quota"):
        _show_key(account, found)
    price = api_price.price_in_words(found.limits, account.region)
    st.caption(ui.plain(f"Limits: {_limits_in_words(found.limits)}. {price}"))
    with st.popover("Change the limits", icon=":material/tune:"):
        _offer_change(account, found)
    _offer_end(account, found.endpoint, "Unpublish")


def _limits_in_words(limits: Limits) -> str:
    """Return the limits on one line, such as "5 calls a second, 10 at once, 1,000 a day"."""
    sites = f"; web sites that may call it: {', '.join(limits.origins)}" if limits.origins else ""
    return f"{limits.rate_per_second:g} calls a second, {limits.burst:,} at once, {limits.daily_quota:,} a day{sites}"


def _show_key(account: Account, found: Publication) -> None:
    look = look_at(f"key {found.key_id}", account, partial(public_api.key, account, found))
    look.renew(LOOK_SECONDS)
    key = show_look(look, "Fetching the key")
    if key is not None and not look.error:
        st.code(key, language=None)


def _offer_end(account: Account, endpoint: str, words: str) -> None:
    with st.popover(words, icon=":material/public_off:", disabled=is_working()):
        st.write("Deletes the API, its key and its page. The endpoint stays.")
        if button("Unpublish it", f"unpublish {endpoint}"):
            begin("Unpublishing", partial(_unpublish, account, endpoint))


def _publish(account: Account, endpoint: str, limits: Limits, report: Report) -> str:
    return f"{endpoint} is published at {publication.publish(account, endpoint, limits, report).url}"


def _change(account: Account, endpoint: str, limits: Limits, report: Report) -> str:
    publication.publish(account, endpoint, limits, report)
    return f"The limits of {endpoint} are now {_limits_in_words(limits)}."


def _unpublish(account: Account, endpoint: str, report: Report) -> str:
    publication.unpublish(account, endpoint, report)
    return f"{endpoint} is no longer published."
