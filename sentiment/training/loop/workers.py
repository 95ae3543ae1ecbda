"""Data-parallel training: the processes that torchrun starts, each training on its part of every batch.

Gradients are summed over all processes before each step, so that N processes train the same model as one. Without
torchrun there is one process, and no communication.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous

from sentiment.errors import DeviceError, JobError
from sentiment.system.processes import end_with_parent

# All processes load the same data before they connect. If torchrun was killed meanwhile, the others never connect.
_MEETING = timedelta(minutes=10)
# Far longer than the leader ever works alone, on word vectors or a report; the loss of a process shows as a closed
# connection.
_PATIENCE = timedelta(days=7)


@dataclass(frozen=True)
class Workers:
    """All processes of a training run, seen from one of them: number `rank` of `size`, `local_rank` on its machine.

    The first is the leader: it alone evaluates, prints and writes. Collective calls must be made by all processes in
    the same order.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process is the leader, which evaluates, prints and writes."""
        return self.rank == 0

    def own(self, device: torch.device) -> torch.device:
        """Return the device of this process, where `device` is the one that the settings ask for.

        Raises:
            DeviceError: there are fewer devices than processes on this machine.
        """
        if self.size == 1 or device.type == "cpu":
            return device
        if device.type != "cuda" or self.local_rank >= torch.cuda.device_count():
            raise DeviceError(
                f"Process {self.local_rank + 1} of this machine has no graphics processor of its own: "
                "start as many processes as there are, or train with --device cpu."
            )
        own = torch.device("cuda", self.local_rank)
        torch.cuda.set_device(own)
        return own

    def part(self, batch: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return this process's part of a batch; it may be empty."""
        return batch[self.rank :: self.size]

    def any(self, said: bool) -> bool:
        """Return whether `said` is True in any process; a collective call."""
        return self.total(said)[0] > 0

    def total(self, *numbers: float) -> tuple[float, ...]:
        """Return the sum of each number over all processes."""
        if self.size == 1:
            return numbers
        sums = torch.tensor(numbers, dtype=torch.float64)
        with _departures_in_words():
            dist.all_reduce(sums)
        return tuple(sums.tolist())

    def lead(self, work: Callable[[], bytes]) -> bytes:
        """Return the result of `work`, which only the leader runs while the others wait."""
        if self.size == 1:
            return work()
        content = bytearray(work() if self.leads else b"")
        content.extend(bytes(int(self.total(len(content))[0]) - len(content)))
        if content:
            with _departures_in_words():
                dist.broadcast(torch.frombuffer(content, dtype=torch.uint8), 0)
        return bytes(content)

    def agree(self, tensors: Iterable[Tensor]) -> None:
        """Copy the leader's values of these tensors to every process."""
        if self.size > 1:
            with _departures_in_words():
                for tensor in tensors:
                    dist.broadcast(tensor, 0)

    def add_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its sum over all processes."""
        if self.size == 1:
            return
        learning = list(parameters)
        parts = [torch.zeros_like(one) if one.grad is None else one.grad for one in learning]
        together = torch.cat([part.flatten() for part in parts])
        with _departures_in_words():
            dist.all_reduce(together)
        for one, part in zip(learning, torch.split(together, [part.numel() for part in parts]), strict=True):
            one.grad = part.view_as(one)


ALONE = Workers()


@contextlib.contextmanager
def joined() -> Iterator[Workers]:
    """Yield the processes that torchrun started, or this one alone; on exit, each waits for the others.

    Raises:
        JobError: another process has ended early, either at the start or during a call in the block.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    # torchrun ends its processes in every case except when it is killed itself.
    end_with_parent()
    # Numbers are on the CPU, weights on their device.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    with _departures_in_words():
        store, rank, size = next(rendezvous("env://", timeout=_MEETING))
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    workers = Workers(rank, size, int(os.environ["LOCAL_RANK"]))
    yield workers
    # If a process exits with a code other than 0, torchrun ends those still running. An all-reduce would not do here:
    # gloo's threads hold its tensors for a moment, and Python aborts if it ends just then (pytorch#179291).
    with _departures_in_words():
        store.set(f"done {rank}", "")
        store.wait([f"done {each}" for each in range(size)], _PATIENCE)
    dist.destroy_process_group()


@contextlib.contextmanager
def _departures_in_words() -> Iterator[None]:
    """Raise a JobError if another process has left; its own message states the reason."""
    try:
        yield
    except RuntimeError as error:
        raise JobError(
            "Another process of this training has ended: its own message, or torchrun's, states the reason."
        ) from error
