#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Train the rows of the ladder in docs/model.md, one at a time, or print its tables from the stored results."""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.research import model_page, results
from scripts.research.ladder import GIVEN, LADDER
from sentiment.data.imdb_download import find_imdb
from sentiment.errors import DataError, JobError
from sentiment.model import bundle
from sentiment.system.command import TERMINATED, StopRequest, run, run_to_end, stoppable
from sentiment.system.storage import SHIPPED_BUNDLE, home

_TRAIN = (sys.executable, "-m", "sentiment", "train")


def main() -> int:
    """Parse the arguments, then train rows or print the tables."""
    arguments = _parser().parse_args()
    if arguments.command == "table":
        return _table(arguments)
    with stoppable() as stop:
        return _run(arguments, stop)


def _run(arguments: argparse.Namespace, stop: StopRequest) -> int:
    """Train the row once per seed; an interrupted training resumes from its checkpoint when run again."""
    data = _data(arguments)
    flags = LADDER[arguments.row].command({name: str(getattr(arguments, name) or "") for name in GIVEN})
    for seed in arguments.seeds:
        name = f"{arguments.row}-{seed}"
        stored = arguments.results / f"ladder-{name}.json"
        if stored.exists():
            print(f"{stored} already exists; delete it to train again.", flush=True)
            continue
        output = arguments.folder / name
        command = [*_TRAIN, "--data", str(data), "--output", str(output), "--seed", str(seed), *flags]
        started = time.perf_counter()
        code = run_to_end(command, stop)
        if stop.stop_requested:
            return TERMINATED
        if code:
            raise JobError(f"Training {name} ended with exit code {code}; the lines above say why.")
        result = _result(arguments.row, seed, bundle.describe(output), time.perf_counter() - started)
        print(f"Stored {results.write(arguments.results, stored.stem, result)}.", flush=True)
    return 0


def _data(arguments: argparse.Namespace) -> Path:
    data: Path | None = arguments.data or find_imdb()
    if data is None:
        raise DataError("The IMDb archive is not here; get it with scripts/get_imdb.py, or give --data PATH.")
    return data


def _result(row: str, seed: int, saved: bundle.Card, seconds: float) -> results.Result:
    report = saved.report
    parts: results.Result = {
        part: {name: report[part][name] for name in ("accuracy", "reviews")}
        for part in ("validation", "test")
        if part in report
    }
    # Of a training that was resumed, only the times of its epochs are known.
    epochs = sum(epoch["seconds"] for epoch in saved.history)
    return {
        "row": row,
        "seed": seed,
        "settings": LADDER[row].settings(),
        **parts,
        "epochs": len(saved.history),
        "minutes": round(max(seconds, epochs) / 60, 2),
        "bytes": report["sizes"]["bytes"],
        "device": report["speed"]["device"],
        "threads": report["speed"]["threads"],
        "versions": saved.config.versions,
        "data": {name: saved.config.data[name] for name in ("name", "digest")},
    }


def _table(arguments: argparse.Namespace) -> int:
    tables = model_page.tables(arguments.results, bundle.describe(SHIPPED_BUNDLE))
    if not arguments.write:
        print("\n\n".join(tables.values()))
        return 0
    for page in arguments.pages:
        results.write_tables(page, tables)
        print(f"Wrote the tables into {page}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("run", help="train one row and store its results")
    train.add_argument("row", choices=LADDER, metavar="ROW", help=", ".join(LADDER))
    train.add_argument("--seeds", type=int, nargs="+", default=[1], help="one training each (1)")
    train.add_argument("--folder", type=Path, default=home() / "ladder", help="output directory of the trained bundles")
    train.add_argument("--pretrained", type=Path, help="output of scripts/pretrain.py, for the rows that start from it")
    train.add_argument("--teacher", type=Path, help="the teacher's bundle, for the rows that have a teacher")
    train.add_argument("--data", type=Path, help="the IMDb archive or a table; the archive when not given")
    table = commands.add_parser("table", help="print the tables of docs/model.md and the README")
    table.add_argument("--write", action="store_true", help="write them into the pages instead")
    table.add_argument(
        "--pages",
        type=Path,
        nargs="+",
        default=[results.MODEL_PAGE, results.README, results.DATA_PAGE],
        help="the pages; each gets the tables that it has a marker for (docs/model.md, README.md and docs/data.md)",
    )
    for command in (train, table):
        command.add_argument("--results", type=Path, default=results.FOLDER, help="folder of results (docs/results)")
    return parser


if __name__ == "__main__":
    run(main)
