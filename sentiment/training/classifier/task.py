"""The task of a sentiment network: predict sentiment and, where the data has ratings, stars."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from sentiment.evaluation.metrics import accuracy_of, bce_of
from sentiment.model.batching import Ids, collate, shuffled
from sentiment.model.inference import logits
from sentiment.model.network import Network, Output
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Loss, TrainingState
from sentiment.training.loop.log_lines import EpochRow
from sentiment.training.loop.workers import ALONE, Workers

NO_STARS = -1
# Small data sets are repeated several times per epoch: with only a few steps, an epoch would end before anything is
# learned.
_MINIMUM_STEPS = 100
_FLAT = 1e-12  # a gradient shorter than this has no direction


@dataclass(frozen=True)
class Examples:
    """A split, encoded for the network.

    `readings` are token ids. `labels` (reviews,) float32 are 1 for positive and 0 for negative, or a teacher's
    probability in between. `stars` (reviews,) int64 are indices of star levels, -1 if unknown.
    """

    readings: list[Ids]
    labels: NDArray[np.float32]
    stars: NDArray[np.int64]

    def joined(self, others: "Examples") -> "Examples":
        """Return these examples followed by `others`."""
        return Examples(
            self.readings + others.readings,
            np.concatenate([self.labels, others.labels]),
            np.concatenate([self.stars, others.stars]),
        )

    def extended(self, readings: list[Ids], labels: NDArray[np.float32]) -> "Examples":
        """Return these examples followed by more, whose stars are unknown."""
        return self.joined(Examples(readings, labels, np.full(len(readings), NO_STARS, dtype=np.int64)))


class Classification:
    """Batches of labelled reviews, reshuffled each epoch; each of several workers trains on its part of every batch."""

    def __init__(
        self,
        network: Network,
        train: Examples,
        validation: Examples,
        config: TrainConfig,
        device: torch.device,
        workers: Workers = ALONE,
    ) -> None:
        network.embedding.weight.requires_grad_(config.learn_words)
        self.network = network
        self.train = train
        self.validation = validation
        self.config = config
        self.device = device
        self.workers = workers
        self._batches: list[NDArray[np.intp]] = []

    @property
    def steps(self) -> int:
        """Number of steps in one epoch."""
        return steps_of_epoch(len(self.train.readings), self.config.batch_size)

    def begin(self, epoch: int) -> None:
        """Shuffle the reviews, determined by seed and epoch."""
        generator = np.random.default_rng([self.config.seed, epoch])
        rounds = self.steps // math.ceil(len(self.train.readings) / self.config.batch_size)
        self._batches = [
            batch for _ in range(rounds) for batch in shuffled(self.train.readings, self.config.batch_size, generator)
        ]

    def learn(self, step: int) -> Loss:
        """Return the loss of a batch: BCE of the sentiment plus weighted cross-entropy of the stars.

        With `config.adversarial`, the loss is computed on adversarially perturbed token vectors (Miyato et al. 2017).
        """
        batch = self._batches[step]
        part = self.workers.part(batch)
        if not len(part):
            return Loss(0 * self.network.head.weight.sum(), 0.0, 0, 0)
        ids, lengths = (tensor.to(self.device) for tensor in collate([self.train.readings[index] for index in part]))
        labels = torch.from_numpy(self.train.labels[part]).to(self.device)
        stars = torch.from_numpy(self.train.stars[part]).to(self.device)
        vectors = self.network.embed(ids)
        if self.config.adversarial:
            vectors.requires_grad_()  # also if word vectors are frozen
        output = self.network.judge(ids, vectors, lengths)
        loss = label_loss = binary_cross_entropy_with_logits(output.logit, labels)
        right = int(((output.logit > 0) == (labels > 0.5)).sum().item())
        if self.config.adversarial:
            output = self.network.judge(ids, vectors + self._misleading(label_loss, vectors), lengths)
            loss = binary_cross_entropy_with_logits(output.logit, labels)
        # Weighted by their shares, the means of the parts add up to the mean of the batch.
        share, rated = len(part) / len(batch), self._rated(part) / max(self._rated(batch), 1)
        loss = share * loss + self.config.stars_weight * rated * _star_loss(output, stars)
        return Loss(loss, label_loss.item(), right, len(part))

    def _rated(self, batch: NDArray[np.intp]) -> int:
        """Return how many reviews of a batch have stars."""
        return int((self.train.stars[batch] != NO_STARS).sum())

    def _misleading(self, loss: Tensor, vectors: Tensor) -> Tensor:
        """Return the adversarial perturbation of token vectors (time, batch, embedding size), along the loss gradient.

        For each review as a whole, its norm is `config.adversarial` standard deviations of the word vectors.
        """
        (gradient,) = torch.autograd.grad(loss, vectors)
        length = self.config.adversarial * self.network.embedding.weight.detach().std()
        steepness = torch.linalg.vector_norm(gradient, dim=(0, 2), keepdim=True)
        change: Tensor = length * gradient / steepness.clamp_min(_FLAT)
        return change

    def validate(self) -> EpochRow:
        """Return BCE and accuracy on the validation part."""
        verdicts, _ = logits(self.network, self.validation.readings, self.device)
        return {
            "validation_bce": bce_of(verdicts, self.validation.labels),
            "validation_accuracy": accuracy_of(verdicts, self.validation.labels),
        }

    def state(self) -> TrainingState:
        """Return an empty state: seed and epoch determine everything."""
        return {}

    def restore(self, state: TrainingState) -> None:
        """Ignore `state`, which is empty."""


def steps_of_epoch(reviews: int, batch_size: int) -> int:
    """Return the number of steps of an epoch: one pass over all reviews, or enough passes for at least 100 steps."""
    steps = math.ceil(reviews / batch_size)
    return steps * math.ceil(_MINIMUM_STEPS / steps)


def _star_loss(output: Output, stars: Tensor) -> Tensor | float:
    if output.stars.shape[1] == 0 or not bool((stars != NO_STARS).any()):
        return 0.0
    return cross_entropy(output.stars, stars, ignore_index=NO_STARS)
