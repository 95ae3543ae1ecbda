"""Which run the settings ask for: one that trains a network, or one that keeps it and fits what it judges by."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sentiment.data.datasets import Dataset, Unlabelled
from sentiment.model.bundle import Bundle
from sentiment.training.adaptation.run import AdaptationRun
from sentiment.training.classifier.run import Run
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Listener
from sentiment.training.loop.workers import ALONE, Workers


class TrainingRun(Protocol):
    """What makes a bundle of a data set."""

    @property
    def about(self) -> str:
        """What is learnt from what, as a sentence."""

    def finish(self, output: Path, name: str, progress: Listener) -> Bundle | None:
        """Train, or go on training, and save the bundle; None when stopped before there is one."""


def run_of(
    dataset: Dataset,
    config: TrainConfig,
    saved: Path | None,
    unlabelled: Sequence[Unlabelled] = (),
    workers: Workers = ALONE,
) -> TrainingRun:
    """Return the run over `dataset` that `config` asks for; `saved` is the checkpoint of one that was stopped."""
    if config.freeze:
        return AdaptationRun(dataset, config, workers)
    return Run(dataset, config, saved, unlabelled, workers)
