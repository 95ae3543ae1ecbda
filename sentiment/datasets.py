"""Data to learn from, whatever it is: the IMDb archive, its unpacked directory, or a labelled table."""

from pathlib import Path

from sentiment import imdb, labelled
from sentiment.errors import DataError
from sentiment.examples import Dataset, Example, split
from sentiment.labels import LabelMapping

__all__ = ["Dataset", "Example", "LabelMapping", "load", "split", "unlabelled"]


def load(
    path: Path,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    mapping: LabelMapping | None = None,
) -> Dataset:
    """Read the data set at `path`; columns and mapping are for tables, and guessed when not given.

    Raises DataError when there is nothing there, it is damaged, or it cannot be learnt from, and
    TableError when a table cannot be read.
    """
    _refuse_missing(path)
    if imdb.is_imdb(path):
        return imdb.load(path)
    return labelled.load(path, text_column=text_column, label_column=label_column, mapping=mapping)


def unlabelled(path: Path) -> list[str]:
    """Texts without labels that come with the data set: the IMDb's 50,000, less those in its test part; else none.

    Raises DataError as `load` does.
    """
    _refuse_missing(path)
    return imdb.unlabelled(path) if imdb.is_imdb(path) else []


def _refuse_missing(path: Path) -> None:
    if not path.exists():
        raise DataError(f"{path} does not exist; give the IMDb archive, its unpacked directory or a labelled table.")
