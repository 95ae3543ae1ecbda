"""The models on this machine: the shipped one, those trained by jobs and imported ones, with names and notes.

A model is stored in `runs/<id>/model` whether a job trained it or it was imported, so that no two models share an id.
Names, notes and the default are stored next to the runs in `models.json`: a bundle itself is never changed.
"""

import itertools
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sentiment.errors import BundleError, JobError
from sentiment.jobs import registry
from sentiment.jobs.run_directory import named_directory
from sentiment.model import bundle, bundle_archive
from sentiment.model.bundle import Card
from sentiment.system import locks, storage
from sentiment.tables.rows import encodable

SHIPPED = "shipped"
_IMPORT = ".importing."
# Characters of a name and of notes.
LONGEST_NAME, LONGEST_NOTES = 80, 2_000


@dataclass(frozen=True)
class Label:
    """A user's name and notes for a model; if the name is empty, the model's id is shown."""

    name: str = ""
    notes: str = ""


def cards() -> dict[str, Card]:
    """Return the card of every model by its id: the default first, then the shipped one, then the newest.

    Directories that are damaged or still being written are skipped.
    """
    trained = [config.parent for config in _runs().glob("*/model/config.json")]
    newest_first = sorted(trained, key=_changed, reverse=True)
    found = [card for directory in (storage.SHIPPED_BUNDLE, *newest_first) if (card := _card(directory))]
    by_id = {identifier(card): card for card in found}
    first = default()
    return ({first: by_id.pop(first)} if first in by_id else {}) | by_id


def identifier(card: Card) -> str:
    """Return the id of a model, which URLs (`?model=…`) and settings refer to."""
    return SHIPPED if card.directory == storage.SHIPPED_BUNDLE else card.directory.parent.name


def default() -> str:
    """Return the id of the model that new sessions start with; that model may have been deleted."""
    return str(_record().get("default", SHIPPED))


def set_default(model: str) -> None:
    """Make new sessions start with this model."""
    with _changing() as record:
        record["default"] = model


def label(model: str) -> Label:
    """Return the name and notes of a model."""
    found = _labels().get(model, {})
    return Label(str(found.get("name", "")), str(found.get("notes", "")))


def name(model: str) -> str:
    """Return the display name of a model: its own name, or its id."""
    return label(model).name or model


def set_label(model: str, given: Label) -> None:
    """Store the name and notes of a model.

    Raises:
        BundleError: another model has that name.
    """
    given = Label(given.name.strip(), given.notes.strip())
    with _changing() as record:
        if given.name in {name(other) for other in cards() if other != model}:
            raise BundleError(f"Another model is called {given.name}: choose another name.")
        record["labels"] = _labels() | {model: asdict(given)}


def exported(model: str) -> bytes:
    """Return a model as a `.tar.gz` file with its bundle, name and notes, which `add` imports on another machine.

    Raises:
        BundleError: the model does not exist or is damaged.
    """
    given = label(model)
    shown = given.name if model == SHIPPED else name(model)
    about = {field: text for field, text in asdict(Label(shown, given.notes)).items() if text}
    return bundle_archive.packed(storage.SHIPPED_BUNDLE if model == SHIPPED else _runs() / model / "model", about)


def add(archive: BinaryIO, filename: str) -> str:
    """Import the bundle in a `.tar.gz` file of that name and return its id.

    It keeps the name and the notes that it was exported with; a number is appended to a name that is taken.

    Raises:
        BundleError: the file is not a complete bundle, exceeds the limits of `bundle_archive.unpack`, or the same model
            exists already.
    """
    # One import at a time: each may take as much memory as the limit allows.
    with locks.held(_made(_runs()) / ".import.lock", wait=True):
        _remove_interrupted_imports()
        with tempfile.TemporaryDirectory(prefix=_IMPORT, dir=_runs()) as staging:
            card, about = bundle_archive.unpack(archive, Path(staging, "unpacked"))
            same = [model for model, other in cards().items() if other.fingerprint == card.fingerprint]
            if same:
                raise BundleError(f"This model is on this machine already: {name(same[0])}.")
            run = named_directory(_runs(), filename.removesuffix(".gz").removesuffix(".tar").removesuffix(".tgz"))
            card.directory.rename(run / "model")
    _keep_label(run.name, Label(about.get("name", ""), about.get("notes", "")))
    return run.name


def delete(model: str) -> None:
    """Delete a model. The record of the job that trained it is kept.

    Raises:
        BundleError: it is the shipped model, or its job is still running.
    """
    if model == SHIPPED:
        raise BundleError("The model that ships with the project cannot be deleted.")
    run = _runs() / model
    try:
        if registry.load(run).is_active:
            raise BundleError(f"{model} is still training: stop it before you delete its model.")
        shutil.rmtree(run / "model", ignore_errors=True)
    except JobError:  # imported: it has no job
        shutil.rmtree(run, ignore_errors=True)
    with _changing() as record:
        record["labels"] = {key: value for key, value in _labels().items() if key != model}
        if record.get("default") == model:
            del record["default"]


def _keep_label(model: str, given: Label) -> None:
    """Store the name and notes from an archive, which may hold any text."""
    wanted = encodable(" ".join(given.name.split()))[:LONGEST_NAME]
    notes = encodable(given.notes)[:LONGEST_NOTES]
    if not wanted and not notes:
        return
    with _changing() as record:
        taken = {name(other) for other in cards() if other != model}
        numbered = (f"{wanted} {number}" for number in itertools.count(2))
        free = wanted if wanted not in taken else next(each for each in numbered if each not in taken)
        record["labels"] = _labels() | {model: asdict(Label(free, notes))}


def _remove_interrupted_imports() -> None:
    for left in _runs().glob(f"{_IMPORT}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)


def _runs() -> Path:
    return storage.home() / "runs"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _changed(directory: Path) -> float:
    """Return when a directory was last changed; 0 if another dashboard has deleted it meanwhile."""
    try:
        return directory.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _card(directory: Path) -> Card | None:
    try:
        return bundle.describe(directory)
    except BundleError:
        return None


def _record() -> dict[str, Any]:
    """Return the contents of `models.json`; nothing if it is missing or damaged, since models work without it."""
    path = storage.home() / "models.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        json.dumps(found, ensure_ascii=False).encode()  # raises ValueError for lone surrogates, which no file can hold
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _labels() -> dict[str, dict[str, str]]:
    found = _record().get("labels")
    labels = found.items() if isinstance(found, dict) else ()
    return {
        model: texts for model, texts in labels if isinstance(texts, dict) and set(map(type, texts.values())) <= {str}
    }


@contextmanager
def _changing() -> Iterator[dict[str, Any]]:
    """Yield the record for changes and save it if the block succeeds; other dashboards here wait meanwhile."""
    path = _made(storage.home()) / "models.json"
    with locks.held(path.with_name(".models.lock"), wait=True):
        storage.remove_interrupted(path)
        record = _record()
        yield record
        storage.write_json(path, record)
