"""The data part of the launch page: IMDb, an uploaded table or a path; for a table its columns and its labels."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

import streamlit as st

from sentiment import imdb, imdb_download, labelled, storage, ui
from sentiment.background_download import BackgroundDownload
from sentiment.errors import SentimentError
from sentiment.examples import CLASS_NAMES
from sentiment.labelled import Survey
from sentiment.labels import LabelMapping
from sentiment.training_request import TrainingRequest

IMDB, UPLOAD, PATH, SAMPLE = "IMDb", "Upload a table", "A path on this machine", "Sample table"
SAMPLE_TABLE = storage.ASSETS / "sample_labelled.csv"
# Below this many labelled rows, going on from the shipped model beats starting from nothing.
FEW_ROWS = 5_000
TABLE_TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "parquet", "jsonl", "json"]
SAMPLE_CHARACTERS = 200
MOST_VALUES = 200


@dataclass(frozen=True)
class DataChoice:
    """What to learn from; `ready` is False while something speaks against it, `few` tells of a small table."""

    path: Path
    text_column: str | None = None
    label_column: str | None = None
    mapping: LabelMapping | None = None
    ready: bool = True
    few: bool = False


def choose_data(cloned: TrainingRequest | None) -> DataChoice | None:
    """Draw the choice, opened at the cloned job's data; None while nothing is chosen."""
    places = [IMDB, UPLOAD, PATH, SAMPLE]
    source = st.segmented_control("Data", places, default=PATH if cloned else IMDB, required=True, key="source")
    try:
        path = choose_path_of(str(source), cloned)
        if path is None or imdb.is_imdb(path):
            return None if path is None else DataChoice(path)
        return choose_labels(path, cloned if cloned and cloned.data == path else None)
    except SentimentError as error:
        ui.show_error(error)
        return None


def choose_path_of(source: str, cloned: TrainingRequest | None) -> Path | None:
    """Draw what the source needs; None while nothing is chosen."""
    if source == SAMPLE:
        return SAMPLE_TABLE
    return choose_imdb() if source == IMDB else choose_upload() if source == UPLOAD else choose_path(cloned)


def choose_imdb() -> Path | None:
    """Say where the IMDb reviews are, or offer to get them."""
    found = imdb_download.find_imdb()
    if found is not None:
        st.caption(f"The IMDb film reviews of Maas et al. (2011), found at {ui.plain(str(found))}.")
        return found
    st.info("The IMDb reviews are not on this machine yet. If you have a copy, choose its path instead.")
    getter = imdb_getter()
    if getter.error:
        st.error(ui.plain(getter.error), icon=":material/error:")
    if getter.is_running:
        watch_download()
    elif st.button("Get IMDb", help=f"From {imdb_download.ARCHIVE_URL}, checked when it is here"):
        getter.start(imdb_download.usual_directory())
        st.rerun()
    return None


@st.cache_resource
def imdb_getter() -> BackgroundDownload:
    """Return the one download of this server."""
    return BackgroundDownload()


@st.fragment(run_every="1s")
def watch_download() -> None:
    """Draw how far the download is, and the whole page anew when it has ended."""
    getter = imdb_getter()
    if not getter.is_running:
        st.rerun()
    told = f": {getter.done_bytes / 1e6:.0f} of {getter.total_bytes / 1e6:.0f} MB" if getter.total_bytes else ""
    st.progress(getter.share, text=f"Getting IMDb{told}. You may leave this page.")


def choose_upload() -> Path | None:
    """Keep the uploaded table on disk, where the job finds it, and return its path."""
    upload = st.file_uploader("A table with one review a row and a column of labels", TABLE_TYPES, key="upload")
    if upload is not None:
        content = upload.getvalue()
        folder = storage.home() / "uploads" / hashlib.sha256(content).hexdigest()[:16]
        path = folder / Path(upload.name).name
        if not path.exists():
            with storage.written_whole(path) as temporary:
                temporary.write_bytes(content)
        # The uploader forgets its file when the page is left.
        st.session_state["uploaded"] = path
    kept: Path | None = st.session_state.get("uploaded")
    return kept if kept is not None and kept.exists() else None


