"""Puts printed tables into pages, between `<!-- NAME -->` and `<!-- /NAME -->`."""

import re
from collections.abc import Mapping
from pathlib import Path

from sentiment.errors import DataError
from sentiment.system.storage import PROJECT, write_text

README = PROJECT / "README.md"
MODEL_PAGE = PROJECT / "docs" / "model.md"


def write_tables(page: Path, made: Mapping[str, str]) -> None:
    """Write those tables into a page that it has a place for.

    Raises:
        DataError: it has a place for none of them.
    """
    write_text(page, with_tables(page.read_text(encoding="utf-8"), made))


def with_tables(page: str, made: Mapping[str, str]) -> str:
    """Return the page with each table in its place; DataError when it has a place for none."""
    written = 0
    for name, table in made.items():
        if place := re.search(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", page, re.DOTALL):
            page = f"{page[: place.end(1)]}{table}\n{page[place.start(2) :]}"
            written += 1
    if not written:
        names = " or ".join(f"<!-- {name} --> and <!-- /{name} -->" for name in made)
        raise DataError(f"The page has no place for a table: write {names} into it.")
    return page
