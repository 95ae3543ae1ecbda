"""A random sample of a table's reviews, with labels if it has any, to compare models on."""

import random
from dataclasses import dataclass
from pathlib import Path

from sentiment.data import labelled
from sentiment.data.labels.mapping import LabelMapping
from sentiment.errors import TableError
from sentiment.tables.table import ReadOptions, inspect_table

_SEED = 0


@dataclass(frozen=True)
class TableSample:
    """`reviews` drawn from a table with `distinct` different ones; `labels` are 1, 0 or None if a review has none.

    `digests` are those of the whole table as a data set, with and without a test part, by which to recognise a model
    that was trained on it; empty without labels.
    """

    reviews: tuple[str, ...]
    labels: tuple[int | None, ...]
    distinct: int
    digests: frozenset[str] = frozenset()


def draw(path: Path, text_column: str, mapping: LabelMapping | None, most: int) -> TableSample:
    """Draw up to `most` different reviews, always the same ones; without `mapping` they have no labels.

    A text that occurs with both labels gets none.

    Raises:
        TableError: the table cannot be read, or holds no review.
        DataError: there are too few labels.
    """
    reading = ReadOptions(text_column=text_column)
    texts = inspect_table(path, reading).reviews()
    reviews = list(dict.fromkeys(text.strip() for text in texts if text and text.strip()))
    if not reviews:
        raise TableError(f'{path.name} has no review in column "{text_column}"; choose another column.')
    chosen = random.Random(_SEED).sample(reviews, min(most, len(reviews)))
    if mapping is None:
        return TableSample(tuple(chosen), (None,) * len(chosen), len(reviews))
    data = labelled.load(path, reading=reading, mapping=mapping)
    labels = {example.review: example.label for example in (*data.train, *data.test)}
    digests = frozenset((data.digest, data.digest_of_all))
    return TableSample(tuple(chosen), tuple(map(labels.get, chosen)), len(reviews), digests)
