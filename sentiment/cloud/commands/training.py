"""The commands `train` and `fetch` of `scripts/cloud.py`: SageMaker training jobs from a shell."""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from sentiment.cloud.commands.step import Steps, add_role, add_step
from sentiment.errors import JobError
from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import check_new, read_status
from sentiment.system.command import TERMINATED, confirm
from sentiment.tables.rows import ReadOptions
from sentiment.training.loop import config_flags
from sentiment.wording import counted


def add_train(steps: Steps) -> None:
    """Add the command that trains, or resumes following a job."""
    parser = add_step(steps, "train", "train a model on SageMaker", train, asks=True)
    parser.add_argument("--data", type=Path, help="the IMDb archive, its unpacked directory, or a labelled table")
    parser.add_argument("--name", help="name of the job and its model (default: the preset)")
    ReadOptions.add_flags(parser)
    parser.add_argument("--label-column", help="column of the labels, for a table")
    parser.add_argument("--label-mapping", help="JSON that says which label values are negative and which positive")
    parser.add_argument("--instance-type", default="ml.m5.xlarge", help="where to run (%(default)s)")
    parser.add_argument("--instances", type=int, default=1, help="how many instances train together (%(default)s)")
    parser.add_argument("--spot", action="store_true", help="on spare capacity: cheaper, may be interrupted")
    parser.add_argument("--max-minutes", type=float, default=60.0, help="time limit (%(default)g)")
    parser.add_argument(
        "--keep-data", type=int, default=7, metavar="DAYS", help="days to keep the data in S3; 0: until the job ends"
    )
    add_role(parser)
    parser.add_argument("--image", default="", help="URI of an image with all libraries, instead of AWS's")
    parser.add_argument(
        "--run",
        type=Path,
        metavar="DIR",
        help="run directory of the new job; without --data, of a job to resume following",
    )
    config_flags.add(parser)


def train(arguments: argparse.Namespace) -> int:
    """Train on SageMaker: upload the data, start the job and show its output. Ctrl-C does not stop the job; to watch it
    again, give only --run with its directory."""
    from sentiment.cloud.training import training_follower

    if arguments.run and _is_to_follow(arguments.run, arguments.data):
        training_follower.follow(arguments.run)
        return TERMINATED if registry.load(arguments.run).status.state == "stopped" else 0
    job = _watched(_started(arguments))
    run = job.sagemaker
    if job.state == "failed" or run is None:
        raise JobError(job.reason)
    answer = {"run": str(job.directory), "job": run.standing.job_name, "state": job.state, "dollars": run.cost}
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        print(f"{job.id} is {job.state}. Download its model with: scripts/cloud.py fetch --run {job.directory}")
    return TERMINATED if job.state == "stopped" else 0


def _is_to_follow(directory: Path, data: Path | None) -> bool:
    """Whether a job was already started in a run directory, so that it only has to be followed.

    Starting a job records it first, then launches this very command with both the data and the directory.

    Raises:
        JobError: there is no job to follow, or the directory cannot be used for a new one.
    """
    launched = (directory / "config.json").exists()
    if data is None:
        if not launched:
            raise JobError(f"{directory} contains no job to follow: add --data to start one there.")
        return True
    if launched and read_status(directory).state in ("queued", "stopping"):
        return True
    check_new(directory)
    return False


def _started(arguments: argparse.Namespace) -> Job:
    """Show the price, ask for confirmation, and start the job that the flags describe."""
    from sentiment.cloud.aws import prices, roles
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.training import training_start
    from sentiment.data.labels.mapping import LabelMapping
    from sentiment.jobs import estimates
    from sentiment.jobs.training_request import TrainingRequest

    if arguments.data is None or not arguments.data.exists():
        raise JobError("Give the training data: --data PATH, an IMDb archive or a labelled table.")
    mapping = LabelMapping.from_json(arguments.label_mapping) if arguments.label_mapping else None
    settings = config_flags.parsed(arguments)
    request = TrainingRequest(
        arguments.data.absolute(),
        settings,
        arguments.text_column,
        arguments.label_column,
        mapping,
        options=ReadOptions.from_flags(arguments, text_column=None),
    )
    account = connect(arguments.profile, arguments.region)
    prices.check_offered("training", arguments.instance_type, account.region)
    seconds, known = round(arguments.max_minutes * 60), estimates.known(request)
    name, role = arguments.name or arguments.preset, arguments.role or roles.arn(account, "execution")
    place = training_start.place(
        account,
        name,
        role,
        arguments.instance_type,
        seconds,
        instances=arguments.instances,
        spot=arguments.spot,
        image=arguments.image,
        keep_data_days=arguments.keep_data,
    )
    words = training_start.price_in_words(
        arguments.instance_type,
        account.region,
        arguments.spot,
        seconds,
        known.seconds if known else None,
        arguments.instances,
    )
    kept = f"for {counted(place.data_days, 'day')}" if place.keep_data_days else "until the job has ended"
    remark = prices.remark(account.region)
    sent = f"Of the data, only the texts and labels are stored in S3, {kept}."
    confirm(f"{f'{remark} ' if remark else ''}{words} {sent} Start?", arguments.yes)
    return training_start.start(request, name, place, arguments.run and arguments.run.absolute())


def _watched(job: Job) -> Job:
    """Copy the job's log to standard error until the job ends."""
    print(f"{job.directory}: Ctrl-C stops watching, not the job.", file=sys.stderr)
    with job.log.open(encoding="utf-8", errors="replace") as log:
        while True:
            active = registry.load(job.directory).is_active
            shutil.copyfileobj(log, sys.stderr)
            sys.stderr.flush()
            if not active:
                return registry.load(job.directory)
            time.sleep(0.5)


def add_fetch(steps: Steps) -> None:
    """Add the command that downloads a model."""
    parser = add_step(steps, "fetch", "download the model of a finished job", fetch, on_aws=False)
    parser.add_argument("--run", type=Path, required=True, help="run directory of the job")


def fetch(arguments: argparse.Namespace) -> int:
    """Download the trained model of a SageMaker job into its run directory, and verify it."""
    from sentiment.cloud.training import training_jobs

    found = training_jobs.bring_home(registry.load(arguments.run))
    answer = {"model": str(found.directory), "name": found.name, "fingerprint": found.fingerprint}
    print(
        json.dumps(answer, indent=2)
        if arguments.json
        else f"{found.directory}: {found.name} ({found.fingerprint[:12]})."
    )
    return 0
