"""A folder of labelled tables, one per kind of goods, to train on reviews of many kinds."""

import gzip
import shutil
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentiment.data.labels.label_cells import label_text
from sentiment.data.labels.mapping import LabelMapping, suggest_mapping
from sentiment.data.labels.values import normalised
from sentiment.errors import DataError, SentimentError
from sentiment.tables.label_column import guess_label_column
from sentiment.tables.rows import Row
from sentiment.tables.table import Table, inspect_table, review_text
from sentiment.wording import listed

_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet", ".jsonl", ".ndjson", ".json")
_PACKED = ".gz"
_STAR_COLUMNS = frozenset({"stars", "star rating", "star_rating", "rating", "overall"})
_MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class RatedReview:
    """A review of a table.

    `label` is 1 for positive, 0 for negative and None for neutral (3 of 5 stars); `stars` is the rating from 1 to 5, or
    None if the table has only labels.
    """

    review: str
    label: int | None
    stars: float | None


@dataclass(frozen=True)
class ReviewFolder:
    """The reviews of each kind, by the name of its table, and a sentence on each table or text that was left out."""

    kinds: Mapping[str, tuple[RatedReview, ...]]
    problems: tuple[str, ...]


def load(folder: Path) -> ReviewFolder:
    """Read every table of a folder, gzipped or not; unusable ones are reported and the rest is read.

    A text that occurs several times counts once, and not at all if its labels disagree.

    Raises:
        DataError: the folder does not exist, or none of its tables can be used.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give the folder that holds the tables of labelled reviews.")
    read: dict[str, list[RatedReview]] = {}
    problems = []
    for path in sorted(one for one in folder.iterdir() if _is_table(one)):
        try:
            read[_kind(path)] = _reviews(path)
        except SentimentError as error:
            problems.append(f"{path.name} is left out: {error}")
        except (OSError, EOFError, zlib.error) as error:
            problems.append(f"{path.name} is left out: it is damaged or cannot be read ({error}).")
    if not read:
        reason = f" {problems[0]}" if problems else ""
        raise DataError(f"{folder} holds no table of labelled reviews.{reason}")
    kinds, disputes = _without_disputes(read)
    return ReviewFolder(kinds, (*problems, *disputes))


def _is_table(path: Path) -> bool:
    return path.is_file() and Path(path.name.removesuffix(_PACKED)).suffix.lower() in _TABLES


def _kind(path: Path) -> str:
    return Path(path.name.removesuffix(_PACKED)).stem


def _reviews(path: Path) -> list[RatedReview]:
    if path.suffix != _PACKED:
        return _reviews_of(inspect_table(path))
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder, path.name.removesuffix(_PACKED))
        with gzip.open(path) as packed, unpacked.open("wb") as file:
            shutil.copyfileobj(packed, file)
        return _reviews_of(inspect_table(unpacked))


def _reviews_of(table: Table) -> list[RatedReview]:
    text = table.text_index
    label_column = guess_label_column(table.columns, table.text_column)
    if label_column is None:
        raise DataError(f"No column has a name such as label, sentiment or rating; it has {listed(table.columns)}.")
    label = table.columns.index(label_column)
    stars = next((place for place, name in enumerate(table.columns) if name.casefold() in _STAR_COLUMNS), None)
    rows = [row for row in table.rows() if row.problem is None and review_text(row, text).strip()]
    mapping = suggest_mapping(label_column, Counter(_value(row, label) for row in rows))
    found = [_rated(row, text, label, stars, mapping) for row in rows]
    kept = [one for one in found if one.label is not None or one.stars is not None]
    if {0, 1} - {one.label for one in kept}:
        raise DataError(f'Column "{label_column}" does not hold both positive and negative labels.')
    return kept


def _rated(row: Row, text: int, label: int, stars: int | None, mapping: LabelMapping) -> RatedReview:
    value = _value(row, label)
    rating = mapping.stars(value)
    given = None if rating is None else rating * _MOST_STARS / 10
    if stars is not None and stars != label:
        given = _stars(_value(row, stars))
    return RatedReview(review_text(row, text).strip(), mapping.label(value), given)


def _value(row: Row, column: int) -> str:
    return normalised(label_text(row.cells[column]))


def _stars(value: str) -> float | None:
    try:
        stars = float(value)
    except ValueError:
        return None
    return stars if 1 <= stars <= _MOST_STARS else None


def _without_disputes(
    read: Mapping[str, Sequence[RatedReview]],
) -> tuple[dict[str, tuple[RatedReview, ...]], list[str]]:
    """Return each text once, under the first kind that has it, and how many texts which tables disagree on."""
    labels: defaultdict[str, set[int | None]] = defaultdict(set)
    places: defaultdict[str, list[str]] = defaultdict(list)
    for kind, reviews in read.items():
        for one in reviews:
            labels[one.review].add(one.label)
            places[one.review].append(kind)
    disputed = {text for text, stated in labels.items() if len(stated) > 1}
    seen: set[str] = set()
    kinds = {}
    for kind, reviews in read.items():
        own = {one.review: one for one in reviews if one.review not in disputed and one.review not in seen}
        seen |= own.keys()
        kinds[kind] = tuple(own.values())
    between = Counter(" and ".join(sorted(set(places[text]))) for text in disputed)
    return kinds, [
        f"Left out {count:,} texts that have different labels in {names}." for names, count in sorted(between.items())
    ]
