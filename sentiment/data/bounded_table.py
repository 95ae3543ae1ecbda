"""Look at a labelled table in a process with bounds on memory and time: the process that asks serves others meanwhile.

A table that is quickly read is looked at here. This module is that process, too.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from sentiment.data import labelled, table_sample
from sentiment.data.labelled import Survey
from sentiment.data.labels import LabelMapping
from sentiment.data.table_sample import TableSample
from sentiment.system import bounded
from sentiment.tables import bounded_reading
from sentiment.tables.rows import ReadOptions


@dataclass(frozen=True)
class _Question:
    """What is to be found out about the table at `path`; `most` reviews are drawn, or with None it is surveyed."""

    path: Path
    reading: ReadOptions
    label_column: str | None
    mapping: LabelMapping | None
    most: int | None = None


_QUESTION, _SURVEY, _SAMPLE = TypeAdapter(_Question), TypeAdapter(Survey), TypeAdapter(TableSample)


def survey(path: Path, reading: ReadOptions, label_column: str | None, mapping: LabelMapping | None) -> Survey:
    """What `labelled.survey` finds. Raises TableError when the table cannot be read, or takes more than it may."""
    if bounded_reading.is_quickly_read(path):
        return labelled.survey(path, reading=reading, label_column=label_column, mapping=mapping)
    return _SURVEY.validate_json(_answer(_Question(path, reading, label_column, mapping)))


def draw(path: Path, text_column: str, mapping: LabelMapping | None, most: int) -> TableSample:
    """What `table_sample.draw` draws. Raises TableError or DataError as it does, or when it takes more than it may."""
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
    """Answer the question on standard output; exit code 2 with a sentence when the table does not allow that."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question", type=_QUESTION.validate_json)
    arguments = parser.parse_args()
    return bounded.exit_code(lambda: _write_answer(arguments.question))


if __name__ == "__main__":
    sys.exit(main())
