"""Results of long measurements, one JSON file each, so that a table can be printed without measuring again."""

import importlib.metadata
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sentiment.errors import DataError
from sentiment.system.storage import PROJECT, write_json

FOLDER = PROJECT / "docs" / "results"

Result = dict[str, Any]


def write(folder: Path, name: str, result: Result) -> Path:
    """Write one result, whole, as `name`.json and return its path."""
    path = folder / f"{name}.json"
    write_json(path, result)
    return path


def read(folder: Path, kind: str) -> list[Result]:
    """Return the results whose file names begin with `kind` and a hyphen, in the order of the names.

    Raises:
        DataError: a file is damaged; the message names it.
    """
    return [_read(path) for path in sorted(folder.glob(f"{kind}-*.json"))]


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the installed version of each package."""
    return {package: _version(package) for package in packages}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return importlib.metadata.version(f"{package}-cpu")  # XGBoost without its GPU part


def _read(path: Path) -> Result:
    try:
        result: Result = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is damaged ({error}); delete it and measure again.") from error
    return result