def choose_path(cloned: TrainingRequest | None) -> Path | None:
    """Ask for a path on the machine that the dashboard runs on."""
    hint = "The IMDb archive, its unpacked directory, or a labelled table (CSV, TSV, Excel, Parquet, JSON Lines)"
    typed = st.text_input("Path", str(cloned.data) if cloned else "", help=hint, key="path").strip()
    path = Path(typed).expanduser()
    if typed and not path.exists():
        st.error(f"There is nothing at {ui.plain(typed)}; correct the path.", icon=":material/error:")
    return path.absolute() if typed and path.exists() else None


def choose_labels(path: Path, cloned: TrainingRequest | None) -> DataChoice:
    """Draw which columns and values mean what, with three reviews of each class, and what speaks against it."""
    known = (cloned.text_column, cloned.label_column, cloned.mapping) if cloned else (None, None, None)
    first = survey(path, *known)
    columns = list(first.columns)
    left, right = st.columns(2)
    text = left.selectbox("Column of the reviews", columns, place(columns, first.text_column), key=f"text {path}")
    label = right.selectbox("Column of the labels", columns, place(columns, first.label_column), key=f"label {path}")
    found = survey(path, text, label, known[2] if label == known[1] else None)
    mapping = ask_meaning(found, f"{path} {label}")
    if mapping is not None and mapping != found.mapping:
        found = survey(path, text, label, mapping)
    show_survey(found)
    few = sum(found.counts.values()) < FEW_ROWS
    return DataChoice(path, text, label, mapping, ready=mapping is not None and not found.problems, few=few)


def ask_meaning(found: Survey, key: str) -> LabelMapping | None:
    """Draw which labels are negative and which positive, as suggested; None while a class has none."""
    if found.label_column is None or len(found.values) > MOST_VALUES:
        return None
    guess = found.mapping
    values = list(found.values)
    told = {value: f"{value or '(empty)'} ({count:,})" for value, count in found.values.items()}
    left, right = st.columns(2)
    chosen = [
        column.multiselect(
            f"Labels that are {CLASS_NAMES[number]}",
            values,
            [value for value in values if guess and guess.label(value) == number],
            format_func=told.__getitem__,
            key=f"{CLASS_NAMES[number]} {key}",
        )
        for number, column in ((0, left), (1, right))
    ]
    if not all(chosen) or set(chosen[0]) & set(chosen[1]):
        st.caption("Choose which labels are negative and which positive; the rest is left out.")
        return None
    others = tuple(value for value in values if value not in chosen[0] + chosen[1])
    return LabelMapping(found.label_column, tuple(chosen[0]), tuple(chosen[1]), others, guess.scale if guess else None)


def show_survey(found: Survey) -> None:
    """Draw the reviews to learn from, counted and with examples, and every reason against learning from them."""
    classes = CLASS_NAMES.items() if found.mapping else []
    for column, (number, name) in zip(st.columns(2), classes, strict=False):
        column.markdown(f"**{found.counts[number]:,} {name} reviews**")
        for review in found.samples[number]:
            column.caption(ui.plain(shorten(review, SAMPLE_CHARACTERS, placeholder=" …")))
    for problem in found.problems:
        st.error(ui.plain(problem), icon=":material/error:")
    for note in found.notes:
        st.caption(ui.plain(note))


def survey(path: Path, text: str | None, label: str | None, mapping: LabelMapping | None) -> Survey:
    """Return what the table offers; read again only when the file or the question has changed."""
    return _survey(str(path), path.stat().st_mtime_ns, text, label, mapping.to_json() if mapping else None)


@st.cache_data(max_entries=16, show_spinner="Reading the table")
def _survey(path: str, changed: int, text: str | None, label: str | None, mapping: str | None) -> Survey:
    meaning = LabelMapping.from_json(mapping) if mapping else None
    return labelled.survey(Path(path), text_column=text, label_column=label, mapping=meaning)


def place(columns: list[str], name: str | None) -> int | None:
    """Return where `name` stands, None when it is None or missing."""
    return columns.index(name) if name in columns else None
