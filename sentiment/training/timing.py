"""Estimate the time of an epoch on this machine by training, or pretraining, for some seconds on part of the data."""

import dataclasses
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sentiment.data.examples import Example
from sentiment.model import devices
from sentiment.model.inference import logits
from sentiment.model.network import Network
from sentiment.model.predictor import Predictor
from sentiment.text import tokenizer as text
from sentiment.text.cleaning import clean
from sentiment.text.reader import Reader
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.adaptation import cross_validation, evidence
from sentiment.training.classifier import starting_point
from sentiment.training.classifier.task import NO_STARS, Classification, Examples, steps_of_epoch
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Fit
from sentiment.training.pretraining import run
from sentiment.training.pretraining.language_model import LanguageModel
from sentiment.training.pretraining.run import CHUNK, Reading

SAMPLE = 2_000
FITTING_SAMPLE = 300
# The first steps compile the kernels for each shape; they are not timed.
WARM_UP_SECONDS = 1.5
MEASURED_SECONDS = 5.0


@dataclass(frozen=True)
class Pace:
    """Seconds per epoch, including validation, and seconds to convert all reviews to token ids."""

    seconds_per_epoch: float
    seconds_preparing: float


def measure(examples: Sequence[Example], config: TrainConfig) -> Pace:
    """Measure on a random part of `examples`, which are all the training and validation data."""
    if config.freeze:
        return _measure_fitting(examples, config)
    sample = random.Random(0).sample(list(examples), min(SAMPLE, len(examples)))
    started = time.perf_counter()
    part = _as_read(sample, config)
    reading = (time.perf_counter() - started) / len(sample)
    device = devices.choose(config.device)
    # The full vocabulary, since the optimiser updates every row of the embedding at each step.
    network = Network(config.architecture, config.vocabulary_size)
    step = _seconds_per_step(Fit(Classification(network, part, part, config, device), _endless(config), device))
    started = time.perf_counter()
    logits(network, part.readings, device)
    judging = (time.perf_counter() - started) / len(sample)
    held_out = len(examples) * config.validation_share
    steps = steps_of_epoch(round(len(examples) - held_out), config.batch_size)
    return Pace(steps * step + held_out * judging, len(examples) * reading)


def _measure_fitting(examples: Sequence[Example], config: TrainConfig) -> Pace:
    """Measure how long it takes to fit a model with a frozen network; that counts as one epoch."""
    sample = random.Random(0).sample(list(examples), min(FITTING_SAMPLE, len(examples)))
    share = len(sample) / len(examples)
    start = Predictor.load(starting_point.directory_of(config.start), config.device)
    started = time.perf_counter()
    found = evidence.found(start, [one.review for one in sample])
    reading = (time.perf_counter() - started) / share
    started = time.perf_counter()
    cross_validation.learn(found, sample, config.seed, lambda done, fits: True)
    return Pace((time.perf_counter() - started) / share, reading)


def measure_pretraining(reviews: Sequence[str], config: TrainConfig) -> Pace:
    """Measure on a random part of `reviews`, which are all the pretraining data.

    Raises:
        DataError: there is too little text.
    """
    sample = random.Random(0).sample(list(reviews), min(SAMPLE, len(reviews)))
    share = len(sample) / max(1, len(reviews))
    started = time.perf_counter()
    texts = text.tokens_of(config.text, sample)
    vocabulary = Vocabulary.build(texts, config.vocabulary_size)
    readings = [vocabulary.encode(tokens) for tokens in texts]
    reading = (time.perf_counter() - started) / share
    tokens = sum(map(len, readings)) / share
    run.refuse_little(round(tokens))
    device = devices.choose(config.device)
    task = Reading(LanguageModel(config.architecture, config.vocabulary_size), readings, readings, config, device)
    step = _seconds_per_step(Fit(task, _endless(config), device))
    started = time.perf_counter()
    task.validate()
    judging = time.perf_counter() - started
    steps = tokens * (1 - config.validation_share) / (config.batch_size * CHUNK)
    return Pace(steps * step + judging, reading)


def _as_read(sample: Sequence[Example], config: TrainConfig) -> Examples:
    tokenizer = text.tokenizer(config.text)
    vocabulary = Vocabulary.build((tokenizer.tokens(clean(one.review)) for one in sample), config.vocabulary_size)
    reader = Reader(config.text, vocabulary, config.maximum_length)
    readings = [reader.ids(one.review) for one in sample]
    labels = np.array([one.label for one in sample], dtype=np.float32)
    return Examples(readings, labels, np.full(len(sample), NO_STARS, dtype=np.int64))


def _endless(config: TrainConfig) -> TrainConfig:
    return dataclasses.replace(config, epochs=1_000_000, patience=1_000_000)


def _seconds_per_step(fit: Fit) -> float:
    times: list[float] = []

    def enough() -> bool:
        if fit.device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter())
        return times[-1] - times[0] > WARM_UP_SECONDS + MEASURED_SECONDS

    fit.run(lambda row: None, should_stop=enough)
    counted = [moment for moment in times if moment - times[0] > WARM_UP_SECONDS] or times[-2:]
    return (counted[-1] - counted[0]) / max(1, len(counted) - 1)
