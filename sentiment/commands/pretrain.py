"""Pretrain a language model on texts without labels; start training from it with `train.py --start DIR`."""

import argparse
import sys
from pathlib import Path

from sentiment.data import datasets
from sentiment.jobs.run_directory import Recording, recorded_or_stoppable
from sentiment.jobs.training_request import TrainingRequest
from sentiment.model import bundle
from sentiment.system import locks, storage
from sentiment.system.command import TERMINATED, resumable
from sentiment.tables.rows import ReadOptions
from sentiment.training.loop import config, config_flags
from sentiment.training.loop.log_lines import printer


def main() -> int:
    """Parse the arguments, train, print the results; the exit code is 143 when stopped by SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s --data PATH --output DIR [OPTION ...]")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        required=True,
        help="the IMDb archive, its directory, or a table of reviews",
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="directory of the pretrained network")
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="run directory: keeps record, checkpoint and network in one place"
    )
    ReadOptions.add_flags(parser)
    config_flags.add(parser, config.PRETRAINING, config.PRETRAINING_SETTINGS)
    arguments = parser.parse_args()
    output = arguments.output or (arguments.run and arguments.run / "model")
    if not output:
        parser.error("give the directory of the network: --output DIR")
    saved = arguments.run / "checkpoint" if arguments.run else output.with_name(f"{output.name}.checkpoint")
    settings = config_flags.parsed(arguments, config.PRETRAINING)
    request = TrainingRequest(
        arguments.data,
        settings,
        arguments.text_column,
        kind="pretrain",
        options=ReadOptions.from_flags(arguments, text_column=None),
    )
    with (
        recorded_or_stoppable(arguments.run, "pretrain", request.settings()) as work,
        locks.output_held(output),
        resumable(saved),
    ):
        storage.require_replaceable(output, bundle.FILES)
        reviews, digest = datasets.texts(request.data, request.reading)
        if isinstance(work, Recording):
            work.note(data_digest=digest)
        # torch is slow to import, so check paths and columns first.
        from sentiment.training.loop import checkpoint
        from sentiment.training.loop.fit import Listener
        from sentiment.training.pretraining.run import Pretraining

        state = saved / "state.pt"
        training = Pretraining(reviews, digest, request.config, state)
        _note(f"Training on {len(training.train):,} reviews, {training.tokens / 1e6:.1f} million tokens.")
        progress = Listener(printer(arguments.run), _note, lambda: work.stop_requested)
        network = training.finish(output, progress)
        if network and not work.stop_requested:
            checkpoint.discard(state)
    if network is None:
        _note(f"Stopped before the end of the first epoch; run again to resume from {saved}.")
        return TERMINATED
    _note(f"Saved {output}: start training from it with train.py --start {output}.")
    return TERMINATED if work.stop_requested else 0


def _note(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
