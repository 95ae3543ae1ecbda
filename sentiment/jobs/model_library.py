"""The models on this machine: the shipped one, those that jobs trained and imported ones, with names and notes.

A model lies in `runs/<id>/model` whether a job trained it or it was imported, so that no two models share an id.
Names, notes and the default are kept beside the runs in `models.json`: a bundle itself is never changed.
"""

import json
import shutil
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

SHIPPED = "shipped"


@dataclass(frozen=True)
class Label:
    """What a person has written about a model; an empty name stands for the model's id."""

    name: str = ""
    notes: str = ""


def cards() -> dict[str, Card]:
    """Return the card of every model by its id: the default first, then the shipped one, then the newest.

    A directory that is damaged or still being written is passed over.
    """
    trained = [config.parent for config in _runs().glob("*/model/config.json")]
    newest_first = sorted(trained, key=lambda directory: directory.stat().st_mtime, reverse=True)
    found = [card for directory in (storage.SHIPPED_BUNDLE, *newest_first) if (card := _card(directory))]
    by_id = {identifier(card): card for card in found}
    first = default()
    return ({first: by_id.pop(first)} if first in by_id else {}) | by_id


def identifier(card: Card) -> str:
    """Return the id of a model, which addresses (`?model=…`) and settings refer to."""
    return SHIPPED if card.directory == storage.SHIPPED_BUNDLE else card.directory.parent.name


def default() -> str:
    """Return the id of the model that new sessions begin with; it may have been deleted."""
    return str(_record().get("default", SHIPPED))


def set_default(model: str) -> None:
    """Let new sessions begin with this model."""
    with _changing() as record:
        record["default"] = model


def label(model: str) -> Label:
    """Return the name and notes of a model."""
    found = _labels().get(model, {})
    return Label(str(found.get("name", "")), str(found.get("notes", "")))


def name(model: str) -> str:
    """Return what a model is called: its own name, or its id."""
    return label(model).name or model


def set_label(model: str, given: Label) -> None:
    """Keep the name and notes of a model. BundleError when another model has that name."""
    given = Label(given.name.strip(), given.notes.strip())
    with _changing() as record:
        if given.name in {name(other) for other in cards() if other != model}:
            raise BundleError(f"Another model is called {given.name}: choose another name.")
        record["labels"] = _labels() | {model: asdict(given)}


def add(archive: BinaryIO, filename: str) -> str:
    """Import the bundle in a `.tar.gz` file of that name and return its id.

    Raises:
        BundleError: the file is not a whole bundle, or the same model is here already.
    """
    run = named_directory(_made(_runs()), filename.removesuffix(".gz").removesuffix(".tar").removesuffix(".tgz"))
    try:
        card = bundle_archive.unpack(archive, run / "model")
        same = [
            model for model, other in cards().items() if other.fingerprint == card.fingerprint and model != run.name
        ]
        if same:
            raise BundleError(f"This model is on this machine already: {name(same[0])}.")
    except BundleError:
        shutil.rmtree(run, ignore_errors=True)
        raise
    return run.name


def delete(model: str) -> None:
    """Delete a model. The record of the job that trained it stays.

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
    except JobError:  # imported: there is no job
        shutil.rmtree(run, ignore_errors=True)
    with _changing() as record:
        record["labels"] = {key: value for key, value in _labels().items() if key != model}
        if record.get("default") == model:
            del record["default"]


def _runs() -> Path:
    return storage.home() / "runs"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _card(directory: Path) -> Card | None:
    try:
        return bundle.describe(directory)
    except BundleError:
        return None


def _record() -> dict[str, Any]:
    try:
        found = json.loads((storage.home() / "models.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _labels() -> dict[str, dict[str, str]]:
    found = _record().get("labels")
    return found if isinstance(found, dict) else {}


@contextmanager
def _changing() -> Iterator[dict[str, Any]]:
    """Give the record to be changed, and keep it when the block ends well; other dashboards here wait meanwhile."""
    path = _made(storage.home()) / "models.json"
    with locks.held(path.with_name(".models.lock"), wait=True):
        storage.remove_interrupted(path)
        record = _record()
        yield record
        storage.write_json(path, record)
