"""Start a training job in three steps: data, method and place, start. All other settings are under Advanced."""

import dataclasses
from pathlib import Path

import streamlit as st

from pages.shared import ui
from pages.shared.lasting import lasting
from pages.train.data_choice import choose_data
from pages.train.place_choice import PlaceChoice, choose_place
from pages.train.settings_form import ask_settings, show_changes
from pages.train.table_columns import DataChoice
from sentiment.cloud.training import training_start
from sentiment.errors import JobError
from sentiment.jobs import estimates, registry, training_request
from sentiment.jobs.training_request import Learning, TrainingRequest
from sentiment.training.loop.config import PRESETS, PRETRAINING, TrainConfig
from sentiment.wording import duration

GOALS: dict[Learning, str] = {"train": "Sentiment", "pretrain": "Language model (pretraining)"}
ABOUT = {
    "clone": "The settings of the job that you cloned.",
    "pretrained": "As modern, starting from a pretrained language model.",
    "pretrain": "Learns to predict the next word from reviews without labels. Training can start from the result.",
    "fine-tune": "Fits the model that ships with the project to your labels, in seconds. Best with few reviews.",
    "modern": "Keeps every word and reads in both directions. The most accurate.",
    "quick": "As modern with one pass over the reviews: almost as accurate in a third of the time.",
    "classic": "The recipe of the well-known tutorials, to reproduce their results.",
}


def cloned_job() -> registry.Job | None:
    """Return the job to clone according to the URL; None, after stating it, if that does not exist."""
    identifier = st.query_params.get("from")
    try:
        return registry.find("train", identifier) if identifier else None
    except JobError as error:
        ui.show_error(error)
        return None


def linked_network() -> Path | None:
    """Return the pretrained network that training starts from according to the URL; None, after stating why, if none.

    A link without one says nothing.
    """
    identifier = st.query_params.get("start")
    if not identifier:
        return None
    try:
        network = registry.find("pretrain", identifier).pretrained
    except JobError as error:
        ui.show_error(error)
        return None
    if network is None:
        st.warning(f"{ui.plain(identifier)} has no network to start from yet.", icon=":material/pending:")
    return network


def choose_goal(cloned: TrainingRequest | None) -> Learning:
    """Draw the choice between training and pretraining, opened at the kind of the cloned job."""
    first = cloned.kind if cloned else "train"
    goals = list(GOALS)
    goal: Learning = st.segmented_control(
        "Task",
        goals,
        format_func=lambda goal: ui.option(GOALS[goal]),
        default=first,
        required=True,
        **lasting(f"goal {first}", cloned),
    )
    return goal


def bases(kind: Learning, cloned: TrainingRequest | None) -> dict[str, TrainConfig]:
    """Return the settings that the form can open with: of the cloned job, of a linked pretraining, of presets."""
    found: dict[str, TrainConfig] = {"clone": cloned.config} if cloned and cloned.kind == kind else {}
    if kind == "pretrain":
        return found | PRETRAINING
    if network := linked_network():
        found["pretrained"] = dataclasses.replace(PRESETS["modern"], start=str(network))
    return found | PRESETS


def choose_base(found: dict[str, TrainConfig], few: bool, cloned: TrainingRequest | None) -> tuple[str, TrainConfig]:
    """Draw the choice of the settings to open with; return their name and the settings."""
    first = next(iter(found))
    first = "fine-tune" if few and first == "modern" else first
    name = str(
        st.segmented_control(
            "Method",
            list(found),
            default=first,
            required=True,
            format_func=ui.option,
            **lasting(f"preset {first}", cloned),
        )
    )
    st.caption(ABOUT[name])
    return name, found[name]


def request_of(kind: Learning, data: DataChoice, settings: TrainConfig) -> TrainingRequest:
    """Return the request as one record."""
    return TrainingRequest(data.path, settings, data.text_column, data.label_column, data.mapping, kind, data.options)


