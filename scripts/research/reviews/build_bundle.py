#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Build the bundle for reviews of any kind, from the IMDb archive and a folder of labelled tables.

Without --verdicts, the teacher is trained and labels the texts first, which takes an hour on two cores;
judge_reviews.py runs that part alone, for example on a machine with a GPU, and --verdicts takes its output.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from scripts.research.reviews import corpus, film_phrases, kinds_report, lessons, minilm, saving, student, teacher
from scripts.research.reviews.corpus import Corpus
from scripts.research.reviews.material import Amounts
from scripts.research.reviews.student import Judged, Reading
from sentiment.errors import DataError
from sentiment.model import bundle, devices
from sentiment.model.bundle import Bundle, Weights
from sentiment.model.inference import logits
from sentiment.model.network import Network
from sentiment.model.phrases import KEYS, Phrases
from sentiment.system.command import run
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.text.vocabulary import UNKNOWN
from sentiment.training.classifier import distillation, phrase_learning, starting_point
from sentiment.training.classifier.task import Classification, Examples
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Fit
from sentiment.training.loop.log_lines import EpochRow

_CPU = torch.device("cpu")
# Required accuracy of decided reviews of unseen kinds; it leaves a fifth of the reviews undecided.
_DECIDED_RIGHT = 0.9365
# Keeps the bundle below 16 MB.
_MOST_PHRASES = 450_000
# With phrases added, the network has little left to learn and much to lose.
_RATE_BESIDE_PHRASES = 0.001
# The first pass is best on questions, the last one on neutral reviews.
_SHARES_OF_PASSES = (0.3, 0.2, 0.5)
# The teacher's labels are soft and numerous, so the student needs less regularisation than hard labels would.
SETTINGS = TrainConfig(
    text=student.TEXT,
    epochs=1,
    batch_size=64,
    learning_rate=0.002,
    dropout_words=0.1,
    dropout_embedding=0.3,
    dropout_output=0.3,
    average=0.999,
)


def main() -> int:
    """Parse the arguments, then read the data, label, train and save."""
    arguments = _parser().parse_args()
    torch.set_flush_denormal(True)
    found = corpus.load(arguments.archive, arguments.reviews, arguments.hold_out)
    for problem in found.problems:
        _note(problem)
    start = bundle.load(arguments.start)
    texts = lessons.unjudged(found, Amounts())
    verdicts, teacher_words = _verdicts(arguments, found, texts)
    words = student.vocabulary(start, found)
    reading = Reading(words, start, found)
    _note(f"{len(words):,} words, {len(texts):,} texts labelled by the teacher.")
    learnt = student.examples(found, reading, Judged(texts, verdicts), _films_judged(found, arguments.start))
    settings = _settings(arguments, len(words))
    first = student.first_weights(start, words, teacher_words)
    theirs = film_phrases.carried(start, len(words))
    saved = _built(arguments.output, found, reading, learnt, settings, first, theirs)
    print(f"{saved.directory}: {saved.fingerprint[:12]}")
    return 0


def _settings(arguments: argparse.Namespace, words: int) -> TrainConfig:
    """Return the student's training settings, with the shape of the bundle that it starts from."""
    given = starting_point.load(str(arguments.start)).laid_over(SETTINGS)
    return dataclasses.replace(
        given, start=str(arguments.start), text=student.TEXT, epochs=arguments.epochs, vocabulary_size=words
    )


def _verdicts(
    arguments: argparse.Namespace, found: Corpus, texts: list[str]
) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """Return the teacher's positive-class logits (texts,) and its word vectors (pieces, width)."""
    if arguments.verdicts is None:
        model = minilm.pretrained()
        device = devices.choose("auto")
        teacher.fit(model, lessons.as_labelled(lessons.labelled(found)), arguments.teacher_epochs, device, _note)
        judged = teacher.judge(model, lessons.pieces(texts), device, _note)
        return judged[:, 0], model.words.weight.detach().cpu().numpy()
    with np.load(arguments.verdicts) as stored:
        judged, vectors = stored["logits"], stored["words"]
    if len(judged) != len(texts):
        raise DataError(
            f"{arguments.verdicts} has labels of {len(judged):,} texts, but there are "
            f"{len(texts):,} to label; prepare it from the same archive and folder."
        )
    return judged[:, 0], vectors.astype(np.float32)


