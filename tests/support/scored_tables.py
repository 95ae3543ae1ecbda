"""Scored Parquet files for tests, created by the real engine with the word scorer."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from sentiment.scoring.score import score_table
from sentiment.scoring.view import ScoredTable
from sentiment.tables.table import ReadOptions, inspect_table
from tests.support.word_scorer import WordScorer


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def scored(path: Path, options: ReadOptions | None = None) -> ScoredTable:
    """Score the table in `path` into a Parquet file next to it, and open that."""
    options = options or ReadOptions()
    output = path.with_suffix(".scored.parquet")
    score_table(inspect_table(path, options), WordScorer(), output)
    return ScoredTable(output, inspect_table(path, options).text_index)
