"""Train in rounds, as the shipped model was trained.

Round 0 trains on the labelled reviews alone. Each later round also trains on the unlabelled reviews, with the previous
round's predictions as targets. The last rounds do not start from scratch: each continues from the previous one for one
epoch, with its embedding frozen, its phrases kept, and many more short sentences. The saved bundle is the mean of the
weights of these last rounds and of the round that they started from.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

from sentiment.data import datasets
from sentiment.errors import ConfigError, DataError, JobError
from sentiment.jobs.training_request import TrainingRequest
from sentiment.model import bundle
from sentiment.model.bundle import Card
from sentiment.system import locks, storage
from sentiment.system.command import TERMINATED, StopRequest, of_module, resumable, run_to_end, stoppable
from sentiment.training.classifier import starting_point
from sentiment.training.loop import config, config_flags
from sentiment.training.loop.config import TrainConfig

# Each round has its own teacher, and the last ones start from the previous round.
_OF_ROUNDS = ("teacher", "start", "learn_words", "label_share")
_SETTINGS = tuple(item.name for item in dataclasses.fields(TrainConfig) if item.name not in _OF_ROUNDS)
# With its phrases added, a model needs many short sentences to learn that a "not" overrules them.
_MORE_SENTENCES = 3
# The model has memorised the labels; its own predictions reflect what generalises.
_LABEL_SHARE = 0.5


def main() -> int:
    """Parse the arguments, train round after round, save the mean; the exit code is 143 when stopped by SIGTERM."""
    arguments = _parser().parse_args()
    output: Path = arguments.output
    folder = output.with_name(f"{output.name}.rounds")
    if min(arguments.rounds, arguments.further) < 0:
        raise ConfigError("--rounds and --further are numbers, 0 or more.")
    if not datasets.has_unlabelled(arguments.data):
        raise DataError(
            f"{arguments.data} has no unlabelled reviews, which all rounds but the first are trained on; "
            "give the IMDb archive, or use the command train."
        )
    request = TrainingRequest(arguments.data, config_flags.parsed(arguments))
    made: list[Card] = []
    with stoppable() as stop, locks.output_held(output), resumable(folder):
        storage.require_replaceable(output, bundle.FILES)
        for number in range(1 + arguments.rounds + arguments.further):
            settings = request.config
            if made:
                settings = dataclasses.replace(settings, teacher=str(made[-1].directory))
            if number > arguments.rounds:
                settings = _going_on(settings, made[-1].directory)
            asked = dataclasses.replace(request, config=settings)
            if not _trained(asked, folder / f"round-{number}", output.name, stop):
                return TERMINATED
            made.append(bundle.describe(folder / f"round-{number}"))
            _refuse_other_data(made[-1], made[0])
            _note(f"Round {number}: {_card_in_words(made[-1])}.")
        mean = _mean(made[arguments.rounds :], request.data, output)
    _note(f"Saved {output}: {_card_in_words(mean)}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s --data PATH --output DIR [OPTION ...]")
    parser.add_argument(
        "--data", type=Path, metavar="PATH", required=True, help="the IMDb archive or its unpacked directory"
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", required=True, help="directory of the bundle; rounds are kept next to it"
    )
    parser.add_argument("--rounds", type=int, default=1, help="rounds with a teacher, after the first one (1)")
    parser.add_argument(
        "--further", type=int, default=3, help="further rounds, each continuing from the previous one (3)"
    )
    config_flags.add(parser, settings=_SETTINGS)
    return parser


def _going_on(settings: TrainConfig, before: Path) -> TrainConfig:
    """Return the settings of a round that continues from the previous one: learn sentences, forget no review."""
    changed = dataclasses.replace(
        settings,
        start=str(before),
        epochs=1,
        short_sentences=settings.short_sentences * _MORE_SENTENCES,
        learn_words=False,
        label_share=_LABEL_SHARE,
    )
    return starting_point.load(changed.start).laid_over(changed)


def _trained(asked: TrainingRequest, directory: Path, name: str, stop: StopRequest) -> bool:
    """Train one round, unless an earlier call has finished it; return False if stopped.

    Raises:
        ConfigError: the existing round was trained with other settings.
        JobError: training failed.
    """
    if directory.exists():
        # Settings added since then have defaults that match the earlier behaviour.
        made = config.recorded(config.from_dict(bundle.describe(directory).config.training))
        if made != config.recorded(asked.config):
            raise ConfigError(f"{directory} was trained with other settings; delete it or choose another --output.")
        return True
    code = run_to_end(
        of_module("sentiment", "train", *asked.arguments(), "--output", str(directory), "--name", name), stop
    )
    if stop.stop_requested:
        _note("Stopped; run the same command again to continue.")
        return False
    if code:
        raise JobError(f"Training {directory} ended with exit code {code}; the lines above say why.")
    return True


def _mean(made: list[Card], data: Path, output: Path) -> Card:
    # torch is slow to import, so check the settings first.
    from sentiment.training.classifier import weight_average

    weight_average.save([one.directory for one in made], datasets.load(data), output, output.name)
    return bundle.describe(output)


def _refuse_other_data(card: Card, first: Card) -> None:
    if card.config.data["digest"] != first.config.data["digest"]:
        raise ConfigError(f"{first.directory} was trained on other data; delete it or choose another --output.")


def _card_in_words(card: Card) -> str:
    validation = card.report["validation"]
    return f"validation accuracy {validation['accuracy']:.4f}, BCE {validation['bce']:.4f}"


def _note(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
