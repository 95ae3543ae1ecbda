"""Elements that all pages share: the model picker, the loaded predictor, and errors in a box.

It does not import torch, which takes seconds: a page is drawn first, then the library and the first model are loaded in
a thread.
"""

import gc
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sentiment.display import report_table
from sentiment.errors import NO_MEMORY, BundleError, SentimentError, StorageError, lacks_memory
from sentiment.jobs import model_library, warm_start
from sentiment.model import bundle
from sentiment.model.bundle import Card
from sentiment.model.workers import hosts

if TYPE_CHECKING:
    from sentiment.model.predictor import Predictor

MODEL_KEY = "model"
KEPT_MODELS = 4


def models() -> list[Card]:
    """Return the card of every model on this machine, the default first."""
    return list(model_library.cards().values())


def model_with(fingerprint: str) -> Path | None:
    """Return the directory of the bundle with that fingerprint, None if it is not on this machine."""
    return next((card.directory for card in models() if card.fingerprint == fingerprint), None)


def model_id(card: Card) -> str:
    """Return the id of a model, as used in URLs (`?model=…`)."""
    return model_library.identifier(card)


def label(card: Card) -> str:
    """Return a model's name, accuracy and device, such as "mine · 0.93 on 25,000 reviews of hotels.csv · cpu".

    The number of reviews indicates how reliable the accuracy is, and for what. A model of many kinds of goods is called
    "Reviews of anything (shipped)", and its accuracy is that on held-out kinds. Unknown parts are left out.
    """
    name = model_library.name(model_id(card))
    if elsewhere := report_table.accuracy_on_other_goods(card):
        return " · ".join(filter(None, (f"Reviews of anything ({name})", elsewhere, device())))
    return " · ".join(filter(None, (name, report_table.accuracy_in_words(card), device())))


def pick_model(key: str = MODEL_KEY) -> Path:
    """Draw the model picker and return the directory of the chosen bundle.

    The choice is kept for the session, across pages, and is in the page's URL as `?key=…` unless it is the first model.
    A URL with an unknown model shows a warning.

    Raises:
        BundleError: there is no model on this machine.
    """
    cards = _cards_by_id()
    linked = st.query_params.get(key)
    chosen_before = _resolve_choice(cards, key)
    if linked and linked not in cards:
        instead = plain(model_library.name(chosen_before))
        st.warning(f"There is no model called {plain(linked)} on this machine; the model {instead} is used instead.")
    labels = {name: label(card) for name, card in cards.items()}
    chosen: str = st.selectbox("Model", list(cards), format_func=labels.__getitem__, key=key, persist_state="session")
    _write_choice(cards, key, chosen)
    return cards[chosen].directory


def show_model_in_use() -> None:
    """Draw a line stating this session's model, its accuracy and its device."""
    try:
        cards = _cards_by_id()
    except BundleError:
        st.caption("No model on this machine yet")
        return
    card = cards[_resolve_choice(cards, MODEL_KEY)]
    st.caption(f":material/neurology: {plain(label(card))}", help="The model in use, its accuracy and its device")


def predictor(directory: Path, device: str = "auto") -> "Predictor":
    """Return the predictor of a bundle, loaded once for all sessions; the most recently used ones are cached.

    Raises:
        BundleError: the directory is not a complete bundle.
        DeviceError: this machine has no such device.
    """
    with st.spinner("Loading the model"):
        return _loaded(directory, _changed(directory), device)


def predictor_for_thread(directory: Path) -> "Predictor":
    """Return the same as `predictor`, for a background thread, which cannot draw. Raises BundleError like it."""
    return _loaded(directory, _changed(directory), "auto")


def warm_up() -> Future[str]:
    """Start loading torch and the first model, once per server; the result is the device's name.

    They are loaded in a thread, for single reviews, and in a process that can start scoring tables immediately.
    """
    started = _warming()
    if not started:
        started.append(ThreadPoolExecutor(1, "warm-up").submit(_warm))
    return started[0]


def device() -> str:
    """Return the name of the device that models run on; "" while it is unknown."""
    return next((warm.result() for warm in _warming() if warm.done() and not warm.exception()), "")


def plain(text: str) -> str:
    """Return Markdown that shows `text` literally, so that user input cannot add formatting or images."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def option(text: str) -> str:
    """Return the label of an option in a segmented control, in a colour that is legible on every background.

    Streamlit writes the selected option in the primary colour, which is too dark on a dark page: that colour must also
    contrast with the white labels of buttons.
    """
    return f":gray[{text}]"


def show_error(error: SentimentError) -> None:
    """Show the error message in a box."""
    st.error(plain(str(error)), icon=":material/error:")


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an error that is not a bug, such as a full disk or too little memory, in a box and end the page there.

    Use it around a block, or as a decorator.
    """
    try:
        yield
    except SentimentError as error:
        show_error(error)
        st.stop()
    except OSError as error:
        show_error(StorageError.of(error))
        st.stop()
    except (MemoryError, RuntimeError, ImportError) as error:
        if not lacks_memory(error):
            raise
        st.error(NO_MEMORY, icon=":material/error:")
        st.stop()


def _cards_by_id() -> dict[str, Card]:
    cards = model_library.cards()
    if not cards:
        raise BundleError("There is no model on this machine: train or import one first.")
    return cards


def _resolve_choice(cards: dict[str, Card], key: str) -> str:
    """Return the chosen model's id, and store it in the session.

    The URL takes precedence if it was not written by `_write_choice`, since the page was then opened by a link.
    """
    linked = st.query_params.get(key)
    if linked in cards and linked != st.session_state.get(f"{key}_written"):
        st.session_state[key] = linked
    if st.session_state.get(key) not in cards:
        st.session_state[key] = next(iter(cards))
    chosen: str = st.session_state[key]
    return chosen


def _write_choice(cards: dict[str, Card], key: str, chosen: str) -> None:
    written = None if chosen == next(iter(cards)) else chosen
    if written:
        st.query_params[key] = written
    else:
        st.query_params.pop(key, None)
    st.session_state[f"{key}_written"] = written


def release(upload: UploadedFile) -> None:
    """Free the memory of an upload that has been stored; Streamlit itself would keep it until the session ends."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)


@st.cache_resource(show_spinner=False)
def _warming() -> list[Future[str]]:
    """Return the work that `warm_up` has started on this server: an empty list or one future."""
    return []


def _warm() -> str:
    first = models()[:1]
    if first and hosts.on_cpu():
        warm_start.begin(first[0].directory)
    from sentiment.model import devices

    name = devices.choose().type
    for card in first:
        _loaded(card.directory, _changed(card.directory), "auto")
    # Objects loaded by now are permanent: the garbage collector should not scan them again while users wait.
    gc.collect()
    gc.freeze()
    return name


def _changed(directory: Path) -> int:
    """Return the modification time of the weights in nanoseconds, 0 if there are none."""
    weights = directory / bundle.WEIGHTS
    return weights.stat().st_mtime_ns if weights.is_file() else 0


@st.cache_resource(max_entries=KEPT_MODELS, show_spinner=False)
def _loaded(directory: Path, changed: int, device: str) -> "Predictor":
    """Load a predictor; `changed` is part of the cache key, so that a retrained bundle is loaded again."""
    from sentiment.model.predictor import Predictor

    return Predictor.load(directory, device)
