"""What moved the score of one review: its words, its sentences, and the probability after each word.

Effects are in log-odds, calibrated as the bundle's are: positive ones speak for positive. They tell
what moved the score, which is no proof of why.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.explanation.effects import MAXIMUM_GAP, Passage, Step, Words
from sentiment.explanation.sentences import sentences
from sentiment.model.batching import Ids, collate, lengths_of
from sentiment.model.inference import logits
from sentiment.model.predictor import Predictor
from sentiment.text.reader import Located, Reader
from sentiment.text.vocabulary import UNKNOWN

# Points on the way from the baseline; with a gap above `MAXIMUM_GAP` the next number is tried.
_STEPS = (32, 64)
# The gap is a share of the distance to explain, and of this many log-odds where that is less: a
# review whose words cancel out has a distance near 0.
_SMALLEST_DISTANCE = 0.5
MAXIMUM_SENTENCES = 60
MAXIMUM_PREFIXES = 120

_cudnn_switch = threading.Lock()


def word_effects(predictor: Predictor, review: str) -> Words:
    """Return the effect of every token by integrated gradients (Sundararajan et al. 2017).

    The way starts at a review of as many unknown words, so the effects add up to the distance from there, and an
    unknown word has none.
    What phrases add is exact: it is shared by the tokens that they stand on.
    A review that the model leaves unscored has its words marked as known or not, all without effect.
    """
    found = _located(predictor.reader, review)
    reading, kept = found.reading, set(found.kept)
    effects, gap = np.zeros(len(reading.ids)), 0.0
    if reading.legible:
        effects, gap = _integrated_gradients(predictor, reading.ids)
    vocabulary, remaining = predictor.reader.vocabulary, iter(zip(effects.tolist(), reading.ids.tolist(), strict=True))
    passages = []
    for place, (token, start, end) in enumerate(found.spans):
        known, read = token in vocabulary, place in kept
        effect, number = next(remaining) if read else (0.0, UNKNOWN)
        read_as = "" if known or number == UNKNOWN else vocabulary.tokens[number]
        passages.append(Passage(start, end, effect, known, read, read_as))
    return Words(tuple(passages), gap)


def sentence_effects(predictor: Predictor, review: str) -> tuple[Passage, ...]:
    """Return what each sentence adds: the log-odds with it minus those without it, both as in a review of this length.

    A review of one sentence has none, for nothing is left without it. Of a review with more than 60
    sentences, neighbours are taken together. What the length cap leaves out has no part in it.
    """
    ids, ends = _tokens_read(predictor, review)
    passages = _with_tokens(sentences(_located(predictor.reader, review).text), ends)
    if len(passages) < 2:
        return ()
    bounds = np.searchsorted(ends, [end for _, end in passages], side="right").tolist()
    starts = [0, *bounds[:-1]]
    without = [np.delete(ids, slice(start, end)) for start, end in zip(starts, bounds, strict=True)]
    verdicts, _ = logits(predictor.network, [ids, *without], predictor.device)
    effects = (verdicts[0] - verdicts[1:]) * _scale(predictor, ids)
    return tuple(Passage(start, end, effect) for (start, end), effect in zip(passages, effects.tolist(), strict=True))


def reading_trace(predictor: Predictor, review: str) -> tuple[Step, ...]:
    """Return the probability of positive after each word, each from reading the review anew up to there.

    So it holds for networks that read both ways. A long review has 120 steps, evenly spread, the
    last one always the whole review.
    """
    ids, ends = _tokens_read(predictor, review)
    if not len(ids):
        return ()
    counts = np.unique(np.linspace(1, len(ids), min(len(ids), MAXIMUM_PREFIXES)).round().astype(int)).tolist()
    verdicts, _ = logits(predictor.network, [ids[:count] for count in counts], predictor.device)
    probabilities = predictor.bundle.config.calibration.probabilities(verdicts, np.array(counts)).tolist()
    return tuple(
        Step(count, int(ends[count - 1]), probability) for count, probability in zip(counts, probabilities, strict=True)
    )


def _tokens_read(predictor: Predictor, review: str) -> tuple[Ids, NDArray[np.int64]]:
    """Return the ids of the tokens read and, for each, the end of its characters in the cleaned review.

    Both are empty when the model leaves the review unscored.
    """
    found = _located(predictor.reader, review)
    if not found.reading.legible:
        return found.reading.ids[:0], np.zeros(0, dtype=np.int64)
    return found.reading.ids, np.array([found.spans[place].end for place in found.kept], dtype=np.int64)


@lru_cache(4)
def _located(reader: Reader, review: str) -> Located:
    """Read a review once for all that is said about it, one after the other."""
    return reader.located(review)


def _with_tokens(passages: list[tuple[int, int]], ends: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Leave out the passages of which no token is read, and join neighbours until there are few enough."""
    read = [(start, end) for start, end in passages if ((ends > start) & (ends <= end)).any()]
    size = -(-len(read) // MAXIMUM_SENTENCES) or 1
    groups = [read[first : first + size] for first in range(0, len(read), size)]
    return [(group[0][0], group[-1][1]) for group in groups]


def _scale(predictor: Predictor, ids: Ids) -> float:
    """Return what turns effects on the logit of this reading into effects on its log-odds."""
    return float(predictor.bundle.config.calibration.scale(lengths_of([ids]))[0])


def _integrated_gradients(predictor: Predictor, ids: Ids) -> tuple[NDArray[np.float64], float]:
    """Return the effect of each token (tokens,) and the gap, with as many steps as it takes."""
    tokens, lengths = collate([ids])
    with torch.no_grad():
        whole = predictor.network.embed(tokens.to(predictor.device))
        # Words are dropped as unknown ones while training, so this start is a review as the network knows them; halfway
        # from average words, a network that has learnt what a "not" does called "awful" praise.
        unknown = predictor.network.embedding.weight.detach()[UNKNOWN]
        ends = torch.cat([whole, unknown.expand_as(whole)], dim=1)
        verdicts = predictor.network.read(ends, lengths.expand(2).to(predictor.device)).logit.cpu().numpy()
    distance = float(verdicts[0] - verdicts[1])
    effects, gap = np.zeros(len(ids)), np.inf
    for steps in _STEPS:
        effects = _path_integral(predictor, ends[:, :1], ends[:, 1:], lengths, steps)[: len(ids)]
        gap = abs(float(effects.sum()) - distance) / max(abs(distance), _SMALLEST_DISTANCE)
        if gap <= MAXIMUM_GAP:
            break
    if predictor.phrases:
        effects = effects + predictor.phrases.effects(ids)
    return effects * _scale(predictor, ids), gap


def _path_integral(
    predictor: Predictor, whole: Tensor, baseline: Tensor, lengths: Tensor, steps: int
) -> NDArray[np.float64]:
    """Integrate the logit's gradient along the straight way from `baseline` to `whole` (time, 1, embedding size).

    Gauss and Legendre's points take far fewer steps than even ones for the same gap. Returns an
    effect a token (time,).
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    shares = torch.tensor((points + 1) / 2, dtype=torch.float32, device=whole.device)[:, None]
    gradients = _gradients(predictor, baseline + shares * (whole - baseline), lengths.expand(steps).to(whole.device))
    weighted = (gradients * torch.tensor(weights / 2, dtype=torch.float32, device=whole.device)[:, None]).sum(1)
    effects = (weighted * (whole - baseline)[:, 0]).sum(-1)
    return effects.cpu().numpy().astype(np.float64)


def _gradients(predictor: Predictor, vectors: Tensor, lengths: Tensor) -> Tensor:
    """Return the gradient of each logit by the token vectors (time, batch, embedding size)."""
    on_gpu = vectors.device.type == "cuda"
    with _without_cudnn() if on_gpu else nullcontext(), torch.enable_grad():
        vectors = vectors.detach().requires_grad_()
        total = predictor.network.read(vectors, lengths).logit.sum()
        # Not backward(): the network is shared, and its weights must not gather gradients.
        (gradients,) = torch.autograd.grad(total, vectors)
    return gradients


@contextmanager
def _without_cudnn() -> Iterator[None]:
    """Turn cuDNN off: it refuses to go backwards through a recurrent network in evaluation mode.

    Training mode would drop words. The switch is the whole process's, so only one explanation may hold it.
    """
    with _cudnn_switch, torch.backends.cudnn.flags(enabled=False):
        yield
