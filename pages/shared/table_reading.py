"""Input of tables on pages: the upload, the preview, and the options for reading them.

These are the same on every page, and each option opens with the detected value.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared import ui
from sentiment.jobs import scoring_request
from sentiment.tables import preview as table_preview
from sentiment.tables import uploads
from sentiment.tables.preview import TablePreview
from sentiment.tables.rows import ReadOptions

ENCODINGS = ("utf-8", "cp1252", "iso-8859-1", "mac_roman", "utf-16", "shift_jis", "gb18030")
DELIMITERS = {",": "comma", ";": "semicolon", "tab": "tab", "|": "bar", "none": "none: one review per line"}
QUOTES = {'"': "double quote", "'": "single quote", "none": "none: quotes are content"}
HEADERS = {True: "the first row", False: "none"}
MOST_SKIPPED = 20
# The options for a file that could not be read.
_ALL = dict.fromkeys(("encoding", "delimiter", "quote", "header"), "")


def take_upload(label: str, turn_key: str, hint: str | None = None) -> Path | None:
    """Draw an uploader; store an uploaded file on disk and return its path, in the run in which it arrives."""
    turn = st.session_state.setdefault(turn_key, 0)
    upload = st.file_uploader(
        label,
        uploads.TABLE_TYPES,
        key=f"{turn_key} {turn}",
        max_upload_size=uploads.MAXIMUM_MEGABYTES,
        help=f"Uploads that no job uses are deleted after {uploads.keep_days()} days.{f' {hint}' if hint else ''}",
    )
    if upload is None:
        return None
    path = uploads.keep_upload(upload.name, upload.getbuffer())
    st.session_state[turn_key] = turn + 1  # a new key gives a new, empty uploader
    ui.release(upload)
    uploads.remove_unused(scoring_request.used_tables())
    return path


def choose_upload(label: str, key: str) -> Path | None:
    """Draw an uploader and the name of the table last uploaded there; return its path, None if there is none.

    The path is in the session state under `key`; the table itself is on disk and no longer in memory.
    """
    if path := take_upload(label, f"{key}_turn"):
        st.session_state[key] = path
        st.rerun()
    kept: Path | None = st.session_state.get(key)
    if kept is None or not kept.is_file():
        return None
    st.caption(f"Uploaded: {ui.plain(kept.name)}")
    return kept


def preview_of(path: Path, options: ReadOptions) -> TablePreview:
    """Return the preview of the table, which is read again only if the file or the options have changed."""
    with st.spinner("Reading the table"):
        return _preview(repr((str(path), path.stat().st_mtime_ns, options)), path, options)


@st.cache_data(max_entries=16, show_spinner=False)
def _preview(identity: str, _path: Path, _options: ReadOptions) -> TablePreview:
    return table_preview.preview(_path, _options)


def choose_reading(path: Path, detected: Mapping[str, str] | None = None, sheets: Sequence[str] = ()) -> None:
    """Draw the options for a table that is read as `detected`, or without it for one that cannot be read."""
    known = _ALL if detected is None else detected
    if not known:
        return
    with st.expander("How it is read", expanded=detected is None), st.container(horizontal=True):
        for name, choices in _choices(sheets).items():
            if name in known or (name == "skip_rows" and "header" in known):
                labels = {None: _detected(name, known, choices)} | choices
                st.selectbox(
                    name.replace("_", " ").capitalize(),
                    list(labels),
                    format_func=labels.__getitem__,
                    key=_key(name, path),
                    width=220,
                    persist_state="session",
                )


def asked_options(path: Path) -> ReadOptions:
    """Return the chosen options for reading this file, None for those that should be detected."""
    return ReadOptions(**{name: st.session_state.get(_key(name, path)) for name in _choices(())})


def _choices(sheets: Sequence[str]) -> dict[str, dict[Any, str]]:
    """Return the choices for each option of reading, with their labels."""
    return {
        "encoding": {name: name for name in ENCODINGS},
        "delimiter": DELIMITERS,
        "quote": QUOTES,
        "sheet": {name: name for name in sheets},
        "skip_rows": {number: str(number) if number else "none" for number in range(MOST_SKIPPED + 1)},
        "header": HEADERS,
    }


def _detected(name: str, known: Mapping[str, str], choices: Mapping[Any, str]) -> str:
    if name == "skip_rows":
        return f"detected: {known.get('skipped', 'none')}"
    found = known[name]
    if name == "header" and found:
        found = HEADERS[found == "yes"]
    return f"detected: {choices.get(found, found)}" if found else "detect"


def _key(name: str, path: Path) -> str:
    return f"{name} {path}"
