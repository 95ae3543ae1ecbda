"""fit(): one training loop that reports plain rows and knows no screen, no path and no cloud."""

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from sentiment.batching import Ids, collate, shuffled
from sentiment.config import TrainConfig
from sentiment.evaluation import accuracy_of, bce_of
from sentiment.inference import logits
from sentiment.network import Network, Output

Row = dict[str, float]
State = dict[str, Any]

NO_STARS = -1
_WARM_UP_SHARE = 0.1
_SECONDS_BETWEEN_STEP_ROWS = 2.0
# Small data goes round several times an epoch: a few steps an epoch would end before anything is learnt.
_MINIMUM_STEPS = 100


@dataclass(frozen=True)
class Examples:
    """A split as the network takes it.

    `readings` are token ids; `labels` (reviews,) float32, 1 for positive; `stars` (reviews,) int64,
    the index of the star level, or -1 where it is not known.
    """

    readings: list[Ids]
    labels: NDArray[np.float32]
    stars: NDArray[np.int64]


class Fit:
    """A run in progress: network, optimiser, averaged weights, random states and history.

    `state()` and `restore()` carry all of it, so that a run stopped after any step and restored goes
    on to the very result it would have had.
    """

    def __init__(
        self, network: Network, train: Examples, validation: Examples, config: TrainConfig, device: torch.device
    ) -> None:
        self.network = network.to(device)
        self.train = train
        self.validation = validation
        self.config = config
        self.device = device
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self.averaged = _copy(network.state_dict())
        self.best = _copy(network.state_dict())
        self.history: list[Row] = []
        self.epoch = 1
        self.step = 0
        self._sums = {"bce": 0.0, "right": 0.0, "reviews": 0.0, "seconds": 0.0}
        torch.manual_seed(config.seed)

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Put given weights, by parameter name, in place of random ones before the first step."""
        self.network.load_state_dict(weights, strict=False)
        self.averaged, self.best = _copy(self.network.state_dict()), _copy(self.network.state_dict())

    @property
    def steps(self) -> int:
        """Steps in one epoch."""
        return steps_of_epoch(len(self.train.readings), self.config.batch_size)

    def run(
        self,
        report: Callable[[Row], None],
        checkpoint: Callable[[], None] = lambda: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Train until the last epoch, until patience ends, or until `should_stop`; return whether it finished.

        `report` gets a row every few seconds (step, of, train_bce) and one an epoch (epoch, train_bce,
        train_accuracy, validation_bce, validation_accuracy, seconds). `checkpoint` is called after each
        epoch and when stopped; it calls `state()`. The best epoch's weights are in `best`.
        """
        while self.epoch <= self.config.epochs and not self._out_of_patience():
            if not self._run_epoch(report, should_stop):
                checkpoint()
                return False
            self._finish_epoch(report)
            checkpoint()
        return True

    def _run_epoch(self, report: Callable[[Row], None], should_stop: Callable[[], bool]) -> bool:
        generator = np.random.default_rng([self.config.seed, self.epoch])
        batches = [
            batch
            for _ in range(self.steps // math.ceil(len(self.train.readings) / self.config.batch_size))
            for batch in shuffled(self.train.readings, self.config.batch_size, generator)
        ]
        started = reported = time.perf_counter()
        earlier = self._sums["seconds"]
        for batch in batches[self.step :]:
            if should_stop():
                return False
            self._learn(batch)
            self.step += 1
            now = time.perf_counter()
            self._sums["seconds"] = earlier + now - started
            if now - reported >= _SECONDS_BETWEEN_STEP_ROWS:
                reported = now
                bce = self._sums["bce"] / self._sums["reviews"]
                report({"step": self.step, "of": self.steps, "train_bce": bce})
        return True

    def _learn(self, batch: NDArray[np.intp]) -> None:
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        ids, lengths = collate([self.train.readings[index] for index in batch])
        labels = torch.from_numpy(self.train.labels[batch]).to(self.device)
        stars = torch.from_numpy(self.train.stars[batch]).to(self.device)
        with _precision(self.device):
            output = self.network(ids.to(self.device), lengths.to(self.device))
        bce = binary_cross_entropy_with_logits(output.logit, labels)
        loss = bce + self.config.stars_weight * _star_loss(output, stars)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not say
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimizer.step()
        self._average()
        self._sums["bce"] += bce.item() * len(batch)
        self._sums["right"] += ((output.logit > 0) == (labels > 0.5)).sum().item()
        self._sums["reviews"] += len(batch)

    def _learning_rate(self) -> float:
        """Rise in a line over the first tenth of all steps, then fall to 0 along a half cosine."""
        done = ((self.epoch - 1) * self.steps + self.step + 1) / (self.config.epochs * self.steps)
        if done < _WARM_UP_SHARE:
            return self.config.learning_rate * done / _WARM_UP_SHARE
        return (
            self.config.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP_SHARE) / (1 - _WARM_UP_SHARE)))
        )

    @torch.no_grad()
    def _average(self) -> None:
        taken = (self.epoch - 1) * self.steps + self.step
        # The first averages must forget the random start soon.
        decay = min(self.config.average, (1 + taken) / (10 + taken))
        for name, weight in self.network.state_dict().items():
            self.averaged[name].lerp_(weight, 1 - decay)

    def _finish_epoch(self, report: Callable[[Row], None]) -> None:
        started = time.perf_counter()
        learning = _copy(self.network.state_dict())
        self.network.load_state_dict(self.averaged)
        verdicts, _ = logits(self.network, self.validation.readings, self.device)
        self.network.load_state_dict(learning)
        row = {
            "epoch": self.epoch,
            "train_bce": self._sums["bce"] / self._sums["reviews"],
            "train_accuracy": self._sums["right"] / self._sums["reviews"],
            "validation_bce": bce_of(verdicts, self.validation.labels),
            "validation_accuracy": accuracy_of(verdicts, self.validation.labels),
            "seconds": self._sums["seconds"] + time.perf_counter() - started,
        }
        self.history.append(row)
        if row is self.best_row:
            self.best = _copy(self.averaged)
        self.epoch, self.step = self.epoch + 1, 0
        self._sums = dict.fromkeys(self._sums, 0.0)
        report(row)

    @property
    def best_row(self) -> Row:
        """The row of the epoch with the lowest validation BCE, the first of equals."""
        return min(self.history, key=lambda row: row["validation_bce"])

    def _out_of_patience(self) -> bool:
        return bool(self.history) and self.epoch - 1 - self.best_row["epoch"] >= self.config.patience

    def state(self) -> State:
        """Return everything that `restore` needs; tensors, numbers and lists only."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "averaged": self.averaged,
            "best": self.best,
            "history": self.history,
            "epoch": self.epoch,
            "step": self.step,
            "sums": self._sums,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if self.device.type == "cuda" else [],
        }

    def restore(self, state: State) -> None:
        """Go on from where `state()` was taken, with the same network shape, data and settings."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.averaged = {name: weight.to(self.device) for name, weight in state["averaged"].items()}
        self.best = {name: weight.to(self.device) for name, weight in state["best"].items()}
        self.history = list(state["history"])
        self.epoch, self.step = state["epoch"], state["step"]
        self._sums = dict(state["sums"])
        torch.set_rng_state(state["random"].cpu())
        if state["random_cuda"]:
            torch.cuda.set_rng_state_all([random.cpu() for random in state["random_cuda"]])


def steps_of_epoch(reviews: int, batch_size: int) -> int:
    """Return the steps of an epoch: one pass over all reviews, or so many that there are at least 100 steps."""
    steps = math.ceil(reviews / batch_size)
    return steps * math.ceil(_MINIMUM_STEPS / steps)


def _star_loss(output: Output, stars: Tensor) -> Tensor | float:
    if output.stars.shape[1] == 0 or not bool((stars != NO_STARS).any()):
        return 0.0
    return cross_entropy(output.stars, stars, ignore_index=NO_STARS)


def _precision(device: torch.device) -> AbstractContextManager[Any]:
    """bf16 on a GPU, where it is twice as fast; fp32 elsewhere."""
    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()


def _copy(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in weights.items()}
