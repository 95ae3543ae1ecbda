"""The run of the command `score`: reads the table, scores it, writes the output and the report, prints a summary."""

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from sentiment.answers.themes.lists import read_themes
from sentiment.commands.remote_scorer import remote_scorer
from sentiment.errors import TableError
from sentiment.evaluation import drift
from sentiment.jobs.run_directory import SCORED, Recording, recorded
from sentiment.model import bundle
from sentiment.model.bundle import Card
from sentiment.model.workers import hosts
from sentiment.prediction import EarlyScorer, Scorer
from sentiment.scoring import export
from sentiment.scoring.head_start import HeadStart
from sentiment.scoring.score import ScoringProgress, Summary, parts_beside, score_table
from sentiment.scoring.scored_table import check_fits, check_output
from sentiment.system import locks
from sentiment.system.command import BAD_INPUT, INTERRUPTED, TERMINATED, stoppable
from sentiment.system.worker_pool import WorkerPool
from sentiment.tables.table import ReadOptions, Table, inspect_table
from sentiment.wording import counted

STANDARD_OUTPUT = "-"
SECONDS_BETWEEN_LINES = 0.5
PROBLEMS_TOLD = 20


def run(arguments: argparse.Namespace, pool: WorkerPool | None) -> int:
    """Score as the parsed arguments of `score` say; the exit code is 143 when stopped by SIGTERM.

    `pool` has the workers that were started for this, if any.
    """
    if arguments.output is None and arguments.run is not None:
        arguments.output = str(arguments.run / SCORED)
    try:
        with (
            recorded(arguments.run, "score", _settings(arguments)) if arguments.run else stoppable() as work,
            _opened(arguments, pool) as (table, scorer),
        ):
            summary = _to_output(arguments, table, scorer, lambda: work.stop_requested)
            if isinstance(work, Recording):
                work.note(summary=asdict(summary))
    except KeyboardInterrupt:
        print(f"Interrupted. {_kept(arguments)}", file=sys.stderr)
        return INTERRUPTED
    _tell(table, summary, arguments)
    if summary.complete and summary.counts["unscored"] == summary.rows:
        print(_nothing_scored(table), file=sys.stderr)
        return BAD_INPUT
    if summary.complete and (notice := _notice(summary, arguments)):
        print(notice, file=sys.stderr)
    return 0 if summary.complete else TERMINATED


def _settings(arguments: argparse.Namespace) -> dict[str, object]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in vars(arguments).items()}


@contextlib.contextmanager
def _opened(arguments: argparse.Namespace, pool: WorkerPool | None) -> Iterator[tuple[Table, Scorer]]:
    """Yield the input, read once from start to end, and the requested model.

    Worker processes load the model and start on the first reviews meanwhile. torch and boto3 are slow to import, so a
    model in this process is loaded after the input was checked.
    """
    is_remote = arguments.endpoint or arguments.api
    if is_remote or (pool is None and not hosts.in_processes(arguments.device, arguments.workers)):
        table = _table(arguments)
        with _scorer(arguments, None) as scorer:
            yield table, scorer
        return
    with _scorer(arguments, pool) as scorer:
        assert isinstance(scorer, EarlyScorer)
        ahead = HeadStart(scorer)
        yield _table(arguments, _ignored if _is_continued(arguments) else ahead.add), ahead


def _ignored(review: str | None) -> None:
    """Begin with no review: an earlier run has done the first ones."""


def _is_continued(arguments: argparse.Namespace) -> bool:
    """Return whether there may be parts of an earlier run."""
    beside = None if arguments.output in (None, STANDARD_OUTPUT) else parts_beside(Path(arguments.output))
    directory = _working_directory(arguments) or beside
    return not arguments.restart and directory is not None and directory.exists()


def _table(arguments: argparse.Namespace, see: Callable[[str | None], None] = _ignored) -> Table:
    """Read the input once from start to end. Raises TableError if it is not a table or has no rows."""
    table = inspect_table(arguments.input, ReadOptions.from_flags(arguments), see)
    if not table.row_count:
        raise TableError(
            f"{table.path.name} has column names and no rows. If its first row is a review, say --no-header; "
            "if the table stands further down, say --skip-rows."
        )
    return table


def _to_output(arguments: argparse.Namespace, table: Table, scorer: Scorer, should_stop: Callable[[], bool]) -> Summary:
    """Score into the output file, or through a temporary one to standard output; a report uses the same predictions."""
    if arguments.report:
        # Finished work is stored next to the report.
        with tempfile.TemporaryDirectory() as folder, locks.output_held(arguments.report):
            return _with_report(arguments, table, scorer, Path(folder), should_stop)
    if arguments.output != STANDARD_OUTPUT:
        return _scored(arguments, table, scorer, Path(arguments.output), should_stop)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "scored.csv"
        summary = _scored(arguments, table, scorer, output, should_stop)
        if summary.complete:
            _print(output)
    return summary