def start_job(request: TrainingRequest, name: str, there: PlaceChoice | None) -> registry.Job:
    """Start the job on this machine or at the chosen place."""
    if there is None:
        return registry.start(request.kind, request.arguments(), request.settings(), name)
    return training_start.start(request, name, there.place(name))


def show_price(request: TrainingRequest, there: PlaceChoice) -> None:
    """State what the job would cost on SageMaker."""
    estimate = estimates.known(request)
    if words := there.price_in_words(estimate.seconds if estimate else None):
        st.markdown(f":material/payments: {ui.plain(words)}")


def show_time(request: TrainingRequest) -> None:
    """State how long it would take, or measure it; a fragment, so that only this part waits for a measurement."""
    estimate = estimates.known(request)
    latest = estimates.measurement(request)
    if estimate is not None:
        epochs = "1 epoch" if request.config.epochs == 1 else f"{request.config.epochs} epochs"
        spent = f"About **{duration(estimate.seconds)}** for {epochs}"
        early = "" if request.config.epochs == 1 else " Training stops early when it no longer improves."
        st.markdown(f"{spent}, {estimate.source}.{early}")
    elif latest is not None and latest.is_active:
        st.markdown("Measuring how fast this machine trains such a network on this data. This takes half a minute.")
    elif latest is not None and latest.state == "failed":
        st.error(ui.plain(f"The time could not be measured: {latest.reason}"), icon=":material/error:")
    else:
        st.caption("The estimate takes half a minute: it measures a few seconds of training on this machine.")
    if st.session_state.get("measuring") and not (latest and latest.is_active):
        st.session_state["measuring"] = False
        st.rerun()


def missing_choice(data: DataChoice | None, there: PlaceChoice | None) -> str:
    """Return an instruction on what must still be selected before the job can start; "" if nothing is missing."""
    if data is None:
        return "Choose the data first."
    if not data.ready:
        return "Choose the columns and labels first."
    if there is not None and not there.ready:
        return "Connect to AWS and choose a role first."
    return ""


st.title("Train a model")
st.caption("Training continues if you close this page.")
with ui.errors_shown():
    original = cloned_job()
    cloned = training_request.from_settings(original.settings) if original else None
if original:
    st.info(f"Opened with the settings of {ui.plain(original.id)}.", icon=":material/content_copy:")
# Laid out first and filled below, since the settings under Advanced determine what the steps above them offer.
first_step, last_steps = st.columns([3, 2], gap="large")
method_step, start_step = last_steps.container(), last_steps.container()
advanced = st.expander("Advanced", icon=":material/tune:")
with advanced:
    kind = choose_goal(cloned)
with first_step:
    st.header("1. Data", anchor=False)
    data = choose_data(kind, cloned)
with method_step, ui.errors_shown():
    st.header("2. Method", anchor=False)
    base_name, base = choose_base(bases(kind, cloned), data is not None and data.few, cloned)
    origin = original.sagemaker if original else None
    there = choose_place(origin.place if origin else None) if kind == "train" else None
with advanced:
    values = ask_settings(kind, base_name, base)
with start_step:
    st.header("3. Start", anchor=False)
    name = st.text_input(
        "Name",
        original.name if original else base_name,
        help="The name of the job and its model",
        **lasting(f"name {base_name}", cloned),
    )
    show_changes(values, base_name, base)
    price = st.empty()
    missing = missing_choice(data, there)
    with st.container(horizontal=True):
        start = st.button("Start", type="primary", disabled=bool(missing), help=missing or None)
        estimate = st.button("Estimate the time", disabled=data is None or not data.ready)
    if missing:
        st.caption(missing)
    if data is not None and data.ready:
        with ui.errors_shown():
            request = request_of(kind, data, dataclasses.replace(base, **values))
            if start:
                job = start_job(request, name, there)
                st.switch_page("pages/train/monitor.py", query_params={"run": job.id})
            if estimate and estimates.known(request) is None:
                estimates.measure(request)
                st.session_state["measuring"] = True
            if there is not None:
                with price:
                    show_price(request, there)
            st.fragment(show_time, run_every="1s" if st.session_state.get("measuring") else None)(request)
