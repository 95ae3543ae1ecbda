"""A run that adapts a bundle to few labelled reviews: from a data set to a bundle like any other."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.data.datasets import Dataset
from sentiment.errors import ConfigError, DataError
from sentiment.evaluation import metrics
from sentiment.model import bundle, calibration, devices
from sentiment.model.bundle import Bundle
from sentiment.model.calibration import MINIMUM_REVIEWS, Calibration
from sentiment.model.predictor import Predictor
from sentiment.system.packages import recorded_versions
from sentiment.training.adaptation import cross_validation, evidence
from sentiment.training.adaptation.cross_validation import Learnt
from sentiment.training.adaptation.evidence import Evidence, Floats
from sentiment.training.classifier import starting_point
from sentiment.training.classifier.run import judge, measured
from sentiment.training.loop.config import TrainConfig, recorded
from sentiment.training.loop.fit import Listener
from sentiment.training.loop.log_lines import EpochRow
from sentiment.training.loop.workers import ALONE, Workers
from sentiment.training.pretraining import network_file
from sentiment.wording import counted, tenths

_SECONDS_BETWEEN_STEP_ROWS = 2.0


class AdaptationRun:
    """Adapts the bundle named by `config.start` to the labelled reviews of `dataset`.

    The network is frozen; only the weights of its states, of its verdict and of the phrases in these reviews are
    fitted. All reviews are trained on and none is held out: the figures of the report card come from cross-validation.
    Of several `workers`, the leader alone works.
    """

    def __init__(self, dataset: Dataset, config: TrainConfig, workers: Workers = ALONE) -> None:
        if not dataset.train:
            raise DataError(f"{dataset.name} has no reviews to train on, only a test part.")
        directory = starting_point.directory_of(config.start)
        if network_file.is_pretrained(directory):
            raise ConfigError(
                f"{directory} is a pretrained network without a trained output: set freeze to false to train it."
            )
        self.dataset = dataset
        self.config = config
        self.workers = workers
        self.start = bundle.load(directory)
        self._labels = np.array([one.label for one in dataset.train], dtype=np.float32)
        self._reviews = [one.review for one in dataset.train]

    @property
    def about(self) -> str:
        """A sentence about what is trained on which data."""
        return f"Fitting {self.start.name} to {counted(len(self._labels), 'labelled review')} by cross-validation."

    def finish(self, output: Path, name: str, progress: Listener) -> Bundle | None:
        """Fit and save the bundle; return None if stopped before the end, and in every worker but the leader.

        If no change improves on left-out reviews, the bundle keeps the verdicts of the starting model, and a note
        states it.
        """
        if not self.workers.leads:
            return None
        started = time.perf_counter()
        device = self.workers.own(devices.choose(self.config.device))
        found = evidence.found(Predictor(self.start, device), self._reviews)
        learnt = cross_validation.learn(found, self.dataset.train, self.config.seed, self._goes_on(found, progress))
        if learnt is None:
            return None
        gain = gain_in_words(self.start.name, found.verdicts, learnt, self._labels)
        progress.note(gain)
        fitted = found.verdicts + found.columns @ learnt.change
        row = {**_epoch(fitted, learnt.left_out, self._labels), "seconds": time.perf_counter() - started}
        progress.report(row)
        saved = self._saved(output, name, found, learnt, gain, row)
        card = {
            "gain": gain,
            **self._judged(found, learnt, saved.config.calibration),
            **self._measured(Predictor(saved, device)),
        }
        bundle.rewrite_report(saved, card)
        return bundle.load(output)

    def _goes_on(self, found: Evidence, progress: Listener) -> Callable[[int, int], bool]:
        """Return a callback that reports progress every other second and returns whether to continue."""
        before = metrics.bce_of(found.verdicts.astype(np.float32), self._labels)
        reported = time.perf_counter()

        def goes_on(done: int, fits: int) -> bool:
            nonlocal reported
            if time.perf_counter() - reported >= _SECONDS_BETWEEN_STEP_ROWS:
                reported = time.perf_counter()
                progress.report({"step": done, "of": fits, "train_bce": before})
            return not progress.should_stop()

        return goes_on

    def _saved(self, output: Path, name: str, found: Evidence, learnt: Learnt, gain: str, row: EpochRow) -> Bundle:
        weights, changed = evidence.changed(self.start, found, learnt.change)
        config = replace(
            self.start.config,
            name=name,
            calibration=_calibration(changed, learnt, self._labels),
            training=recorded(starting_point.load(self.config.start).laid_over(self.config)),
            data={
                "name": self.dataset.name,
                "digest": self.dataset.digest,
                "train": len(self._labels),
                "test": len(self.dataset.test),
                "notes": [*self.dataset.notes, gain],
            },
            versions=recorded_versions(),
        )
        return bundle.save(output, config, self.start.vocabulary, weights, [row], {})

    def _judged(self, found: Evidence, learnt: Learnt, fitted: Calibration) -> dict[str, Any]:
        """Return the cross-validated figures after and before adaptation."""
        return {
            "validation": metrics.report_card(learnt.left_out / fitted.temperature, self._labels, fitted),
            "before": metrics.report_card(found.verdicts, self._labels, self.start.config.calibration),
        }

    def _measured(self, predictor: Predictor) -> dict[str, Any]:
        test = {"test": judge(predictor, self.dataset.test)} if self.dataset.test else {}
        return measured(predictor, self._reviews) | test


def gain_in_words(start: str, before: Floats, learnt: Learnt, labels: NDArray[np.float32]) -> str:
    """Return the result of cross-validation as a sentence.

    `before` (reviews,) are the log-odds of the model named `start`, `labels` (reviews,) 1 for positive.
    """
    was, now = (tenths(metrics.accuracy_of(one.astype(np.float32), labels)) for one in (before, learnt.left_out))
    if not learnt.is_changed:
        return (
            f"Kept the starting model ({start}): on left-out reviews, fitting to these "
            f"{len(labels):,} labels does not improve its accuracy of {was}."
        )
    return (
        f"The accuracy on left-out reviews is {now}, compared with {was} for the starting model "
        f"({start}); cross-validation on {len(labels):,} labels."
    )


def _calibration(changed: Calibration, learnt: Learnt, labels: NDArray[np.float32]) -> Calibration:
    """Return the changed calibration with a temperature fitted on left-out reviews.

    With few reviews the temperature cannot be estimated; the log-odds are then calibrated as those of the start are.
    """
    enough = len(labels) >= MINIMUM_REVIEWS and learnt.is_changed
    temperature = calibration.best_temperature(learnt.left_out, labels.astype(np.float64)) if enough else 1.0
    return replace(changed, temperature=temperature)


def _epoch(fitted: Floats, left_out: Floats, labels: NDArray[np.float32]) -> EpochRow:
    parts = {"train": fitted.astype(np.float32), "validation": left_out.astype(np.float32)}
    figures = {"epoch": 1.0}
    for name, verdicts in parts.items():
        figures[f"{name}_bce"] = metrics.bce_of(verdicts, labels)
        figures[f"{name}_accuracy"] = metrics.accuracy_of(verdicts, labels)
    return figures
