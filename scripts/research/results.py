"""Store results of long measurements, one JSON file each, and write the tables made from them into pages."""

import importlib.metadata
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sentiment.errors import DataError
from sentiment.system.storage import PROJECT, write_json, write_text

FOLDER = PROJECT / "docs" / "results"
README = PROJECT / "README.md"
BENCHMARKS = PROJECT / "docs" / "benchmarks.md"
MODEL_PAGE = PROJECT / "docs" / "model.md"
DATA_PAGE = PROJECT / "docs" / "data.md"

Result = dict[str, Any]


def write(folder: Path, name: str, result: Result) -> Path:
    """Write one result atomically to `name`.json and return its path."""
    path = folder / f"{name}.json"
    write_json(path, result)
    return path


def read(folder: Path, kind: str) -> list[Result]:
    """Return the results whose file names start with `kind` and a hyphen, in order of the names.

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
        return importlib.metadata.version(f"{package}-cpu")  # XGBoost without GPU support


def _read(path: Path) -> Result:
    try:
        result: Result = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is damaged ({error}); delete it and measure again.") from error
    return result


def write_tables(page: Path, made: Mapping[str, str]) -> None:
    """Write the tables into a page, each at its marker.

    Raises:
        DataError: the page has a marker for none of them.
    """
    write_text(page, with_tables(page.read_text(encoding="utf-8"), made))


def with_tables(page: str, made: Mapping[str, str]) -> str:
    """Return the page with each table at its marker; raise DataError if it has a marker for none."""
    written = 0
    for name, table in made.items():
        if place := re.search(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", page, re.DOTALL):
            page = f"{page[: place.end(1)]}{table}\n{page[place.start(2) :]}"
            written += 1
    if not written:
        names = " or ".join(f"<!-- {name} --> and <!-- /{name} -->" for name in made)
        raise DataError(f"The page has no marker for a table: add {names} to it.")
    return page
