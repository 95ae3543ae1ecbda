"""Load training data of any supported kind: the IMDb archive, its unpacked directory, or a labelled table."""

import hashlib
from pathlib import Path

from sentiment.data import imdb, labelled
from sentiment.data.examples import Dataset, Example, Unlabelled, split
from sentiment.data.labels.mapping import LabelMapping
from sentiment.errors import DataError
from sentiment.tables.table import ReadOptions, inspect_table

__all__ = ["Dataset", "Example", "LabelMapping", "Unlabelled", "load", "split", "texts", "unlabelled"]


def load(
    path: Path,
    *,
    reading: ReadOptions | None = None,
    label_column: str | None = None,
    mapping: LabelMapping | None = None,
    to_learn: bool = True,
    test_part: bool = True,
) -> Dataset:
    """Read the data set at `path`; the other arguments apply to tables, and are detected if not given.

    With `to_learn` False, the data is for evaluation only: a table of any size will do, even with a single class. With
    `test_part` False no part of a table is held out for testing.

    Raises DataError if nothing is there, it is damaged, or it cannot be trained on, and TableError if a table cannot be
    read.
    """
    _refuse_missing(path)
    if imdb.is_imdb(path):
        return imdb.load(path)
    return labelled.load(
        path, reading=reading, label_column=label_column, mapping=mapping, to_learn=to_learn, test_part=test_part
    )


def has_unlabelled(path: Path) -> bool:
    """Return whether the data set has unlabelled reviews, without reading any. Raises DataError if nothing is there."""
    _refuse_missing(path)
    return imdb.is_imdb(path)


def unlabelled(path: Path) -> list[Unlabelled]:
    """Return the unlabelled reviews of the data set: the 50,000 of IMDb except those in test; none for a table.

    Raises DataError as `load` does.
    """
    return imdb.unlabelled(path) if has_unlabelled(path) else []


def texts(path: Path, reading: ReadOptions | None = None) -> tuple[list[str], str]:
    """Return every text to pretrain on, labelled or not and without duplicates, with the SHA-256 of them all.

    For IMDb these are train and unsup, except texts in test; for a table, every review in it. Raises DataError or
    TableError as `load` does.
    """
    _refuse_missing(path)
    if imdb.is_imdb(path):
        found = [*(one.review for one in imdb.load(path).train), *(one.review for one in imdb.unlabelled(path))]
    else:
        reviews = inspect_table(path, reading).reviews()
        found = [review.strip() for review in reviews if review and review.strip()]
    distinct = list(dict.fromkeys(found))
    digest = hashlib.sha256()
    for text in distinct:
        digest.update(text.encode() + b"\0")
    return distinct, digest.hexdigest()


def _refuse_missing(path: Path) -> None:
    if not path.exists():
        raise DataError(f"{path} does not exist; give the IMDb archive, its unpacked directory or a labelled table.")
