"""Train a model on IMDb or on a labelled table; SageMaker training jobs run this command too."""

import argparse
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sentiment.data import datasets
from sentiment.data.labels.mapping import LabelMapping
from sentiment.errors import SentimentError
from sentiment.jobs.run_directory import Recording, recorded_or_stoppable
from sentiment.jobs.training_request import TrainingRequest
from sentiment.model import bundle
from sentiment.model.bundle import Bundle
from sentiment.system import locks, storage
from sentiment.system.command import TERMINATED, StopRequest, resumable
from sentiment.tables.rows import ReadOptions
from sentiment.training.loop import config_flags
from sentiment.training.loop.log_lines import printer

# torchrun sets the rank of each process that it starts.
_LEADS = os.environ.get("RANK", "0") == "0"


@dataclass(frozen=True)
class Folders:
    """The paths of the data, the bundle and the checkpoint; on SageMaker, `report` gets a copy of the report card."""

    data: Path
    output: Path
    checkpoint: Path
    report: Path | None = None


def main() -> int:
    """Parse the arguments, train, print; the exit code is 143 when stopped by SIGTERM.

    Of several processes, only the first prints and writes.
    """
    parser = _parser()
    arguments = parser.parse_args()
    folders = _folders(arguments, parser)
    mapping = LabelMapping.from_json(arguments.label_mapping) if arguments.label_mapping else None
    request = TrainingRequest(
        folders.data,
        config_flags.parsed(arguments),
        arguments.text_column,
        arguments.label_column,
        mapping,
        options=ReadOptions.from_flags(arguments, text_column=None),
    )
    with (
        _failure_told(),
        recorded_or_stoppable(arguments.run if _LEADS else None, "train", request.settings()) as work,
        locks.output_held(folders.output) if _LEADS else contextlib.nullcontext(),
        resumable(folders.checkpoint),
    ):
        if _LEADS:
            storage.require_replaceable(folders.output, bundle.FILES)
        saved = _train(request, folders, arguments, work)
    if not _LEADS:
        return TERMINATED if work.stop_requested else 0
    if saved is None:
        _note(f"Stopped before the end of the first epoch; run again to resume from {folders.checkpoint}.")
        return TERMINATED
    if folders.report:
        shutil.copy(saved.directory / "report.json", folders.report)
    _note(f"Saved {saved.directory}: validation accuracy {saved.report['validation']['accuracy']:.4f}.")
    if work.stop_requested:
        _note(f"Stopped before the last epoch; run the same command again to resume from {folders.checkpoint}.")
        return TERMINATED
    return 0


def _train(
    request: TrainingRequest, folders: Folders, arguments: argparse.Namespace, work: Recording | StopRequest
) -> Bundle | None:
    dataset = datasets.load(
        request.data,
        reading=request.reading,
        label_column=request.label_column,
        mapping=request.mapping,
        test_part=not request.config.freeze,
    )
    for sentence in dataset.notes:
        _note(sentence)
    if isinstance(work, Recording):
        work.note(data_digest=dataset.digest)
    # torch is slow to import, so check paths and columns first.
    from sentiment.training.loop import checkpoint
    from sentiment.training.loop import workers as data_parallel
    from sentiment.training.loop.fit import Listener
    from sentiment.training.runs import run_of

    wanted = request.config.teacher or (request.config.vector_epochs and not request.config.start)
    unlabelled = datasets.unlabelled(request.data) if wanted else []
    report = printer(arguments.run) if _LEADS else lambda row: None
    progress = Listener(report, _note, lambda: work.stop_requested)
    with data_parallel.joined() as workers:
        state = folders.checkpoint / "state.pt"
        training = run_of(dataset, request.config, state, unlabelled, workers)
        if workers.size > 1:
            _note(f"Training with {workers.size} processes.")
        if request.config.teacher:
            _note(f"Also training on {len(unlabelled):,} unlabelled reviews, labelled by the teacher.")
        _note(training.about)
        saved = training.finish(folders.output, arguments.name, progress)
        # SageMaker uploads the bundle after this process has ended; until then, a spot instance may be interrupted.
        if saved and not work.stop_requested and not os.environ.get("SM_MODEL_DIR"):
            checkpoint.discard(state)
        return saved


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s --data PATH --output DIR [OPTION ...]")
    parser.add_argument(
        "--data", type=Path, metavar="PATH", help="the IMDb archive, its unpacked directory, or a labelled table"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="directory of the trained bundle")
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="run directory: keeps record, checkpoint and bundle in one place"
    )
    parser.add_argument(
        "--name", metavar="NAME", default="", help="name of the bundle (default: that of the output directory)"
    )
    ReadOptions.add_flags(parser)
    LabelMapping.add_flags(parser)
    config_flags.add(parser)
    return parser


def _folders(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> Folders:
    """Return SageMaker's directories if its environment variables are set, else those of the flags."""
    channel = os.environ.get("SM_CHANNEL_TRAINING")
    data = _data_in(Path(channel)) if channel else arguments.data
    model = os.environ.get("SM_MODEL_DIR")
    output = Path(model) if model else arguments.output or (arguments.run and arguments.run / "model")
    if not data:
        parser.error("give the data: --data PATH")
    if not output:
        parser.error("give the directory of the bundle: --output DIR")
    if not arguments.name:
        arguments.name = output.name if not arguments.run else arguments.run.name
    if model:
        # AWS's images set no variable for it; ours allows another directory where /opt/ml cannot be created.
        checkpoint = Path(os.environ.get("SM_CHECKPOINT_DIR") or "/opt/ml/checkpoints")
    else:
        checkpoint = arguments.run / "checkpoint" if arguments.run else output.with_name(f"{output.name}.checkpoint")
    report = os.environ.get("SM_OUTPUT_DATA_DIR")
    return Folders(Path(data), output, checkpoint, Path(report) if report else None)


def _data_in(channel: Path) -> Path:
    """Return the table or archive in a channel's directory, or the directory itself if it holds an unpacked archive."""
    entries = list(channel.iterdir()) if channel.is_dir() else []
    return entries[0] if len(entries) == 1 and entries[0].is_file() else channel


@contextlib.contextmanager
def _failure_told() -> Iterator[None]:
    """Write the reason of a failure where SageMaker reads it, if this is one of its jobs."""
    try:
        yield
    except Exception as error:
        if folder := os.environ.get("SM_OUTPUT_DIR"):
            reason = str(error) if isinstance(error, SentimentError) else f"{type(error).__name__}: {error}"
            # Of several processes, the first to fail knows the cause.
            with contextlib.suppress(FileExistsError), Path(folder, "failure").open("x", encoding="utf-8") as file:
                file.write(reason)
        raise


def _note(sentence: str) -> None:
    if _LEADS:
        print(sentence, file=sys.stderr, flush=True)