def _print(scored: Path) -> None:
    with scored.open("rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)


def _scored(
    arguments: argparse.Namespace, table: Table, scorer: Scorer, output: Path, should_stop: Callable[[], bool]
) -> Summary:
    return score_table(
        table,
        scorer,
        output,
        report=_bar() if sys.stderr.isatty() else _lines(),
        should_stop=should_stop,
        restart=arguments.restart,
        working_directory=_working_directory(arguments),
    )


def _working_directory(arguments: argparse.Namespace) -> Path | None:
    """Return where finished work is stored: with the run or next to the report; None means next to the output."""
    if arguments.run:
        return Path(arguments.run) / "parts"
    return arguments.report.parent / f".{arguments.report.name}.parts" if arguments.report else None


def _with_report(
    arguments: argparse.Namespace, table: Table, scorer: Scorer, folder: Path, should_stop: Callable[[], bool]
) -> Summary:
    """Score into `folder`, then write the report and the requested output from that."""
    from sentiment.reporting import making  # imports charts, which a run without a report does not need

    making.check_report(arguments.report)
    themes = read_themes(arguments.themes) if arguments.themes else None
    output = Path(arguments.output or folder / "none.parquet")
    if arguments.output not in (None, STANDARD_OUTPUT):
        check_output(output)
    if arguments.output == STANDARD_OUTPUT:
        output = folder / "printed.csv"
    check_fits(table, output)
    scored = folder / "scored.parquet"
    summary = _scored(arguments, table, scorer, scored, should_stop)
    if not summary.complete:
        return summary
    making.write(scored, table, scorer, _card(arguments), arguments.report, themes, _step)
    if arguments.output is not None:
        with locks.output_held(output):
            export.convert(scored, table, output)
    if arguments.output == STANDARD_OUTPUT:
        _print(output)
    return summary


def _card(arguments: argparse.Namespace) -> Card | None:
    """Return the card of a model on this machine; None for a remote one."""
    return None if arguments.endpoint or arguments.api else bundle.describe(arguments.model)


def _step(step: str) -> None:
    print(step, file=sys.stderr)


@contextlib.contextmanager
def _scorer(arguments: argparse.Namespace, pool: WorkerPool | None) -> Iterator[Scorer]:
    """Yield the requested model."""
    if arguments.endpoint or arguments.api:
        yield remote_scorer(arguments)
        return
    from sentiment.model.workers.parallel import opened_scorer

    with opened_scorer(arguments.model, arguments.device, arguments.workers, pool) as scorer:
        yield scorer


def _bar() -> Callable[[ScoringProgress], None]:
    """Return a callback that shows progress as a bar, for people."""
    bar = tqdm(unit=" rows", desc="Scoring", leave=False)

    def report(progress: ScoringProgress) -> None:
        bar.total = progress.rows
        bar.update(progress.rows_done - bar.n)
        if progress.rows_done == progress.rows:
            bar.close()

    return report


def _lines() -> Callable[[ScoringProgress], None]:
    """Return a callback that prints progress as lines, for programs; at most two per second, and always the last."""
    printed = 0.0

    def report(progress: ScoringProgress) -> None:
        nonlocal printed
        now = time.monotonic()
        if now - printed < SECONDS_BETWEEN_LINES and progress.rows_done < progress.rows:
            return
        printed = now
        left = "" if progress.seconds_left is None else f" seconds_left={progress.seconds_left:.0f}"
        print(
            f"rows={progress.rows_done} of={progress.rows} rows_per_second={progress.rows_per_second:.0f}{left}",
            file=sys.stderr,
            flush=True,
        )

    return report


def _nothing_scored(table: Table) -> str:
    if table.texts.empty == table.row_count:
        return (
            f"No row of {table.path.name} could be scored: "
            f'column "{table.columns[table.text_index]}" is empty in every row. --text-column names another column.'
        )
    return (
        f"No row of {table.path.name} could be scored. See whether it is read as it is meant: "
        "--text-column, --delimiter, --quote, --encoding, --header and --skip-rows say how."
    )


def _tell(table: Table, summary: Summary, arguments: argparse.Namespace) -> None:
    """Print a summary of the result to standard error."""
    for problem in summary.problems[:PROBLEMS_TOLD]:
        print(problem.sentence, file=sys.stderr)
    if summary.problem_count > PROBLEMS_TOLD:
        print(f"{summary.problem_count - PROBLEMS_TOLD:,} more rows cannot be read.", file=sys.stderr)
    for short in table.short[:PROBLEMS_TOLD]:
        print(f"{short.sentence[:-1]}; the missing ones are empty.", file=sys.stderr)
    if table.short_count > PROBLEMS_TOLD:
        print(f"{table.short_count - PROBLEMS_TOLD:,} more rows have fewer fields.", file=sys.stderr)
    if summary.complete:
        print(_result(table, summary, arguments), file=sys.stderr)
    else:
        print(f"Stopped after {summary.rows_done:,} of {summary.rows:,} rows. {_kept(arguments)}", file=sys.stderr)


def _notice(summary: Summary, arguments: argparse.Namespace) -> str:
    """Return a warning that the table is unlike the model's training data; "" if it is not, or if that is unknown."""
    card = _card(arguments)
    known = drift.of_report(card.report) if card else None
    return drift.notice(known, summary.profile) if known and summary.profile else ""


def _result(table: Table, summary: Summary, arguments: argparse.Namespace) -> str:
    counts = ", ".join(f"{count:,} {sentiment}" for sentiment, count in summary.counts.items())
    resumed = f", {summary.resumed:,} of them in an earlier run" if summary.resumed else ""
    paths = [str(path) for path in (arguments.output, arguments.report) if path and path != STANDARD_OUTPUT]
    where = f" Written to {' and '.join(paths)}." if paths else ""
    column = f' Reviews were read from column "{table.columns[table.text_index]}".'
    return f"Scored {counted(summary.rows, 'row')} in {summary.seconds:.1f} s{resumed}: {counts}.{column}{where}"


def _kept(arguments: argparse.Namespace) -> str:
    if arguments.output == STANDARD_OUTPUT and not arguments.run:
        return "Nothing was kept, because the result goes to standard output."
    return "What was done is kept; run the same command again to continue."