def _films_judged(found: Corpus, start: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the starting model's predictions for labelled films, and for unlabelled ones combined film by film."""
    labelled = distillation.by_bundle(start, [one.review for one in found.film_train], _CPU)
    reviews = [*(one.review for one in found.film_validation), *(one.review for one in found.film_unlabelled)]
    others = distillation.by_group(
        distillation.by_bundle(start, reviews, _CPU), found.film_train, found.film_validation, found.film_unlabelled
    )
    return expit(labelled), expit(others[len(found.film_validation) :])


def _built(
    output: Path,
    found: Corpus,
    reading: Reading,
    learnt: Examples,
    settings: TrainConfig,
    first: Weights,
    film_model: Phrases,
) -> Bundle:
    """Train and evaluate with kinds held out, then train on all kinds, and save.

    The network is trained alone first, then with phrases added. Both trainings use the same procedure, so the figures
    of the first on unseen kinds are valid for the second on new ones.
    """
    validation = kinds_report.validation(found, reading)
    alone, history = fitted_to(settings, learnt, validation, first)
    said, _ = logits(network_of(settings, alone), validation.readings, _CPU)
    phrases = _phrases(learnt, settings)
    shares = phrase_learning.blend(said, phrases.sums(validation.readings), validation.labels)
    judged, _ = _gone_on(settings, phrase_learning.blended(alone, phrases, shares), learnt, found, reading, film_model)
    before = kinds_report.measured(network_of(settings, judged), found, reading, _DECIDED_RIGHT)
    held_out = [one for kind in found.never_met.values() for one in kind.validation]
    whole = learnt.joined(student.of_reviews(held_out, reading, {}))
    blended = phrase_learning.blended(alone, _phrases(whole, settings), shares)
    weights, further = _gone_on(settings, blended, whole, found, reading, film_model)
    fitted = kinds_report.carried_over(before, network_of(settings, weights), found, reading)
    history = [{**row, "epoch": float(number)} for number, row in enumerate([*history, *further], 1)]
    words = reading.reader.vocabulary
    return saving.saved(output, found.whole(), words, settings, weights, history, fitted, before.cards)


def _gone_on(
    settings: TrainConfig, blended: Weights, learnt: Examples, found: Corpus, reading: Reading, film_model: Phrases
) -> tuple[Weights, list[EpochRow]]:
    """Continue training with phrases added, so that the network learns to overrule them where word order matters.

    The result is the weighted mean of the last passes, each with different short sentences. Phrases of the film model
    are added last, in the share that is best over all kinds.
    """
    gentle = dataclasses.replace(settings, learning_rate=_RATE_BESIDE_PHRASES)
    validation = kinds_report.validation(found, reading)
    weights, history = fitted_to(gentle, learnt, validation, blended)
    passes = []
    for number in range(len(_SHARES_OF_PASSES)):
        weights, rows = fitted_to(gentle, student.closing(learnt, reading, number), validation, weights)
        passes.append(weights)
        history += rows
    mean = {name: _mean([one[name] for one in passes]) for name in weights if name != KEYS} | {KEYS: weights[KEYS]}
    mean["embedding.weight"][reading.alike] = mean["embedding.weight"][UNKNOWN]
    return _with_film_phrases(settings, mean, film_model, found, reading, learnt), history


def _mean(values: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the weighted mean of one weight over the last passes."""
    shares = np.array(_SHARES_OF_PASSES, np.float32)
    mean: NDArray[np.float32] = np.tensordot(shares, np.stack(values), axes=1)
    return mean


def _with_film_phrases(
    settings: TrainConfig, weights: Weights, film_model: Phrases, found: Corpus, reading: Reading, learnt: Examples
) -> Weights:
    """Return the weights with phrases of the film model, in the share that is best on held-out data."""
    kinds = kinds_report.held_back(found)
    said = kinds_report.scored(network_of(settings, weights), reading, kinds)
    sums = {name: film_model.sums(reading.ids(one.review for one in kind.validation)) for name, kind in kinds.items()}
    part = film_phrases.share(said, sums)
    _note(f"Share of the film model's phrases: {part:.1f}.")
    return film_phrases.added(weights, film_model, part, learnt.readings, _MOST_PHRASES)


def _phrases(learnt: Examples, settings: TrainConfig) -> Phrases:
    _note("Fitting phrases.")
    return phrase_learning.learn(learnt.readings, learnt.labels, settings.vocabulary_size, settings.phrases)


def network_of(settings: TrainConfig, weights: Weights) -> Network:
    """Return a network with the shape given by the settings and with given weights."""
    phrases = len(weights.get(KEYS, ()))
    network = Network(settings.architecture, settings.vocabulary_size, len(student.STAR_LEVELS), phrases)
    network.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(one)) for name, one in weights.items()})
    return network


def fitted_to(
    settings: TrainConfig, learnt: Examples, validation: Examples, first: Weights
) -> tuple[Weights, list[EpochRow]]:
    """Train from given weights; return those of the best epoch, and one row per epoch."""
    fit = Fit(Classification(network_of(settings, first), learnt, validation, settings, _CPU), settings, _CPU)
    fit.run(_Progress().report)
    return {name: weight.numpy().copy() for name, weight in fit.best.items()}, fit.history


class _Progress:
    """Prints the progress of training, at most once every half minute."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def report(self, row: EpochRow) -> None:
        now = time.perf_counter()
        if "epoch" in row or now - self._last > 30:
            self._last = now
            _note(" ".join(f"{name}={value:.4g}" for name, value in row.items()))


def _note(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="the IMDb archive")
    parser.add_argument("--reviews", type=Path, required=True, help="folder of labelled tables, one per kind of goods")
    parser.add_argument("--output", type=Path, required=True, help="output directory of the bundle")
    parser.add_argument("--hold-out", nargs="*", default=[], metavar="KIND", help="tables to hold out for evaluation")
    parser.add_argument("--start", type=Path, default=SHIPPED_BUNDLE, help="the bundle to start from (the shipped one)")
    parser.add_argument("--verdicts", type=Path, help="output of judge_reviews.py run for the same tables")
    parser.add_argument("--teacher-epochs", type=int, default=2, help="epochs of the teacher's training (2)")
    parser.add_argument(
        "--epochs", type=int, default=1, help="epochs of the student's training, without phrases and with them (1)"
    )
    return parser


if __name__ == "__main__":
    run(main)
