"""The settings part of the launch page: a widget for each setting of a job, with an explanation."""

import dataclasses
from typing import Any, get_args

import streamlit as st

from pages.shared import ui
from sentiment.jobs import registry
from sentiment.jobs.training_request import Learning
from sentiment.training.loop.config import PRESETS, PRETRAINING, PRETRAINING_SETTINGS, TrainConfig


def ask_settings(kind: Learning, base_name: str, base: TrainConfig) -> dict[str, Any]:
    """Draw a widget for every setting of a job of `kind`, by section, with its explanation; return the values.

    Values are kept when the page is left, except that a cloned job opens with its own.
    """
    sections: dict[str, list[dataclasses.Field[Any]]] = {}
    for item in dataclasses.fields(TrainConfig):
        if kind == "train" or item.name in PRETRAINING_SETTINGS:
            sections.setdefault(item.metadata["section"], []).append(item)
    values: dict[str, Any] = {}
    for section, items in sections.items():
        st.markdown(f"**{section}**")
        for first in range(0, len(items), 3):
            for item, column in zip(items[first : first + 3], st.columns(3), strict=False):
                with column:
                    values[item.name] = ask(item, getattr(base, item.name), base_name)
    return values


def ask(item: dataclasses.Field[Any], value: Any, base_name: str) -> Any:
    """Draw the widget for the field's type, opened at `value`, with its explanation below it."""
    label = title(item.name)
    lasting: dict[str, Any] = {"key": key_of(base_name, item.name)}
    if base_name in PRESETS | PRETRAINING:
        lasting["persist_state"] = "session"
    if item.name == "start":
        names = starts() | ({} if value in starts() else {value: value})
        answer: Any = st.selectbox(label, names, list(names).index(value), format_func=names.__getitem__, **lasting)
    elif choices := get_args(item.type):
        answer = st.selectbox(label, choices, choices.index(value), **lasting)
    elif item.type is bool:
        answer = st.checkbox(label, value, **lasting)
    elif item.type is int:
        answer = st.number_input(label, value=value, step=1, **lasting)
    elif item.type is float:
        answer = st.number_input(label, value=value, step=max(value, 0.1) / 10, format="%.4g", **lasting)
    else:
        answer = st.text_input(label, value, **lasting)
    reason = item.metadata["help"]
    st.caption(ui.plain(f"{reason[0].upper()}{reason[1:]}."))
    return answer


def show_changes(values: dict[str, Any], base_name: str, base: TrainConfig) -> None:
    """State which settings differ from the initial ones, and offer to reset them."""
    changed = {name: value for name, value in values.items() if value != getattr(base, name)}
    if not changed:
        return
    differences = [
        f"{title(name)} {words(value)} instead of {words(getattr(base, name))}" for name, value in changed.items()
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(ui.plain(f"Changed: {'; '.join(differences)}."))
        st.button("Reset", type="tertiary", icon=":material/undo:", on_click=reset, args=(base_name,))


def reset(base_name: str) -> None:
    """Drop the widgets, so that new ones open with the initial values."""
    st.session_state[f"resets {base_name}"] = st.session_state.get(f"resets {base_name}", 0) + 1


def title(name: str) -> str:
    """Return a setting's name as its widget displays it."""
    return name.replace("_", " ").capitalize()


def words(value: Any) -> str:
    """Return a setting's value for use in a sentence."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else value or "nothing"
    )


def key_of(base_name: str, name: str) -> str:
    """Return the key of a setting's widget, which changes after each reset."""
    times = st.session_state.get(f"resets {base_name}", 0)
    return f"{base_name} {name}" + (f" {times}" if times else "")


def starts() -> dict[str, str]:
    """Return what training can start from, as values with their labels: models, then pretrained networks."""
    models = {"shipped" if ui.model_id(card) == "shipped" else str(card.directory): card for card in ui.models()}
    pretrained = {
        str(job.pretrained): f"{job.id}, pretrained" for job in registry.all_jobs("pretrain") if job.pretrained
    }
    return {"": "Nothing"} | {value: ui.label(card) for value, card in models.items()} | pretrained
