"""fit(): one training loop that reports plain rows and does not depend on tasks, user interface, paths or cloud."""

import json
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.log_lines import EpochRow
from sentiment.training.loop.workers import ALONE, Workers

TrainingState = dict[str, Any]

_WARM_UP_SHARE = 0.1
_SECONDS_BETWEEN_STEP_ROWS = 2.0
_SECONDS_BETWEEN_CHECKPOINTS = 300.0


@dataclass(frozen=True)
class Listener:
    """Callbacks of a run: it reports rows and plain sentences, and asks whether to stop."""

    report: Callable[[EpochRow], None]
    note: Callable[[str], None]
    should_stop: Callable[[], bool]


class Loss(NamedTuple):
    """The result of one step: `loss` to minimise, and figures to report.

    `bce` is the mean cross-entropy over `items` examples, `right` the number of correct ones. With several processes,
    these refer to this process's examples, and the losses of all processes add up to that of the step.
    """

    loss: Tensor
    bce: float
    right: int
    items: int


class Task(Protocol):
    """What a network is trained to do, step by step."""

    @property
    def network(self) -> nn.Module:
        """The network to train."""

    @property
    def steps(self) -> int:
        """Number of steps in one epoch."""

    def begin(self, epoch: int) -> None:
        """Prepare the steps of an epoch; the same epoch always gives the same steps."""

    def learn(self, step: int) -> Loss:
        """Return the loss of step `step` (from 0) of the current epoch, ready for the backward pass."""

    def validate(self) -> EpochRow:
        """Return at least `validation_bce` and `validation_accuracy` of the network in its current state."""

    def state(self) -> TrainingState:
        """Return what else is needed to resume in the middle of an epoch; tensors, numbers and lists only."""

    def restore(self, state: TrainingState) -> None:
        """Restore what `state` returned; called after `begin`."""


