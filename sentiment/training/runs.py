"""Choose the kind of run that the settings ask for: train a network, or keep it and fit its output to new labels."""

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
    """Trains a bundle on a data set."""

    @property
    def about(self) -> str:
        """A sentence about what is trained on which data."""

    def finish(self, output: Path, name: str, progress: Listener) -> Bundle | None:
        """Train, or resume training, and save the bundle; return None if stopped before there is one."""


def run_of(
    dataset: Dataset,
    config: TrainConfig,
    saved: Path | None,
    unlabelled: Sequence[Unlabelled] = (),
    workers: Workers = ALONE,
) -> TrainingRun:
    """Return the run over `dataset` that `config` asks for; `saved` is the checkpoint of a stopped one."""
    if config.freeze:
        return AdaptationRun(dataset, config, workers)
    return Run(dataset, config, saved, unlabelled, workers)
