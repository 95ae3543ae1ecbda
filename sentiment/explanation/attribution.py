"""Attribute the score of one review to its words and sentences, and trace the probability as the review is read.

Effects are differences in log-odds, calibrated as the bundle's are: positive ones point to a positive review. They show
what moved the score, which does not prove why.
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
from sentiment.explanation.sentences import clauses
from sentiment.model.batching import Ids, collate, lengths_of
from sentiment.model.inference import logits
from sentiment.model.predictor import Predictor
from sentiment.text.reader import Located, Reader
from sentiment.text.vocabulary import UNKNOWN

# Numbers of integration points; if the gap exceeds `MAXIMUM_GAP`, the next one is tried.
_STEPS = (32, 64)
# The gap is relative to the distance to explain, but to at least this many log-odds: the distance of a review whose
# words cancel out is close to 0.
_SMALLEST_DISTANCE = 0.5
MAXIMUM_SENTENCES = 60
MAXIMUM_PREFIXES = 120

_cudnn_switch = threading.Lock()


def word_effects(predictor: Predictor, review: str) -> Words:
    """Return the effect of every token, computed by integrated gradients (Sundararajan et al. 2017).

    The baseline is a review of the same length made of unknown words. The effects add up to the distance from it, and
    an unknown word has no effect. The contribution of phrases is exact and shared by the tokens that they cover. The
    words of an unscored review are marked as known or unknown, all with an effect of 0.
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
    """Return the effect of each sentence: log-odds with it minus those without it, both calibrated for the full length.

    A sentence with a contrast ("…, but …") counts as its clauses. A review of one sentence has none, because nothing is
    left without it. Of more than 60, adjacent ones are grouped. Text beyond the maximum length is ignored.
    """
    ids, ends = _tokens_read(predictor, review)
    passages = _with_tokens(clauses(_located(predictor.reader, review).text), ends)
    if len(passages) < 2:
        return ()
    bounds = np.searchsorted(ends, [end for _, end in passages], side="right").tolist()
    starts = [0, *bounds[:-1]]
    without = [np.delete(ids, slice(start, end)) for start, end in zip(starts, bounds, strict=True)]
    verdicts, _ = logits(predictor.network, [ids, *without], predictor.device)
    effects = (verdicts[0] - verdicts[1:]) * _scale(predictor, ids)
    return tuple(Passage(start, end, effect) for (start, end), effect in zip(passages, effects.tolist(), strict=True))


def reading_trace(predictor: Predictor, review: str) -> tuple[Step, ...]:
    """Return the probability of the positive class after each word, each computed on the review up to that word.

    This makes it valid for bidirectional networks. A long review has 120 evenly spaced steps, the last of which is
    always the whole review.
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
    """Return the ids of the tokens read and the end of each in characters of the cleaned review.

    Both are empty if the model leaves the review unscored.
    """
    found = _located(predictor.reader, review)
    if not found.reading.legible:
        return found.reading.ids[:0], np.zeros(0, dtype=np.int64)
    return found.reading.ids, np.array([found.spans[place].end for place in found.kept], dtype=np.int64)


@lru_cache(4)
def _located(reader: Reader, review: str) -> Located:
    """Read a review once for all explanations of it."""
    return reader.located(review)


def _with_tokens(passages: list[tuple[int, int]], ends: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Drop passages without any token read, and group adjacent ones until there are few enough."""
    read = [(start, end) for start, end in passages if ((ends > start) & (ends <= end)).any()]
    size = -(-len(read) // MAXIMUM_SENTENCES) or 1
    groups = [read[first : first + size] for first in range(0, len(read), size)]
    return [(group[0][0], group[-1][1]) for group in groups]


def _scale(predictor: Predictor, ids: Ids) -> float:
    """Return the factor from effects on the logit of this reading to effects on its log-odds."""
    return float(predictor.bundle.config.calibration.scale(lengths_of([ids]))[0])


def _integrated_gradients(predictor: Predictor, ids: Ids) -> tuple[NDArray[np.float64], float]:
    """Return the effect of each token (tokens,) and the gap, with as many integration points as needed."""
    tokens, lengths = collate([ids])
    with torch.no_grad():
        whole = predictor.network.embed(tokens.to(predictor.device))
        # Training replaces random words by unknown ones, so this baseline is a familiar input. With the average word
        # vector as baseline, midway points made a network that handles negation attribute praise to "awful".
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
    """Integrate the logit's gradient on the straight line from `baseline` to `whole` (time, 1, embedding size).

    Gauss-Legendre quadrature needs far fewer points than an even grid for the same gap. Returns one effect per token
    (time,).
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    shares = torch.tensor((points + 1) / 2, dtype=torch.float32, device=whole.device)[:, None]
    gradients = _gradients(predictor, baseline + shares * (whole - baseline), lengths.expand(steps).to(whole.device))
    weighted = (gradients * torch.tensor(weights / 2, dtype=torch.float32, device=whole.device)[:, None]).sum(1)
    effects = (weighted * (whole - baseline)[:, 0]).sum(-1)
    return effects.cpu().numpy().astype(np.float64)


def _gradients(predictor: Predictor, vectors: Tensor, lengths: Tensor) -> Tensor:
    """Return the gradient of each logit with respect to the token vectors (time, batch, embedding size)."""
    on_gpu = vectors.device.type == "cuda"
    with _without_cudnn() if on_gpu else nullcontext(), torch.enable_grad():
        vectors = vectors.detach().requires_grad_()
        total = predictor.network.read(vectors, lengths).logit.sum()
        # Not backward(): the network is shared, and its weights must not accumulate gradients.
        (gradients,) = torch.autograd.grad(total, vectors)
    return gradients


@contextmanager
def _without_cudnn() -> Iterator[None]:
    """Disable cuDNN, which does not support the backward pass of a recurrent network in evaluation mode.

    Training mode would apply dropout. The switch applies to the whole process, so only one explanation may hold it.
    """
    with _cudnn_switch, torch.backends.cudnn.flags(enabled=False):
        yield
