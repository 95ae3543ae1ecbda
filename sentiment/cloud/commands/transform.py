"""The command `transform` of `scripts/cloud.py`: score a large table with SageMaker batch transform."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.cloud.commands.step import Steps, add_role, add_step
from sentiment.errors import JobError
from sentiment.jobs.run_directory import SCORED, Recording, recorded_or_stoppable
from sentiment.system.command import INTERRUPTED, TERMINATED, confirm
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.tables.rows import ReadOptions
from sentiment.wording import counted, opening

if TYPE_CHECKING:
    from sentiment.cloud.batch_transform.transform import TransformProgress


def add_transform(steps: Steps) -> None:
    """Add the command that scores a large table."""
    parser = add_step(steps, "transform", "score a large table on several instances at once", transform, asks=True)
    parser.add_argument("input", type=Path, metavar="INPUT", help="CSV, TSV, Excel, Parquet or JSON Lines")
    parser.add_argument("--output", type=Path, help=f"the scored table (default with --run: {SCORED} in it)")
    parser.add_argument("--model", type=Path, default=SHIPPED_BUNDLE, help="the bundle (default: the shipped one)")
    parser.add_argument("--instances", type=int, default=1, help="number of instances (%(default)s)")
    parser.add_argument("--instance-type", default="ml.m5.xlarge", help="type of the instances (%(default)s)")
    ReadOptions.add_flags(parser)
    add_role(parser)
    parser.add_argument("--image", default="", help="URI of your own image in ECR (default: AWS's image)")
    parser.add_argument("--stop", action="store_true", help="stop the job of an earlier run for this output")
    parser.add_argument("--run", type=Path, metavar="DIR", help="run directory for the record of the job")


def transform(arguments: argparse.Namespace) -> int:
    """Score every row of a table on SageMaker, after showing the price. SIGTERM stops the job. Ctrl-C does not: the
    same command resumes it, as after any interruption."""
    output = _output(arguments)
    if arguments.stop:
        return _stop(arguments, output)
    settings = {name: str(value) if isinstance(value, Path) else value for name, value in vars(arguments).items()}
    settings.pop("step")
    try:
        with recorded_or_stoppable(arguments.run, "transform", settings) as work:
            answer = _scored(arguments, output, lambda: work.stop_requested)
            if answer and isinstance(work, Recording):
                work.note(outcome=answer)
    except KeyboardInterrupt:
        print("The job continues. Run the same command to resume it, or add --stop to stop it.", file=sys.stderr)
        return INTERRUPTED
    if answer is None:
        print("Stopped. Nothing is left on AWS.", file=sys.stderr)
        return TERMINATED
    print(json.dumps(answer, indent=2) if arguments.json else f"{output}: {answer['sentence']}")
    return 0


def _output(arguments: argparse.Namespace) -> Path:
    if arguments.output is None and arguments.run is None:
        raise JobError("Give the path for the scored table with --output.")
    output: Path = arguments.output or arguments.run / SCORED
    return output


def _scored(arguments: argparse.Namespace, output: Path, should_stop: Callable[[], bool]) -> dict[str, object] | None:
    """Show the price, ask for confirmation, and score; return the result, None if the job was stopped."""
    from sentiment.cloud.aws import prices
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.batch_transform import transform, transform_plan
    from sentiment.model import bundle
    from sentiment.tables.table import inspect_table

    table = inspect_table(arguments.input, ReadOptions.from_flags(arguments))
    card = bundle.describe(arguments.model)
    account = connect(arguments.profile, arguments.region)
    prices.check_offered("transform", arguments.instance_type, account.region)
    plan = transform_plan.Plan(
        arguments.model, arguments.instance_type, arguments.instances, arguments.role, arguments.image
    )
    pace = transform_plan.pace(card)
    price = f"{transform_plan.price_in_words(account.region, table.row_count, pace, plan)}. Start?"
    confirm("\n".join(filter(None, [prices.remark(account.region), price])), arguments.yes)
    directory = arguments.run / "work" if arguments.run else None
    outcome = transform.run(account, table, plan, output, directory=directory, report=_lines(), should_stop=should_stop)
    if outcome is None:
        return None
    counts = ", ".join(f"{count:,} {sentiment}" for sentiment, count in outcome.summary.counts.items())
    price = prices.sentence("transform", plan.instance_type, account.region, outcome.seconds, plan.instances)
    sentence = f"{counted(outcome.summary.rows, 'row')} ({counts}). {opening(price)}."
    answer = {"output": str(output), "job": outcome.job, "rows": outcome.summary.rows, "seconds": outcome.seconds}
    summary = asdict(outcome.summary)
    return answer | {"dollars": outcome.dollars, "sentence": sentence, "summary": summary}


def _stop(arguments: argparse.Namespace, output: Path) -> int:
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.batch_transform import transform

    directory = arguments.run / "work" if arguments.run else None
    stopped = transform.stop(connect(arguments.profile, arguments.region), output, directory)
    answer = {"stopped": stopped}
    words = "Stopped. Nothing is left on AWS." if stopped else f"No job is running for {output}."
    print(json.dumps(answer) if arguments.json else words)
    return 0


def _lines() -> Callable[["TransformProgress"], None]:
    """Return a reporter that prints progress to standard error, without repeating a line."""
    printed = ""

    def report(progress: "TransformProgress") -> None:
        nonlocal printed
        line = str(progress)
        if line != printed:
            printed = line
            print(line, file=sys.stderr, flush=True)

    return report
