"""The settings part of the launch page: a widget for each setting of a job, with its reason."""

import dataclasses
from typing import Any, get_args

import streamlit as st

from sentiment import jobs, ui
from sentiment.config import PRETRAINING_SETTINGS, TrainConfig
from sentiment.training_request import Learning


def ask_settings(kind: Learning, base_name: str, base: TrainConfig) -> dict[str, Any]:
    """Draw a widget for every setting that a job of `kind` has, by section, with its reason; return the values."""
    sections: dict[str, list[dataclasses.Field[Any]]] = {}
    for item in dataclasses.fields(TrainConfig):
        if kind == "train" or item.name in PRETRAINING_SETTINGS:
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
    if item.name == "start":
        names = starts() | ({} if value in starts() else {value: value})
        answer: Any = st.selectbox(label, names, list(names).index(value), format_func=names.__getitem__, key=key)
    elif choices := get_args(item.type):
        answer = st.selectbox(label, choices, choices.index(value), key=key)
    elif item.type is bool:
        answer = st.checkbox(label, value, key=key)
    elif item.type is int:
        answer = st.number_input(label, value=value, step=1, key=key)
    elif item.type is float:
        answer = st.number_input(label, value=value, step=max(value, 0.1) / 10, format="%.4g", key=key)
    else:
        answer = st.text_input(label, value, key=key)
    reason = item.metadata["help"]
    st.caption(ui.plain(f"{reason[0].upper()}{reason[1:]}."))
    return answer


def starts() -> dict[str, str]:
    """Return what training can go on from, value of the setting to words: models, then pretrained networks."""
    models = {"shipped" if ui.model_id(card) == "shipped" else str(card.directory): card for card in ui.models()}
    pretrained = {str(job.pretrained): f"{job.id}, pretrained" for job in jobs.all_jobs("pretrain") if job.pretrained}
    return {"": "Nothing"} | {value: ui.label(card) for value, card in models.items()} | pretrained
