"""Score every review of a table and write the table with the predictions in additional columns.

An interrupted run continues where it stopped when the same command is run again.
"""

import argparse
import contextlib
from pathlib import Path

from sentiment.model.workers import hosts
from sentiment.system.command import positive
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.tables.rows import ReadOptions


def main() -> int:
    """Parse the arguments, score, print a summary; the exit code is 143 when stopped by SIGTERM."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.output is None and arguments.report is None and arguments.run is None:
        parser.error("give --output for the scored table, or --report for a report")
    if str(arguments.input) in ("-", "/dev/stdin"):
        parser.error("an input is read more than once, which standard input cannot be: save it to a file first")
    if arguments.themes is not None and arguments.report is None:
        parser.error("--themes needs --report")
    is_remote = arguments.endpoint or arguments.api
    started = hosts.started(arguments.model, arguments.device, arguments.workers)
    with contextlib.nullcontext() if is_remote else started as pool:
        # Its libraries are imported while the workers load theirs.
        from sentiment.commands import scoring_run

        return scoring_run.run(arguments, pool)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s INPUT --output FILE [OPTION ...]")
    parser.add_argument("input", type=Path, metavar="INPUT", help="CSV, TSV, Excel, Parquet or JSON Lines")
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="file to write, in the format of its name: .csv, .tsv, .xlsx, .parquet or .jsonl; - for CSV to standard "
        "output (default with --run: a CSV file in it)",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="HTML file for a report: how many are unhappy, since when, where, why and about which themes",
    )
    parser.add_argument(
        "--themes",
        type=Path,
        metavar="FILE",
        help='with --report: themes in TOML, each as noise = ["loud*", "thin walls"] (default: those that ship)',
    )
    ReadOptions.add_flags(parser)
    scorer = parser.add_mutually_exclusive_group()
    scorer.add_argument(
        "--model",
        type=Path,
        default=SHIPPED_BUNDLE,
        metavar="DIR",
        help="bundle to score with (default: the shipped one)",
    )
    scorer.add_argument("--endpoint", metavar="NAME", help="SageMaker endpoint to score with")
    scorer.add_argument(
        "--api",
        metavar="URL",
        help="published API to score with; its key is taken from the variable REVIEW_SENTIMENT_KEY, or asked for",
    )
    parser.add_argument("--variant", metavar="NAME", help="with --endpoint: the variant to use, if there are several")
    parser.add_argument(
        "--profile", metavar="NAME", help="with --endpoint: AWS profile (default: as for the AWS tools)"
    )
    parser.add_argument("--region", metavar="NAME", help="with --endpoint: AWS region (default: as for the AWS tools)")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes to score in on a CPU (default: one per core, if memory allows)",
    )
    parser.add_argument("--restart", action="store_true", help="discard what an interrupted run has done")
    parser.add_argument("--run", type=Path, metavar="DIR", help="run directory for the record and the results")
    return parser
