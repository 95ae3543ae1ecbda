"""The table page's choice of scorer: a model on this machine, or the one behind a SageMaker endpoint."""

from functools import partial

import streamlit as st

from pages.shared import ui
from pages.shared.background import LOOK_SECONDS, look_at, show_look
from pages.shared.costs import ACCOUNT_KEY
from pages.shared.navigation import redraw_page
from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting import endpoint_price, endpoints
from sentiment.cloud.hosting.endpoints import Endpoint, Variant
from sentiment.jobs import scoring_request
from sentiment.jobs.scoring_request import Choice
from sentiment.model import bundle

HERE, THERE = "Here", "An endpoint"


def choose_scorer() -> Choice:
    """Draw the choice and return it.

    Raises:
        BundleError: there is no model on this machine.
    """
    account: Account | None = st.session_state.get(ACCOUNT_KEY)
    if account is not None:
        where = st.segmented_control(
            "Score with", [HERE, THERE], default=HERE, required=True, format_func=ui.option, key="scorer"
        )
        if where == THERE and (chosen := choose_variant(account)):
            return endpoint_choice(account, *chosen)
    card = bundle.describe(ui.pick_model())
    if account is None:
        st.page_link(
            "pages/cloud/endpoints.py",
            label="Use an endpoint",
            icon=":material/cloud_upload:",
            help="Connect to AWS on the page Endpoints; then an endpoint can be chosen here",
        )
    return scoring_request.bundle_choice(card, ui.model_id(card))


def choose_variant(account: Account) -> tuple[Endpoint, Variant] | None:
    """Draw the ready endpoints with each of their models; None while there is none to choose."""
    look = look_at("endpoints", account, partial(endpoints.all_endpoints, account))
    look.renew(LOOK_SECONDS)
    if look.value is None:
        st.fragment(wait_for_look, run_every="1s")(account)
        return None
    ready = {
        f"{endpoint.name} {variant.name}": (endpoint, variant)
        for endpoint in look.value
        if endpoint.ready
        for variant in endpoint.variants
        if variant.model.fingerprint
    }
    if not ready:
        st.caption("No endpoint is ready. The page Endpoints deploys a model; until then, one here scores.")
        return None
    name = st.selectbox("Endpoint", list(ready), key="scoring_endpoint")
    variant = ready[name][1]
    directory = ui.model_with(variant.model.fingerprint)
    price = endpoint_price.scoring(variant.capacity, account.region, bundle.describe(directory) if directory else None)
    st.caption(ui.plain(f"The endpoint's price applies: {price}. Reviews leave this machine for your AWS account."))
    return ready[name]


def wait_for_look(account: Account) -> None:
    """Draw that endpoints are being listed. A fragment: it reruns every second until there is an answer."""
    look = look_at("endpoints", account, partial(endpoints.all_endpoints, account))
    if show_look(look, "Looking for endpoints") is not None:
        redraw_page()


def endpoint_choice(account: Account, endpoint: Endpoint, variant: Variant) -> Choice:
    """Return the choice of one model behind an endpoint, with its bundle if that is also on this machine."""
    return Choice(
        name=f"endpoint {endpoint.name}",
        fingerprint=variant.model.fingerprint,
        band=variant.model.band or (0.5, 0.5),
        directory=ui.model_with(variant.model.fingerprint),
        endpoint=endpoint.name,
        variant=variant.name if len(endpoint.variants) > 1 else None,
        profile=account.profile,
        region=account.region,
    )
