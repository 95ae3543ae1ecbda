"""Inspect a labelled table in a process with limits on memory and time, so that the caller can serve others meanwhile.

A small table is inspected in the calling process. This module is also the entry point of the other process.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from sentiment.data import labelled, table_sample
from sentiment.data.labelled import Survey
from sentiment.data.labels.mapping import LabelMapping
from sentiment.data.table_sample import TableSample
from sentiment.system import bounded
from sentiment.tables import bounded_reading
from sentiment.tables.rows import ReadOptions


@dataclass(frozen=True)
class _Question:
    """A request about the table at `path`: draw `most` reviews, or survey it if `most` is None."""

    path: Path
    reading: ReadOptions
    label_column: str | None
    mapping: LabelMapping | None
    most: int | None = None


_QUESTION, _SURVEY, _SAMPLE = TypeAdapter(_Question), TypeAdapter(Survey), TypeAdapter(TableSample)


def survey(path: Path, reading: ReadOptions, label_column: str | None, mapping: LabelMapping | None) -> Survey:
    """Return the result of `labelled.survey`. Raises TableError if the table cannot be read or exceeds the limits."""
    if bounded_reading.is_quickly_read(path):
        return labelled.survey(path, reading=reading, label_column=label_column, mapping=mapping)
    return _SURVEY.validate_json(_answer(_Question(path, reading, label_column, mapping)))


def draw(path: Path, text_column: str, mapping: LabelMapping | None, most: int) -> TableSample:
    """Return the result of `table_sample.draw`. Raises its TableError or DataError, also if the limits are exceeded."""
    if bounded_reading.is_quickly_read(path):
        return table_sample.draw(path, text_column, mapping, most)
    reading = ReadOptions(text_column=text_column)
    return _SAMPLE.validate_json(_answer(_Question(path, reading, None, mapping, most)))


def _answer(question: _Question) -> bytes:
    absolute = replace(question, path=question.path.absolute())
    return bounded_reading.answered(__name__, [_QUESTION.dump_json(absolute).decode()], question.path)


def _write_answer(question: _Question) -> None:
    if question.most is None:
        found = labelled.survey(
            question.path, reading=question.reading, label_column=question.label_column, mapping=question.mapping
        )
        answer = _SURVEY.dump_json(found)
    else:
        text_column = question.reading.text_column or ""
        answer = _SAMPLE.dump_json(table_sample.draw(question.path, text_column, question.mapping, question.most))
    sys.stdout.write(answer.decode())


def main() -> int:
    """Write the answer to standard output; the exit code is 2, with a sentence, if the table does not allow one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question", type=_QUESTION.validate_json)
    arguments = parser.parse_args()
    return bounded.exit_code(lambda: _write_answer(arguments.question))


if __name__ == "__main__":
    sys.exit(main())
