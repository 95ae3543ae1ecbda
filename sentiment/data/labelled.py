"""A user's labelled table: a survey of its training data, and the data set itself."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sentiment.data.doubts import doubts
from sentiment.data.examples import CLASS_NAMES, Dataset, Example, split
from sentiment.data.labels.label_cells import label_text
from sentiment.data.labels.mapping import LabelMapping, suggest_mapping
from sentiment.data.labels.values import normalised
from sentiment.errors import DataError
from sentiment.system.storage import written_whole
from sentiment.tables.columns import find_column
from sentiment.tables.label_column import guess_label_column
from sentiment.tables.table import ReadOptions, Table, inspect_table, review_text
from sentiment.wording import counted, listed, percent

MINIMUM_PER_CLASS = 10
TEST_SHARE = 0.2
TEST_MINIMUM = 500
TEST_MINIMUM_PER_CLASS = 100
TEST_MOST = 10_000
_TEST_SEED = 0
_SAMPLES = 3
_LOPSIDED = 0.8


@dataclass(frozen=True)
class Survey:
    """What a labelled table offers for training, shown to the user in advance.

    `values` maps each value of the label column, as written by `values.normalised`, to its number of rows, most
    frequent first. `counts` and `samples` are by label (0 and 1): the usable reviews, and up to three examples. Of all
    `rows`, those in `unreadable`, `empty` (no text), `left_out` (by the mapping), `repeated` (same text and label as an
    earlier row) and `contradictory` (same text with both labels) are not used. `problems` are sentences on what
    prevents training; if there are none, the table can be trained on. `notes` state what was left out and what to
    consider. `detected` is how the file is read, `sheets` are the names of an Excel file's sheets.
    """

    path: Path
    columns: tuple[str, ...]
    text_column: str | None
    label_column: str | None
    mapping: LabelMapping | None
    values: dict[str, int]
    counts: dict[int, int]
    samples: dict[int, tuple[str, ...]]
    rows: int
    unreadable: int
    empty: int
    left_out: int
    repeated: int
    contradictory: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    detected: dict[str, str]
    sheets: tuple[str, ...]


@dataclass(frozen=True)
class _Usable:
    """The examples of a table under a mapping, and the numbers of unusable rows by reason."""

    examples: list[Example]
    empty: int = 0
    left_out: int = 0
    repeated: int = 0
    contradictory: int = 0

    @property
    def counts(self) -> dict[int, int]:
        """Number of examples of each class."""
        return {label: sum(example.label == label for example in self.examples) for label in CLASS_NAMES}

    def samples(self, label: int) -> tuple[str, ...]:
        """The first reviews of a class."""
        return tuple(islice((example.review for example in self.examples if example.label == label), _SAMPLES))


def survey(
    path: Path,
    *,
    reading: ReadOptions | None = None,
    label_column: str | None = None,
    mapping: LabelMapping | None = None,
) -> Survey:
    """Read a labelled table and return what it offers for training; options that are not given are guessed.

    Raises TableError if the table cannot be read or lacks a named column.
    """
    return _read(path, reading, label_column, mapping)[0]


def load(
    path: Path,
    *,
    reading: ReadOptions | None = None,
    label_column: str | None = None,
    mapping: LabelMapping | None = None,
    to_learn: bool = True,
    test_part: bool = True,
) -> Dataset:
    """Read a labelled table into a data set; options that are not given are detected.

    A table has no test part of its own. With at least 500 usable reviews and 100 of each class, a fixed fifth of it (at
    most 10,000 reviews) is held out as one: the accuracy on the 100 or more held-out reviews then has a standard error
    of 3 points at 0.9, 5 at worst. With fewer, all reviews are used for training and validation: a test part of 60 of
    300 reviews would say little and cost much. A note then states that the accuracy comes from the validation part,
    which was also used to choose the epoch, and is therefore slightly optimistic. With `test_part` False nothing is
    held out, for training that evaluates itself by cross-validation. With `to_learn` False the table is for evaluation
    only: it may have any size and a single class. Raises DataError or TableError.
    """
    found, examples = _read(path, reading, label_column, mapping, to_learn=to_learn)
    if found.problems:
        purpose = "training" if to_learn else "evaluation"
        raise DataError(f"{path.name} cannot be used for {purpose}: {found.problems[0]}")
    notes = list(found.notes)
    if not test_part:
        return Dataset(examples, [], path.name, notes)
    if len(examples) < TEST_MINIMUM or min(found.counts.values()) < TEST_MINIMUM_PER_CLASS:
        if to_learn:
            notes.append(
                f"{len(examples):,} reviews are too few for a test part ({TEST_MINIMUM}, "
                f"{TEST_MINIMUM_PER_CLASS} of each class, are enough). Accuracy is measured on the "
                "validation part, which also chose the epoch, so it is slightly optimistic."
            )
        return Dataset(examples, [], path.name, notes)
    train, test = split(examples, min(TEST_SHARE, TEST_MOST / len(examples)), _TEST_SEED)
    if to_learn:
        notes.append(f"Held out {len(test):,} of {len(examples):,} reviews as the test part.")
    return Dataset(train, test, path.name, notes)


def write_columns(
    path: Path,
    output: Path,
    *,
    reading: ReadOptions | None = None,
    label_column: str | None = None,
    mapping: LabelMapping | None = None,
) -> tuple[str, str]:
    """Write the text and the label column of a table to a CSV file, and return their names.

    Training on that file gives the same result as training on the table, whose other columns need not be uploaded.
    Unreadable rows are left out. Raises DataError if a column is missing, TableError if the table cannot be read.
    """
    table = inspect_table(path, reading)
    label_column = _label_column(table, label_column, mapping)
    _refuse_columns(table, label_column)
    names = table.text_column or "", label_column or ""
    with written_whole(output) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(_pairs(table, label_column))
    return names


def _read(
    path: Path,
    reading: ReadOptions | None,
    label_column: str | None,
    mapping: LabelMapping | None,
    *,
    to_learn: bool = True,
) -> tuple[Survey, list[Example]]:
    table = inspect_table(path, reading)
    label_column = _label_column(table, label_column, mapping)
    rows = list(_pairs(table, label_column))
    values = Counter(value for _, value in rows) if label_column else Counter()
    problems: list[str] = []
    try:
        _refuse_columns(table, label_column)
        mapping = mapping or suggest_mapping(label_column or "", values, one_class=not to_learn)
        usable = _usable(rows, mapping)
        problems = _shortages(usable, 1 if not to_learn else MINIMUM_PER_CLASS)
    except DataError as error:
        usable = _Usable([])
        problems = [str(error)]
    found = Survey(
        path=path,
        columns=table.columns,
        text_column=table.text_column,
        label_column=label_column,
        mapping=mapping,
        values=dict(values.most_common()),
        counts=usable.counts,
        samples={label: usable.samples(label) for label in CLASS_NAMES},
        rows=table.row_count,
        unreadable=table.problem_count,
        empty=usable.empty,
        left_out=usable.left_out,
        repeated=usable.repeated,
        contradictory=usable.contradictory,
        problems=tuple(problems),
        notes=tuple(_notes(table, usable)),
        detected=table.detected,
        sheets=table.sheet_names,
    )
    return found, usable.examples


def _label_column(table: Table, given: str | None, mapping: LabelMapping | None) -> str | None:
    """Return the label column given by the user or the mapping, else the first one with a usual name."""
    if given and mapping and table.columns[find_column(given, table.columns)] != mapping.column:
        raise DataError(
            f'The label column is "{given}", but the label mapping is for "{mapping.column}"; make them agree.'
        )
    if named := given or (mapping.column if mapping else None):
        return table.columns[find_column(named, table.columns)]
    return guess_label_column(table.columns, table.text_column)


def _pairs(table: Table, label_column: str | None) -> Iterator[tuple[str, str]]:
    """Yield text and normalised label of each readable row; "" for a missing column."""
    text_index = None if table.text_column is None else table.text_index
    label_index = None if label_column is None else table.columns.index(label_column)
    for row in table.rows():
        if row.problem is None:
            text = "" if text_index is None else review_text(row, text_index).strip()
            yield text, "" if label_index is None else normalised(label_text(row.cells[label_index]))


def _refuse_columns(table: Table, label_column: str | None) -> None:
    columns = listed(table.columns)
    if table.text_column is None:
        raise DataError(f"It {table.obstacle}")
    if label_column is None:
        raise DataError(
            f"No column has a name such as label, sentiment or rating; name the label column, one of {columns} "
            "(on the command line, with --label-column)."
        )
    if label_column == table.text_column:
        raise DataError(
            f'Column "{label_column}" cannot hold both the reviews and the labels; name the column of the reviews. '
            f"The columns are {columns}."
        )


def _usable(rows: Sequence[tuple[str, str]], mapping: LabelMapping) -> _Usable:
    labelled = [(text, mapping.label(value), value) for text, value in rows if text]
    examples = [Example(text, label, mapping.stars(value)) for text, label, value in labelled if label is not None]
    first: dict[str, Example] = {}
    for example in examples:
        first.setdefault(example.review, example)
    disputed = {example.review for example in examples if example.label != first[example.review].label}
    kept = [example for text, example in first.items() if text not in disputed]
    contradictory = sum(example.review in disputed for example in examples)
    return _Usable(
        examples=kept,
        empty=len(rows) - len(labelled),
        left_out=len(labelled) - len(examples),
        repeated=len(examples) - len(kept) - contradictory,
        contradictory=contradictory,
    )


def _shortages(usable: _Usable, least: int) -> list[str]:
    """Return what is missing to train on these examples or, if `least` is 1, to evaluate on them."""
    total = len(usable.examples)
    if usable.contradictory > total and total < 2 * least:
        return [
            f"{usable.contradictory:,} rows have a text that occurs with both labels and cannot be "
            f"used, and only {total:,} other usable reviews are left. Choose another text or label "
            "column."
        ]
    if least == 1:
        return [] if total else ["It has no review with a label that is used."]
    for label, count in usable.counts.items():
        other = CLASS_NAMES[1 - label]
        if total and not count:
            return [f"All {total:,} usable reviews are {other}; a model needs {CLASS_NAMES[label]} ones, too."]
    return [
        f"Only {counted(count, 'usable review')} {'is' if count == 1 else 'are'} {CLASS_NAMES[label]}; "
        f"at least {MINIMUM_PER_CLASS} of each class are needed."
        for label, count in usable.counts.items()
        if count < least
    ]


def _notes(table: Table, usable: _Usable) -> list[str]:
    reasons = {
        "cannot be read": table.problem_count,
        "have no text": usable.empty,
        "have a label that is neither negative nor positive": usable.left_out,
        "repeat an earlier review": usable.repeated,
        "have a text that occurs with both labels": usable.contradictory,
    }
    notes = [
        f"Left out {count:,} of {table.row_count:,} rows that {reason}." for reason, count in reasons.items() if count
    ]
    label, count = max(usable.counts.items(), key=lambda item: item[1])
    if usable.examples and count > _LOPSIDED * len(usable.examples):
        share = count / len(usable.examples)
        notes.append(
            f"{percent(share)} of the reviews are {CLASS_NAMES[label]}: always predicting that would be as accurate."
        )
    return [*notes, *doubts(usable.examples)]
