"""Endpoints: deploy a model, watch it become ready, try it, split traffic between two, publish it, delete it.

Nothing here waits for AWS: slow calls run in a thread, and a fragment polls it.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.cloud.deploy_form import draw_form
from pages.cloud.endpoint_actions import draw_actions
from pages.cloud.publishing import show_orphans
from pages.shared import ui
from pages.shared.background import (
    BUSY_LOOK_SECONDS,
    LOOK_SECONDS,
    is_working,
    look_at,
    note_drawn,
    redraw_when_changed,
    show_look,
    show_work,
)
from pages.shared.connection import ask_account
from sentiment.cloud.aws.account import Account
from sentiment.cloud.ending import expiry
from sentiment.cloud.hosting import endpoint_price, endpoints, parity
from sentiment.cloud.hosting.endpoints import Endpoint
from sentiment.system.background import BackgroundLook
from sentiment.wording import percent

REFRESH = "2s"
STATES = {
    "creating": ":blue-badge[:material/pending: being created]",
    "updating": ":blue-badge[:material/pending: being updated]",
    "in service": ":orange-badge[:material/help: in service, not checked yet]",
    "deleting": ":gray-badge[being deleted]",
    "failed": ":red-badge[:material/error: failed]",
}


def look_of(account: Account) -> BackgroundLook[list[Endpoint]]:
    """Return the session's cached list of the account's endpoints."""
    return look_at("endpoints", account, partial(endpoints.all_endpoints, account))


def show_endpoints(account: Account) -> None:
    """Draw the list. A fragment: it polls the latest answer every two seconds, and queries AWS at intervals."""
    look = look_of(account)
    unsettled = is_working() or any(not endpoint.settled for endpoint in look.value or ())
    look.renew(BUSY_LOOK_SECONDS if unsettled else LOOK_SECONDS)
    found = show_look(look, "Looking for endpoints")
    if found is None:
        return
    redraw_when_changed("endpoints", found)
    if not found and not is_working():
        st.info("No endpoint runs in this region. Deploy a model to create one.", icon=":material/cloud_off:")
    for endpoint in found:
        show_endpoint(endpoint, account)


def show_endpoint(endpoint: Endpoint, account: Account) -> None:
    """Draw an endpoint's configuration, its state, its cost and its end time."""
    with st.container(border=True):
        st.markdown(f"**{ui.plain(endpoint.name)}** {badge(endpoint)}")
        facts = [str(endpoint.variants[0].capacity), endpoint_price.so_far(endpoint, account.region)]
        if endpoint.expires:
            facts.append(f"is deleted on {expiry.in_words(endpoint.expires)}")
        if not endpoint.is_of(account):
            facts.append(f"of {endpoint.owner or 'an unknown owner'}")
        st.caption(ui.plain(" · ".join(facts)))
        for variant in endpoint.variants:
            st.caption(variant_in_words(endpoint, variant.name))
        if endpoint.reason:
            st.warning(ui.plain(endpoint.reason), icon=":material/warning:")


def badge(endpoint: Endpoint) -> str:
    """Return the state as a badge; "ready" once all variants score like their local bundles."""
    if endpoint.ready:
        return ":green-badge[:material/check: ready, scores as here]"
    return STATES[endpoint.state]


def variant_in_words(endpoint: Endpoint, name: str) -> str:
    """Return the model of a variant and its share of the traffic, as Markdown."""
    variant = endpoint.variant(name)
    model = f"{variant.model.bundle or variant.model.name}, `{variant.model.fingerprint[:12] or 'unknown'}`"
    compared = "not compared yet" if variant.parity is None else parity.in_words(variant.parity)
    share = f"{percent(variant.share)} of the traffic, " if len(endpoint.variants) > 1 else ""
    return f"Variant {name}: {model}, {share}{compared}"


def warn_of_unknown(found: Sequence[Endpoint], region: str) -> None:
    """State that the endpoint of the URL does not exist."""
    linked = st.query_params.get("endpoint")
    if linked and linked not in {endpoint.name for endpoint in found}:
        st.warning(
            f"There is no endpoint called {ui.plain(linked)} in {region}: it may have been deleted.",
            icon=":material/search_off:",
        )


def choose_endpoint(found: Sequence[Endpoint]) -> Endpoint:
    """Draw the choice of the endpoint for the actions; the newest is preselected."""
    by_name = {endpoint.name: endpoint for endpoint in found}
    linked = st.query_params.get("endpoint")
    names = list(by_name)
    first = names.index(linked) if linked in by_name else 0
    name = st.selectbox("Endpoint", names, first, key=f"endpoint {' '.join(names)}") if len(names) > 1 else names[0]
    return by_name[name]


st.title("Endpoints")
st.caption("Host a model for other programs. Deleted automatically; the price is shown first.")
account = ask_account()
if account is not None:
    show_work("endpoints")
    known = look_of(account).value
    note_drawn("endpoints", known)
    # One place each, drawn or not, so that what follows stays where it is and open expanders stay open.
    with st.container():
        if known is not None:
            warn_of_unknown(known, account.region)
    st.fragment(show_endpoints, run_every=REFRESH)(account)
    st.fragment(show_orphans, run_every=REFRESH)(account)
    if known:
        draw_actions(account, choose_endpoint(known))
    draw_form(account, expanded=known == [])