class Fit:
    """A run in progress: task, network, optimiser, averaged weights, random states and history.

    `state()` and `restore()` carry all of it, so that a run stopped after any step and restored reaches exactly the
    result of an uninterrupted run. Of several `workers`, the leader alone validates.
    """

    def __init__(self, task: Task, config: TrainConfig, device: torch.device, workers: Workers = ALONE) -> None:
        self.task = task
        self.workers = workers
        self.network = network = task.network.to(device)
        self.config = config
        self.device = device
        self._learning = [weight for weight in network.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self._learning, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self.averaged = _copy(network.state_dict())
        self.best = _copy(network.state_dict())
        self.history: list[EpochRow] = []
        self.epoch = 1
        self.step = 0
        self._sums = {"bce": 0.0, "right": 0.0, "count": 0.0, "seconds": 0.0}
        self._task_state: TrainingState | None = None
        torch.manual_seed(config.seed)

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Replace random initial weights by the given ones, by parameter name; call it before the first step."""
        self.network.load_state_dict(weights, strict=False)
        self.averaged, self.best = _copy(self.network.state_dict()), _copy(self.network.state_dict())

    def run(
        self,
        report: Callable[[EpochRow], None],
        checkpoint: Callable[[], None] = lambda: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Train until the last epoch, until patience runs out, or until `should_stop`; return whether it finished.

        `report` gets a row every few seconds (step, of, train_bce) and one per epoch (epoch, train_bce, train_accuracy,
        validation_bce, validation_accuracy, seconds). `checkpoint` is called after each epoch and when stopped; it
        calls `state()`. The weights of the best epoch are in `best`. If one worker is asked to stop, all stop after the
        same step.
        """
        self.workers.agree(self.network.state_dict().values())
        while self.epoch <= self.config.epochs and not self._out_of_patience():
            if not self._run_epoch(report, checkpoint, should_stop):
                checkpoint()
                return False
            self._finish_epoch(report)
            checkpoint()
        return True

    def _run_epoch(
        self, report: Callable[[EpochRow], None], checkpoint: Callable[[], None], should_stop: Callable[[], bool]
    ) -> bool:
        self._begin()
        started = reported = saved = time.perf_counter()
        earlier = self._sums["seconds"]
        while self.step < self.task.steps:
            if self.workers.any(should_stop()):
                return False
            self._learn()
            now = time.perf_counter()
            self._sums["seconds"] = earlier + now - started
            if now - reported >= _SECONDS_BETWEEN_STEP_ROWS:
                reported = now
                bce = self._sums["bce"] / self._sums["count"]
                report({"step": self.step, "of": self.task.steps, "train_bce": bce})
            if now - saved >= _SECONDS_BETWEEN_CHECKPOINTS:
                saved = now
                checkpoint()
        return True

    def _begin(self) -> None:
        self.task.begin(self.epoch)
        if self._task_state is not None:
            self.task.restore(self._task_state)
            self._task_state = None

    def _learn(self) -> None:
        self.network.train()
        self._begin_randomness()
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        with _precision(self.device):
            losses = self.task.learn(self.step)
        self.optimizer.zero_grad(set_to_none=True)
        losses.loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        self.workers.add_gradients(self._learning)
        nn.utils.clip_grad_norm_(self._learning, self.config.clip)
        self.optimizer.step()
        self._average()
        bce, right, items = self.workers.total(losses.bce * losses.items, losses.right, losses.items)
        self._sums["bce"] += bce
        self._sums["right"] += right
        self._sums["count"] += items
        self.step += 1

    def _begin_randomness(self) -> None:
        """Seed dropout: differently for each of several workers, and the same after a resume as without a stop."""
        if self.workers.size > 1:
            numbers = np.random.default_rng([self.config.seed, self.workers.rank, self.epoch, self.step])
            torch.manual_seed(int(numbers.integers(2**63)))

    def _learning_rate(self) -> float:
        """Linear warm-up over the first tenth of all steps, then half-cosine decay to 0."""
        done = ((self.epoch - 1) * self.task.steps + self.step + 1) / (self.config.epochs * self.task.steps)
        if done < _WARM_UP_SHARE:
            return self.config.learning_rate * done / _WARM_UP_SHARE
        return (
            self.config.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP_SHARE) / (1 - _WARM_UP_SHARE)))
        )

    @torch.no_grad()
    def _average(self) -> None:
        taken = (self.epoch - 1) * self.task.steps + self.step
        # The first averages must quickly forget the random initial weights.
        decay = min(self.config.average, (1 + taken) / (10 + taken))
        for name, weight in self.network.state_dict().items():
            if weight.is_floating_point():
                self.averaged[name].lerp_(weight, 1 - decay)

    def _finish_epoch(self, report: Callable[[EpochRow], None]) -> None:
        started = time.perf_counter()
        judged: EpochRow = json.loads(self.workers.lead(lambda: json.dumps(self._judge()).encode()))
        row = {
            "epoch": self.epoch,
            "train_bce": self._sums["bce"] / self._sums["count"],
            "train_accuracy": self._sums["right"] / self._sums["count"],
            **judged,
            "seconds": self._sums["seconds"] + time.perf_counter() - started,
        }
        self.history.append(row)
        if row is self.best_row:
            self.best = _copy(self.averaged)
        self.epoch, self.step = self.epoch + 1, 0
        self._sums = dict.fromkeys(self._sums, 0.0)
        report(row)

    def _judge(self) -> EpochRow:
        """Return the validation figures of the averaged weights."""
        learning = _copy(self.network.state_dict())
        self.network.load_state_dict(self.averaged)
        judged = self.task.validate()
        self.network.load_state_dict(learning)
        return judged

    @property
    def best_row(self) -> EpochRow:
        """The row of the epoch with the lowest validation BCE, the earliest in a tie."""
        return min(self.history, key=lambda row: row["validation_bce"])

    def _out_of_patience(self) -> bool:
        return bool(self.history) and self.epoch - 1 - self.best_row["epoch"] >= self.config.patience

    def state(self) -> TrainingState:
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
            "task": self.task.state(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if self.device.type == "cuda" else [],
        }

    def restore(self, state: TrainingState) -> None:
        """Continue from where `state()` was taken, with the same network shape, data and settings."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.averaged = {name: weight.to(self.device) for name, weight in state["averaged"].items()}
        self.best = {name: weight.to(self.device) for name, weight in state["best"].items()}
        self.history = list(state["history"])
        self.epoch, self.step = state["epoch"], state["step"]
        self._sums = dict(state["sums"])
        self._task_state = state["task"] if self.step else None
        torch.set_rng_state(state["random"].cpu())
        if state["random_cuda"]:
            torch.cuda.set_rng_state_all([random.cpu() for random in state["random_cuda"]])


def _precision(device: torch.device) -> AbstractContextManager[Any]:
    """Use bf16 on a GPU, where it is twice as fast, and fp32 elsewhere."""
    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()


def _copy(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in weights.items()}
