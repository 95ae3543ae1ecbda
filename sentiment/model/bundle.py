"""A trained model on disk: save, load and verify. Nothing in a bundle is a pickle."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import BundleError, ConfigError
from sentiment.model.architecture import Architecture
from sentiment.model.calibration import Calibration
from sentiment.system.storage import write_json, write_text
from sentiment.text.tokenizer import Preset
from sentiment.text.vocabulary import Vocabulary

SCHEMA = 1
CONFIG, VOCABULARY, WEIGHTS, HISTORY, REPORT = FILES = (
    "config.json",
    "vocabulary.txt",
    "weights.safetensors",
    "history.jsonl",
    "report.json",
)
_FINGERPRINTED = (CONFIG, VOCABULARY, WEIGHTS)

Weights = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class BundleConfig:
    """What `config.json` holds.

    `star_levels` are the values of the network's star outputs, out of `star_scale` stars (5, or 10 in bundles from
    before the scale was named); empty when it has not learnt stars. `training` holds the settings, `data` name, digest
    and sizes of what was learnt from, `versions` the libraries'.
    """

    name: str
    text: Preset
    maximum_length: int
    architecture: Architecture
    star_levels: tuple[float, ...]
    calibration: Calibration
    training: dict[str, Any]
    data: dict[str, Any]
    versions: dict[str, str]
    star_scale: int = 10

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` reads."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "BundleConfig":
        """Read what `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError, ConfigError: the values are not a bundle's.
        """
        values = dict(values)
        schema = values.pop("schema")
        if schema != SCHEMA:
            raise ValueError(f"its schema is {schema!r}; this version reads {SCHEMA}")
        values["architecture"] = Architecture(**values["architecture"])
        values["calibration"] = Calibration(**values["calibration"])
        values["star_levels"] = tuple(values["star_levels"])
        return cls(**values)


@dataclass(frozen=True)
class Card:
    """What there is to say of a bundle without reading its weights."""

    directory: Path
    config: BundleConfig
    fingerprint: str
    history: list[dict[str, float]]
    report: dict[str, Any]

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.config.name

    @property
    def accuracy(self) -> float | None:
        """The accuracy on the test part, or else on the validation part; None when neither was measured."""
        for part in ("test", "validation"):
            if part in self.report:
                return float(self.report[part]["accuracy"])
        return None


@dataclass(frozen=True)
class Bundle(Card):
    """A verified bundle: its card, vocabulary and weights (fp32 arrays by parameter name)."""

    vocabulary: Vocabulary
    weights: Weights


def save(
    directory: Path,
    config: BundleConfig,
    vocabulary: Vocabulary,
    weights: Weights,
    history: list[dict[str, float]],
    report: dict[str, Any],
) -> Bundle:
    """Write a bundle, whole, in place of what `directory` held, and return it as loaded.

    Weights are stored as 16-bit floats (the keys of phrases as they are): half the size, and the loaded
    bundle is the one that is scored with everywhere. `report` gains the digest of each other file, by which
    damage is reported.
    """
    from safetensors.numpy import save_file

    with _replaced_whole(directory) as staging:
        write_json(staging / CONFIG, config.to_json())
        vocabulary.save(staging / VOCABULARY)
        save_file({name: _rounded(weight) for name, weight in weights.items()}, staging / WEIGHTS)
        write_text(staging / HISTORY, "".join(json.dumps(row) + "\n" for row in history))
        write_json(staging / REPORT, {**report, **_identity(staging)})
    return load(directory)


def rewrite_report(card: Card, report: dict[str, Any]) -> None:
    """Replace the report card of a bundle; its fingerprint stays."""
    write_json(card.directory / REPORT, {**report, **{name: card.report[name] for name in ("fingerprint", "files")}})


def load(directory: Path) -> Bundle:
    """Read and verify a bundle.

    Raises:
        BundleError: a file is missing, damaged or not a bundle's; the message names it.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    card = describe(directory)
    vocabulary = Vocabulary.load(directory / VOCABULARY)
    try:
        stored = load_file(directory / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise BundleError(f"{directory / WEIGHTS} is damaged: {error}.") from error
    found = _identity(directory)
    for name, digest in card.report["files"].items():
        if digest != found["files"].get(name):
            raise BundleError(f"{directory / name} is damaged or was changed: its digest is not the one in {REPORT}.")
    if found["fingerprint"] != card.fingerprint:
        raise BundleError(f"{directory / REPORT} is damaged: its fingerprint is not that of the files.")
    weights = {name: _widened(weight) for name, weight in stored.items()}
    return Bundle(**vars(card), vocabulary=vocabulary, weights=weights)


def describe(directory: Path) -> Card:
    """Read what there is to say of a bundle, in about a millisecond, without its weights.

    Raises:
        BundleError: a file is missing or not a bundle's; the message names it.
    """
    for name in FILES:
        if not (directory / name).is_file():
            raise BundleError(f"{directory} is not a bundle: it has no {name}.")
    # The report is read first and its digests are compared last: a bundle that is replaced meanwhile
    # cannot pass as a mixture of both.
    report = _read_json(directory / REPORT)
    if not isinstance(report.get("fingerprint"), str) or not isinstance(report.get("files"), dict):
        raise BundleError(f"{directory / REPORT} is not a bundle's: it does not hold its fingerprint.")
    values = _read_json(directory / CONFIG)
    try:
        config = BundleConfig.from_json(values)
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise BundleError(f"{directory / CONFIG} is not a bundle's: {error}.") from error
    return Card(directory, config, report["fingerprint"], _read_history(directory / HISTORY), report)


def _identity(directory: Path) -> dict[str, Any]:
    """Return the fingerprint, SHA-256 over config, vocabulary and weights in this order, and that of each file.

    Raises:
        BundleError: a file cannot be read.
    """
    whole, files = hashlib.sha256(), {}
    for name in (*_FINGERPRINTED, HISTORY):
        try:
            content = (directory / name).read_bytes()
        except OSError as error:
            raise BundleError(f"{directory / name} cannot be read: {error.strerror}.") from error
        if name in _FINGERPRINTED:
            whole.update(content)
        files[name] = hashlib.sha256(content).hexdigest()
    return {"fingerprint": whole.hexdigest(), "files": files}


def _rounded(weight: NDArray[Any]) -> NDArray[Any]:
    return weight.astype(np.float16) if weight.dtype.kind == "f" else weight


def _widened(weight: NDArray[Any]) -> NDArray[Any]:
    return weight.astype(np.float32) if weight.dtype.kind == "f" else weight


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} is damaged: {error}.") from error
    if not isinstance(values, dict):
        raise BundleError(f"{path} is not a bundle's: it holds no settings.")
    return values


def _read_history(path: Path) -> list[dict[str, float]]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} is damaged: {error}.") from error
    if not all(isinstance(row, dict) for row in rows):
        raise BundleError(f"{path} is damaged: not every line is the row of an epoch.")
    return rows


@contextmanager
def _replaced_whole(directory: Path) -> Iterator[Path]:
    """Give an empty directory beside `directory`, which takes its place when the block ends well."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", suffix=".partial", dir=directory.parent))
    try:
        yield staging
        for path in (staging, *staging.iterdir()):
            # What mkdtemp and safetensors make is private; a bundle is to be handed on.
            path.chmod(0o755 if path.is_dir() else 0o644)
        _put_in_place(staging, directory)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _put_in_place(staging: Path, directory: Path) -> None:
    """Rename `staging` to `directory`; what was there goes only once the new one is complete."""
    old = staging.with_suffix(".old")
    if directory.exists():
        directory.rename(old)
    try:
        staging.rename(directory)
    except OSError:
        if old.exists():
            old.rename(directory)
        raise
    shutil.rmtree(old, ignore_errors=True)
