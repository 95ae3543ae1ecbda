"""Start a training job: choose the data and a preset, change what you like, see how long it takes, start."""

import dataclasses
from typing import Any, get_args

import streamlit as st

from pages.train.data_choice import DataChoice, choose_data
from sentiment import job_table, jobs, pace, training_request, ui
from sentiment.config import PRESETS, TrainConfig
from sentiment.training_request import TrainingRequest

ABOUT = {
    "fine-tune": "goes on from the model that ships with the project; better with a few thousand reviews or less",
    "modern": "keeps every word and reads both ways; the better model",
    "classic": "the recipe of the well-known tutorials, to reproduce their results",
}


def cloned_job() -> jobs.Job | None:
    """Return the job that the address says to start from."""
    identifier = st.query_params.get("from")
    return jobs.find("train", identifier) if identifier else None


def choose_base(cloned: TrainingRequest | None, few: bool) -> tuple[str, TrainConfig]:
    """Draw the choice of the preset; return a name for it and its settings."""
    names = (["clone"] if cloned else []) + list(PRESETS)
    first = "clone" if cloned else "fine-tune" if few else "modern"
    name = str(st.segmented_control("Preset", names, default=first, required=True, key=f"preset {first}"))
    if cloned and name == "clone":
        st.caption("The settings of the job that you clone.")
        return name, cloned.config
    st.caption(f"{name.capitalize()} {ABOUT.get(name, '')}.".replace(" .", "."))
    return name, PRESETS[name]


def ask_settings(base_name: str, base: TrainConfig) -> dict[str, Any]:
    """Draw a widget for every field of the settings, by section, with its reason; return the values."""
    sections: dict[str, list[dataclasses.Field[Any]]] = {}
    for item in dataclasses.fields(TrainConfig):
        sections.setdefault(item.metadata["section"], []).append(item)
    values: dict[str, Any] = {}
    for section, items in sections.items():
        with st.expander(section, expanded=section == "Training"):
            for first in range(0, len(items), 3):
                for item, column in zip(items[first : first + 3], st.columns(3), strict=False):
                    with column:
                        values[item.name] = ask(item, getattr(base, item.name), f"{base_name} {item.name}")
    return values


def ask(item: dataclasses.Field[Any], value: Any, key: str) -> Any:
    """Draw the widget that fits the field's type, opened at `value`, and its reason under it."""
    label = item.name.replace("_", " ").capitalize()
    if choices := get_args(item.type):
        answer: Any = st.selectbox(label, choices, choices.index(value), key=key)
    elif item.type is bool:
        answer = st.checkbox(label, value, key=key)
    elif item.type is int:
        answer = st.number_input(label, value=value, step=1, key=key)
    elif item.type is float:
        answer = st.number_input(label, value=value, step=max(value, 0.1) / 10, format="%.4g", key=key)
    else:
        answer = st.text_input(label, value, key=key)
    st.caption(ui.plain(item.metadata["help"]))
    return answer


def request_of(data: DataChoice, settings: TrainConfig) -> TrainingRequest:
    """Return what is asked for, as one record."""
    return TrainingRequest(data.path, settings, data.text_column, data.label_column, data.mapping)


def show_time(request: TrainingRequest) -> None:
    """Say how long it would take, or measure it; a fragment, so that a measurement is waited for by itself."""
    estimate = pace.known(request)
    latest = pace.measurement(request)
    if estimate is not None:
        epochs = "1 epoch" if request.config.epochs == 1 else f"{request.config.epochs} epochs"
        spent = f"About **{job_table.duration(estimate.seconds)}** for {epochs}"
        st.markdown(f"{spent}, {estimate.source}. It ends earlier when it no longer gets better.")
    elif latest is not None and latest.is_active:
        st.markdown("Measuring how fast this machine trains such a network on this data. This takes half a minute.")
    elif latest is not None and latest.state == "failed":
        st.error(ui.plain(f"The time could not be measured: {latest.reason}"), icon=":material/error:")
    else:
        st.caption("How long it takes depends on the machine: Estimate the time tries it out for some seconds.")
    if st.session_state.get("measuring") and not (latest and latest.is_active):
        st.session_state["measuring"] = False
        st.rerun()


st.title("Train a model")
st.write("A job is a process of its own: it goes on when you leave this page or close the dashboard.")
with ui.errors_shown():
    original = cloned_job()
    cloned = training_request.from_settings(original.settings) if original else None
if original:
    st.info(f"Opened with the settings of {original.id}.", icon=":material/content_copy:")
data = choose_data(cloned)
base_name, base = choose_base(cloned, data is not None and data.few)
with st.form("settings"):
    name = st.text_input("Name", original.name if original else base_name, help="The job and its model are called so")
    values = ask_settings(base_name, base)
    with st.container(horizontal=True):
        start = st.form_submit_button("Start", type="primary", disabled=data is None or not data.ready)
        estimate = st.form_submit_button("Estimate the time", disabled=data is None or not data.ready)
if data is not None and data.ready:
    with ui.errors_shown():
        request = request_of(data, TrainConfig(**values))
        if start:
            job = jobs.start("train", request.arguments(), request.settings(), name)
            st.switch_page("pages/train/monitor.py", query_params={"run": job.id})
        if estimate and pace.known(request) is None:
            pace.measure(request)
            st.session_state["measuring"] = True
        st.fragment(show_time, run_every="1s" if st.session_state.get("measuring") else None)(request)
