"""The data part of the launch page: IMDb, an uploaded table, a path or the sample table."""

from pathlib import Path

import streamlit as st

from pages.shared import server, ui
from pages.shared.lasting import lasting
from pages.shared.navigation import redraw_page
from pages.shared.table_reading import choose_reading, choose_upload
from pages.train.table_columns import DataChoice, choose_labels, choose_texts
from sentiment.data import imdb, imdb_download
from sentiment.errors import SentimentError
from sentiment.jobs.training_request import Learning, TrainingRequest
from sentiment.system import storage
from sentiment.system.background import BackgroundDownload
from sentiment.tables import uploads

IMDB, UPLOAD, PATH, SAMPLE = "IMDb", "Upload a table", "A path on this machine", "Sample table"


def choose_data(kind: Learning, cloned: TrainingRequest | None) -> DataChoice | None:
    """Draw the choice for a job of `kind`, opened at the cloned job's data; None while nothing is selected."""
    # The sample table is far too short for training a language model.
    places = [IMDB, UPLOAD, PATH, SAMPLE] if kind == "train" else [IMDB, UPLOAD, PATH]
    first = PATH if cloned else IMDB
    source = st.segmented_control(
        "Data",
        places,
        default=first,
        required=True,
        format_func=ui.option,
        wrap=True,
        **lasting(f"source {kind}", cloned),
    )
    path = None
    try:
        path = choose_path_of(str(source), cloned)
        if path is None or imdb.is_imdb(path):
            return None if path is None else DataChoice(path)
        choose = choose_labels if kind == "train" else choose_texts
        return choose(path, cloned if cloned and cloned.data == path else None)
    except SentimentError as error:
        ui.show_error(error)
        if path is not None and path.is_file():
            choose_reading(path)
        return None


def choose_path_of(source: str, cloned: TrainingRequest | None) -> Path | None:
    """Draw what the source requires; None while nothing is selected."""
    if source == SAMPLE:
        return storage.SAMPLE_TABLE
    if source == UPLOAD:
        return choose_upload("A table with one review per row; for training, also with a column of labels", "uploaded")
    return choose_imdb() if source == IMDB else choose_path(cloned)


def choose_imdb() -> Path | None:
    """State where the IMDb reviews are, or offer to download them."""
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
    """Return the single download of this server."""
    return BackgroundDownload(imdb_download.download)


@st.fragment(run_every="1s")
def watch_download() -> None:
    """Draw the progress of the download, and redraw the whole page when it has ended."""
    getter = imdb_getter()
    if not getter.is_running:
        redraw_page()
    amount = f": {getter.done_bytes / 1e6:.0f} of {getter.total_bytes / 1e6:.0f} MB" if getter.total_bytes else ""
    st.progress(getter.share, text=f"Getting IMDb{amount}. You can leave this page.")


def choose_path(cloned: TrainingRequest | None) -> Path | None:
    """Ask for a path on the machine that the dashboard runs on."""
    hint = "The IMDb archive, its unpacked directory, or a table of reviews (CSV, TSV, Excel, Parquet, JSON Lines)"
    usual = str(cloned.data) if cloned else ""
    folders = uploads.allowed_folders()
    if not folders and not server.is_local():
        st.info(
            f"Other machines reach this dashboard, so it reads no files of its own machine but uploads. Its owner can "
            f"name folders to read from in the environment variable `{uploads.ALLOWED_FOLDERS}`."
        )
        return None
    if folders:
        hint += ", in " + ui.plain(", ".join(map(str, folders)))
    typed = st.text_input("Path", usual, help=hint, **lasting("path", cloned)).strip()
    return uploads.named_path(typed, anywhere=server.is_local(), folders_too=True) if typed else None
