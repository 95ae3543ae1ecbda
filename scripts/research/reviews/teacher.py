"""Fine-tune the teacher on labelled word pieces, and label other texts with it, on a GPU or a CPU."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from scripts.research.reviews.minilm import PADDING, STAR_LEVELS, Judged, Teacher

Pieces = list[int]

# Word pieces per batch. Texts are padded to multiples of 16, since a CPU compiles kernels for each new shape.
_BATCH_PIECES = {"cpu": 4_096, "cuda": 65_536}
_TIME_STEP = 16
_WARM_UP_SHARE = 0.05
_RATE, _HEAD_RATE = 8e-5, 6e-4
_CLIP = 1.0
_STARS_WEIGHT = 0.3
# Label smoothing bounds the loss of a label that is wrong or half true.
_SMOOTHING = 0.02
_SECONDS_BETWEEN_NOTES = 30.0


@dataclass(frozen=True)
class Labelled:
    """The teacher's training data: word pieces of each text, and three arrays (texts,).

    `labels` are 1 for positive, 0 for negative and 0.5 for neutral; `stars` are indices of star levels from 0, or -1 if
    unknown; `shares` are sample weights.
    """

    pieces: Sequence[Pieces]
    labels: NDArray[np.float32]
    stars: NDArray[np.int64]
    shares: NDArray[np.float32]


def fit(teacher: Teacher, data: Labelled, epochs: int, device: torch.device, note: Callable[[str], None]) -> None:
    """Train in place for `epochs` epochs, reshuffled each time, with a short warm-up and linear decay."""
    teacher.to(device).train()
    learning = [weight for weight in teacher.parameters() if weight.requires_grad]
    head = list(teacher.head.parameters())
    body = [weight for weight in learning if not any(weight is one for one in head)]
    rates = (_RATE, _HEAD_RATE)
    optimizer = torch.optim.AdamW([{"params": body}, {"params": head}], weight_decay=0.01, fused=True)
    batches = [batch for epoch in range(epochs) for batch in _shuffled(data.pieces, epoch, device)]
    started = noted = time.perf_counter()
    for number, batch in enumerate(batches):
        done = (number + 0.5) / len(batches)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(done / _WARM_UP_SHARE, (1 - done) / (1 - _WARM_UP_SHARE))
        loss = _loss(teacher, data, batch, device)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        torch.nn.utils.clip_grad_norm_(learning, _CLIP)
        optimizer.step()
        now = time.perf_counter()
        if now - noted >= _SECONDS_BETWEEN_NOTES:
            noted = now
            note(f"Step {number + 1:,} of {len(batches):,}, loss {loss.item():.3f}, {now - started:.0f} s.")


def judge(
    teacher: Teacher, pieces: Sequence[Pieces], device: torch.device, note: Callable[[str], None]
) -> NDArray[np.float16]:
    """Return logits (texts, 6) in half precision: the positive class first, then one to five stars."""
    teacher.to(device).eval()
    judged = np.empty((len(pieces), 1 + STAR_LEVELS), np.float16)
    done, noted = 0, time.perf_counter()
    with torch.inference_mode():
        for batch in _batches(pieces, np.arange(len(pieces)), _BATCH_PIECES[device.type]):
            said = _said(teacher, [pieces[place] for place in batch], device)
            judged[batch] = torch.cat([said.verdict[:, None], said.stars], 1).cpu().numpy()
            done += len(batch)
            if time.perf_counter() - noted >= _SECONDS_BETWEEN_NOTES:
                noted = time.perf_counter()
                note(f"Labelled {done:,} of {len(pieces):,} texts.")
    return judged


def _loss(teacher: Teacher, data: Labelled, batch: NDArray[np.intp], device: torch.device) -> Tensor:
    labels = torch.from_numpy(_SMOOTHING + (1 - 2 * _SMOOTHING) * data.labels[batch]).to(device)
    stars = torch.from_numpy(data.stars[batch]).to(device)
    shares = torch.from_numpy(data.shares[batch]).to(device)
    said = _said(teacher, [data.pieces[place] for place in batch], device)
    loss = (shares * binary_cross_entropy_with_logits(said.verdict, labels, reduction="none")).sum() / shares.sum()
    rated = shares * (stars >= 0)
    of_stars = (rated * cross_entropy(said.stars, stars.clamp_min(0), reduction="none")).sum()
    total: Tensor = loss + _STARS_WEIGHT * of_stars / rated.sum().clamp_min(1)
    return total


def _said(teacher: Teacher, pieces: Sequence[Pieces], device: torch.device) -> Judged:
    ids = np.full((len(pieces), _rounded(max(map(len, pieces)))), PADDING, np.int64)
    for row, own in zip(ids, pieces, strict=True):
        row[: len(own)] = own
    with torch.autocast(device.type, torch.bfloat16):
        said: Judged = teacher(torch.from_numpy(ids).to(device))
    return said


def _shuffled(pieces: Sequence[Pieces], epoch: int, device: torch.device) -> list[NDArray[np.intp]]:
    generator = np.random.default_rng(epoch)
    batches = list(_batches(pieces, generator.permutation(len(pieces)), _BATCH_PIECES[device.type]))
    return [batches[place] for place in generator.permutation(len(batches))]


def _batches(pieces: Sequence[Pieces], order: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    """Yield batches of texts of equal padded length with about `size` word pieces each, and incomplete batches last."""
    waiting: dict[int, list[int]] = {}
    for place in order.tolist():
        length = _rounded(len(pieces[place]))
        group = waiting.setdefault(length, [])
        group.append(place)
        if len(group) == max(size // length, 1):
            yield np.array(waiting.pop(length))
    yield from (np.array(group) for group in waiting.values())


def _rounded(length: int) -> int:
    return math.ceil(max(length, 1) / _TIME_STEP) * _TIME_STEP
