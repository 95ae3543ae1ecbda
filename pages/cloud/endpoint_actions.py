"""The actions on an endpoint: try it, compare it, split its traffic, extend it, delete it."""

from functools import partial

import streamlit as st

from pages.cloud import endpoint_work
from pages.cloud.publishing import show_publishing
from pages.shared import ui
from pages.shared.background import begin, button, is_working, note_press, was_pressed
from pages.shared.table_reading import choose_upload
from sentiment.cloud.aws.account import Account
from sentiment.cloud.ending import expiry
from sentiment.cloud.hosting import endpoint_price
from sentiment.cloud.hosting.endpoints import Endpoint, Serverless
from sentiment.system import storage

EXTENSIONS = (1, 2, 8, 24)  # hours


def draw_actions(account: Account, endpoint: Endpoint) -> None:
    """Draw every action that the endpoint's state allows."""
    if endpoint.state == "in service":
        with st.container():  # drawn or not, what follows stays in its place, and open expanders stay open
            draw_check(account, endpoint)
        draw_trial(account, endpoint)
        with st.expander("Traffic split", expanded=len(endpoint.variants) > 1, icon=":material/call_split:"):
            draw_traffic(account, endpoint)
        show_publishing(account, endpoint.name, endpoint.expires)
    with st.container(horizontal=True, vertical_alignment="center"):
        draw_extension(account, endpoint)
        draw_deletion(account, endpoint)
    with st.expander("The same from a shell", icon=":material/terminal:"):
        st.code("\n".join(endpoint_work.commands(account, endpoint)), language="bash", wrap_lines=True)


def draw_check(account: Account, endpoint: Endpoint) -> None:
    """Draw the button that compares variants with their local bundles, unless that was done."""
    missing = [variant for variant in endpoint.variants if variant.parity is None]
    if not missing:
        return
    variant = missing[0]
    directory = ui.model_with(variant.model.fingerprint)
    if directory is None:
        st.caption(f"Variant {variant.name} can be compared on the machine that has its model.")
    elif button(f"Compare variant {variant.name} with the model here", "check", disabled=is_working()):
        begin("Comparing", partial(endpoint_work.check, account, endpoint.name, variant.name, directory))


def draw_trial(account: Account, endpoint: Endpoint) -> None:
    """Draw the field for one review."""
    names = [variant.name for variant in endpoint.variants]
    variant = None
    with st.form("trial", border=False):
        review = st.text_input("Try one review", "A slow start, but the ending is superb.", key="trial_review")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if len(names) > 1:
                chosen = st.selectbox("Variant", ["by traffic", *names], width=140)
                variant = chosen if chosen in names else None
            st.form_submit_button("Score it", disabled=is_working(), on_click=note_press, args=("trial",))
    if not was_pressed("trial"):
        return
    if not review.strip():
        st.warning("Enter a review first, then score it.", icon=":material/edit:")
    else:
        begin("Trying one review", partial(endpoint_work.attempt, account, endpoint.name, variant, review))


def draw_traffic(account: Account, endpoint: Endpoint) -> None:
    """Draw the traffic split of two models, or the way to add a second one."""
    if len(endpoint.variants) == 1:
        draw_second(account, endpoint)
        return
    first, second = endpoint.variants
    share = st.slider(
        f"Traffic to variant {second.name}, in percent", 0, 100, round(100 * second.share), key=f"share_{second.share}"
    )
    shares = {first.name: 1 - share / 100, second.name: share / 100}
    with st.container(horizontal=True):
        if button("Change the traffic split", "shift", disabled=is_working() or share == round(100 * second.share)):
            begin("Changing the traffic split", partial(endpoint_work.shift, account, endpoint.name, shares))
        for kept in endpoint.variants:
            if button(f"Keep only {kept.name}", f"keep {kept.name}", disabled=is_working()):
                begin("Keeping one model", partial(endpoint_work.keep, account, endpoint.name, kept.name))
    draw_accuracy(account, endpoint)


def draw_second(account: Account, endpoint: Endpoint) -> None:
    """Draw how to replace the endpoint's model, or to add a second one."""
    directory = ui.pick_model("second_model")
    with st.container(horizontal=True):
        if button("Replace the current model", "replace", disabled=is_working()):
            begin("Replacing the model", partial(endpoint_work.replace, account, endpoint.name, directory))
        serverless = isinstance(endpoint.variants[0].capacity, Serverless)
        if button("Add it as a second model", "beside", disabled=is_working() or serverless):
            begin("Adding a model", partial(endpoint_work.add, account, endpoint.name, directory))
    if serverless:
        st.caption("A serverless endpoint can have only one model; an endpoint on instances can have two.")
    else:
        price = ui.plain(endpoint_price.besides(endpoint, account.region))
        st.caption(
            f"Replacing the model does not change the price. {price} A second model gets no calls until you change the "
            "traffic split."
        )


def draw_accuracy(account: Account, endpoint: Endpoint) -> None:
    """Draw the comparison of both models on a labelled table."""
    with ui.errors_shown():
        uploaded = choose_upload(
            "Compare them on a labelled table, or on the sample if you have none", "accuracy_table"
        )
    if button("Compare both models", "accuracy", disabled=is_working()):
        table = uploaded or storage.SAMPLE_TABLE
        begin("Comparing both models", partial(endpoint_work.compare, account, endpoint.name, table))


def draw_extension(account: Account, endpoint: Endpoint) -> None:
    """Draw the choice of a later end time."""
    with st.popover("Extend", icon=":material/more_time:", disabled=is_working()):
        hours = st.radio("Keep running for", EXTENSIONS, format_func=lambda hours: f"{hours} h", key="extension")
        price = endpoint_price.for_hours(hours, endpoint_price.hourly_cost(endpoint, account.region))
        st.caption(
            ui.plain(f"Until then it costs {price}." if price != "by use" else "It continues to be charged by use.")
        )
        if button("Extend it", f"extend {endpoint.name}"):
            begin("Extending", partial(endpoint_work.extend, account, endpoint.name, expiry.ending(hours)))


def draw_deletion(account: Account, endpoint: Endpoint) -> None:
    """Draw the deletion of the endpoint."""
    with st.popover("Delete", icon=":material/delete:", disabled=is_working()):
        if not endpoint.is_of(account):
            st.warning(ui.plain(f"{endpoint.owner or 'Somebody else'} created this endpoint."))
        st.write(
            "Deletes the endpoint, its models, and its public API if it has one: the API's address, page and key "
            "stop working. It can no longer be called."
        )
        if button("Delete it", f"delete {endpoint.name}"):
            begin("Deleting", partial(endpoint_work.delete, account, endpoint.name))
