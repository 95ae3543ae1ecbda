"""The form that deploys a model: which model, on which capacity, for how long, and at what price."""

import streamlit as st

from pages.cloud import endpoint_work
from pages.shared import ui
from pages.shared.background import begin, button, is_working
from sentiment.cloud.aws import prices
from sentiment.cloud.aws.account import Account
from sentiment.cloud.ending import expiry
from sentiment.cloud.hosting import endpoint_price, endpoints, models
from sentiment.cloud.hosting.deployment import Plan
from sentiment.cloud.hosting.endpoints import Asynchronous, Capacity, Instances, Serverless
from sentiment.model import bundle

SERVERLESS, INSTANCES, WAITING = "Serverless", "Instances by the hour", "Instances while something waits"
AWS_IMAGE, OWN_IMAGE = "AWS's PyTorch image 2.6", "Our own image in ECR"
HOURS = (0.5, 1.0, 2.0, 4.0, 8.0, 24.0, 72.0)


def draw_form(account: Account, expanded: bool) -> None:
    """Draw the form with the price and the command, and start the deployment when it is submitted."""
    with st.expander("Deploy a model", expanded=expanded, icon=":material/rocket_launch:"), ui.errors_shown():
        left, right = st.columns(2)
        with left:
            directory = ui.pick_model("deploy_model")
            image = ask_image()
        with right:
            capacity = ask_capacity()
            hours = st.select_slider(
                "Delete after",
                HOURS,
                expiry.DEFAULT_HOURS,
                format_func=lambda hours: f"{hours:g} h",
                key="deploy_hours",
                persist_state="session",
                help="AWS deletes it then, even if this computer is switched off. You can extend it.",
            )
        plan = Plan(directory, capacity, hours, image or "")
        st.markdown(ui.plain(endpoint_price.before(capacity, account.region, hours, bundle.describe(directory))))
        st.caption(f"By {prices.dated(account.region)}, before tax and discounts.")
        if remark := prices.remark(account.region):
            st.warning(ui.plain(remark), icon=":material/money_off:")
        missing = image is None or is_working()
        if button("Deploy", "deploy", type="primary", disabled=missing):
            begin("Deploying a model", lambda report: endpoint_work.deploy(account, plan, report))
        st.code(endpoint_work.deploy_command(account, plan), language="bash", wrap_lines=True)


def ask_image() -> str | None:
    """Draw the choice of the image; "" for AWS's image, None while the address of a custom one is missing."""
    if st.radio("Image", [AWS_IMAGE, OWN_IMAGE], key="deploy_image", persist_state="session") == AWS_IMAGE:
        st.caption(ui.plain(models.AWS_IMAGE_REMARK))
        return ""
    address = st.text_input(
        "Its address",
        key="deploy_address",
        persist_state="session",
        placeholder="….amazonaws.com/review-sentiment:1",
    )
    return address.strip() or None


def ask_capacity() -> Capacity:
    """Draw the choice of the instances, or the serverless capacity, for the model."""
    kind = st.segmented_control(
        "Hosting",
        [SERVERLESS, INSTANCES, WAITING],
        default=SERVERLESS,
        required=True,
        format_func=ui.option,
        wrap=True,
        key="deploy_capacity",
        persist_state="session",
    )
    if kind == SERVERLESS:
        usual = Serverless()
        memory = st.select_slider(
            "Memory",
            endpoints.MEMORY_SIZES,
            usual.memory,
            format_func=lambda size: f"{size:,} MB",
            key="deploy_memory",
            persist_state="session",
        )
        calls = st.number_input(
            "Concurrent requests",
            1,
            endpoints.MOST_SERVERLESS_CALLS,
            usual.calls,
            key="deploy_calls",
            persist_state="session",
            help="At most",
        )
        return Serverless(memory, calls)
    instance_type = st.selectbox(
        "Instance type",
        prices.offered("hosting"),
        format_func=prices.described,
        key="deploy_instance_type",
        persist_state="session",
    )
    if kind == WAITING:
        st.caption(
            "Requests wait in S3. Instances start when requests wait, which takes some minutes, and stop when none do."
        )
        most = st.number_input("Most instances", 1, 20, 1, key="deploy_waiting", persist_state="session")
        return Asynchronous(instance_type, int(most))
    count = st.number_input("Instances", 1, 20, 1, key="deploy_count", persist_state="session")
    most = st.number_input(
        "Most instances",
        count,
        20,
        count,
        key=f"deploy_most_{count}",
        persist_state="session",
        help="Under load, AWS starts more, up to this number",
    )
    return Instances(instance_type, count, most)
