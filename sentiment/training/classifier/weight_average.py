"""Average the weights of several bundles, each trained starting from another one, into a single bundle.

Such bundles are close enough in weight space for their mean to be a model, often a better one than each (Izmailov et
al. 2018, "Averaging Weights Leads to Wider Optima and Better Generalization"), and it is as small and fast as any of
them. If the mean includes the bundle that the others started from, it keeps more of what that bundle knew (Wortsman et
al. 2022, "Robust fine-tuning of zero-shot models").
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.data.datasets import Dataset, split
from sentiment.errors import BundleError
from sentiment.model import bundle, calibration, devices, phrases
from sentiment.model.bundle import Bundle, Weights
from sentiment.model.inference import logits
from sentiment.model.predictor import Predictor
from sentiment.training.classifier import run
from sentiment.training.loop.config import from_dict


def save(directories: Sequence[Path], dataset: Dataset, output: Path, name: str) -> Bundle:
    """Save the mean of bundles, calibrated and evaluated again on the splits of their data.

    Settings and history are those of the last bundle.

    Raises:
        BundleError: a bundle is damaged, or their vocabularies, shapes, phrases or data differ.
    """
    bundles = [bundle.load(directory) for directory in directories]
    last = bundles[-1]
    for one in bundles:
        _refuse_stranger(one, last, dataset)
    weights = averaged([one.weights for one in bundles])
    device = devices.choose("auto")
    predictor = Predictor(replace(last, weights=weights), device)
    settings = from_dict(last.config.training)
    _, validation = split(dataset.train, settings.validation_share, settings.seed)
    verdicts, _ = logits(predictor.network, [predictor.reader.ids(one.review) for one in validation], device)
    labels = np.array([one.label for one in validation], dtype=np.float32)
    config = replace(last.config, name=name, calibration=calibration.fit(verdicts, labels))
    saved = bundle.save(output, config, last.vocabulary, weights, last.history, {})
    bundle.rewrite_report(saved, run.report(saved, device, validation, dataset.test))
    return bundle.load(output)


def averaged(weights: Sequence[Weights]) -> Weights:
    """Return the mean of each array; phrase keys, which are the same in all, are kept as they are."""
    return {name: last if name == phrases.KEYS else _mean(name, weights) for name, last in weights[-1].items()}


def _mean(name: str, weights: Sequence[Weights]) -> NDArray[np.float32]:
    total: NDArray[np.float32] = np.sum([one[name] for one in weights], axis=0, dtype=np.float32)
    return total / np.float32(len(weights))


def _refuse_stranger(one: Bundle, last: Bundle, dataset: Dataset) -> None:
    keys, wanted = (each.weights.get(phrases.KEYS, np.zeros(0)) for each in (one, last))
    alike = (
        one.vocabulary.tokens == last.vocabulary.tokens
        and asdict(one.config.architecture) == asdict(last.config.architecture)
        and one.config.star_levels == last.config.star_levels
        and np.array_equal(keys, wanted)
    )
    if not alike:
        raise BundleError(
            f"{one.directory} and {last.directory} differ in vocabulary, shape or phrases; only "
            "models that were trained starting from one another can be averaged."
        )
    if one.config.data["digest"] != dataset.digest:
        raise BundleError(
            f"{one.directory} was trained on other data than {dataset.name}; give the data it was trained on."
        )
