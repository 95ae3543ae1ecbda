"""Measure how long the answers of the result page take for one large table: drivers, themes and the report.

    python -m tests.support.hotel_reviews hotels.csv 100000
    python -m scripts.research.speed.answers_rate hotels.csv --write

The table is first scored by the shipped model, which is not timed.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from scripts.research import results
from sentiment.answers.facts import TableFacts
from sentiment.answers.phrases.drivers import drivers
from sentiment.answers.themes.lists import shipped_themes
from sentiment.answers.themes.mentions import score_themes
from sentiment.model.bundle import describe
from sentiment.model.predictor import Predictor
from sentiment.model.workers.parallel import opened_scorer
from sentiment.reporting import making
from sentiment.reporting.document import write_report
from sentiment.scoring.score import score_table
from sentiment.scoring.view import ScoredTable
from sentiment.system.command import run
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.tables.table import Table, inspect_table

_MIB = 1 << 20


@dataclass(frozen=True)
class Step:
    """One answer: processor seconds of all threads, wall-clock seconds, and the increase of peak memory in bytes."""

    name: str
    processor: float
    clock: float
    memory: int


def measure(table: Table, scored: Path, themes_store: Path, report: Path) -> list[Step]:
    """Measure each answer about a scored table in the order in which the page gives them.

    The report comes last, since it reuses earlier counts and scores, as it does on the page.
    """
    facts = TableFacts(ScoredTable(scored, table.text_index))
    every_row = np.ones(facts.row_count, dtype=np.bool_)
    model, card = Predictor.load(SHIPPED_BUNDLE, "cpu"), describe(SHIPPED_BUNDLE)
    band = card.config.calibration.low, card.config.calibration.high
    source = making.source_of(table.path.name, model.name, model.fingerprint, card)
    model.score(["It begins with a short review."])  # triggers one-time loading

    def made_report() -> None:
        write_report(making.findings_of(facts, source, themes_store, model), report)

    return [
        _measured("drivers", lambda: drivers(facts.phrases, facts.scores, every_row)),
        _measured("themes", partial(score_themes, facts, shipped_themes(), model, band, themes_store)),
        _measured("report, after both", made_report),
    ]


def _measured(name: str, answer: Callable[[], Any]) -> Step:
    memory, processor, clock = _peak(), time.process_time(), time.perf_counter()
    answer()
    return Step(name, time.process_time() - processor, time.perf_counter() - clock, _peak() - memory)


def _peak() -> int:
    """Return the peak memory of this process in bytes (Linux reports KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def lines(steps: list[Step], table: Table, rows: int, load: float) -> str:
    """Return the Markdown table for the page."""
    found = [f"| {step.name} | {step.processor:.1f} | {step.clock:.1f} | {step.memory / _MIB:.0f} |" for step in steps]
    return "\n".join(
        [
            "| answer | processor time, s | by the clock, s | peak memory rises by, MB |",
            "|---|---:|---:|---:|",
            *found,
            "",
            f"A table of {rows:,} reviews and {table.path.stat().st_size / _MIB:.0f} MB; the load of this machine with "
            f"{os.cpu_count()} cores was {load:.1f} before.",
        ]
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="a table of reviews")
    parser.add_argument("--write", action="store_true", help=f"put the figures into {results.BENCHMARKS.name}")
    arguments = parser.parse_args()
    table, load = inspect_table(arguments.table), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opened_scorer(SHIPPED_BUNDLE, "cpu") as scorer:
            rows = score_table(table, scorer, folder / "scored.parquet").rows
        steps = measure(table, folder / "scored.parquet", folder / "themes.npz", folder / "report.html")
    made = lines(steps, table, rows, load)
    if arguments.write:
        results.write_tables(results.BENCHMARKS, {"answers": made})
    print(made)
    return 0


if __name__ == "__main__":
    run(main)
