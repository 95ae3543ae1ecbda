"""Data to learn from, whatever it is: the IMDb archive, its unpacked directory, or a labelled table."""

import hashlib
from pathlib import Path

from sentiment.data import imdb, labelled
from sentiment.data.examples import Dataset, Example, Unlabelled, split
from sentiment.data.labels import LabelMapping
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
    """Read the data set at `path`; the reading, the label column and the mapping are for tables, else detected.

    With `to_learn` False, a table of any size will do, and one with a single class: it is to measure a model on. With
    `test_part` False nothing of a table is held out to be judged on.

    Raises DataError when there is nothing there, it is damaged, or it cannot be learnt from, and
    TableError when a table cannot be read.
    """
    _refuse_missing(path)
    if imdb.is_imdb(path):
        return imdb.load(path)
    return labelled.load(
        path, reading=reading, label_column=label_column, mapping=mapping, to_learn=to_learn, test_part=test_part
    )


def unlabelled(path: Path) -> list[Unlabelled]:
    """Reviews without labels that come with the data set: the IMDb's 50,000, less those in its test part; else none.

    Raises DataError as `load` does.
    """
    _refuse_missing(path)
    return imdb.unlabelled(path) if imdb.is_imdb(path) else []


def texts(path: Path, reading: ReadOptions | None = None) -> tuple[list[str], str]:
    """Every text there is to learn the language from, labelled or not, once each, with the SHA-256 of them all.

    Of IMDb that is train and unsup, less what stands in test; of a table, every review in it.
    Raises DataError or TableError as `load` does.
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
