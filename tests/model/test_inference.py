"""The same reading gives the same bits, whatever the batch, order, thread or load of the machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from sentiment.model.architecture import Architecture
from sentiment.model.inference import logits
from sentiment.model.network import Network
from sentiment.model.predictor import Predictor
from sentiment.system.storage import SHIPPED_BUNDLE
from tests.support.miniature import reviews

REVIEWS = 5_000
# Keeps a core busy until its input ends.
BUSY = (
    "import sys, threading\nthreading.Thread(target=sys.stdin.read).start()\nwhile threading.active_count() > 1: pass"
)


@contextmanager
def contention() -> Iterator[None]:
    """Keep every core busy during the block."""
    others = [subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for other in others:
            other.communicate()


@pytest.fixture(scope="module")
def readings(shipped):
    return [shipped.reader.read(text).ids for text, _, _ in reviews(60, seed=3)] + [
        shipped.reader.read(" ".join(text for text, _, _ in reviews(count, seed=count))).ids for count in (2, 9, 40)
    ]


@pytest.fixture(scope="module")
def shipped() -> Predictor:
    return Predictor.load(SHIPPED_BUNDLE, "cpu")


def test_a_reading_has_the_same_bits_alone_and_in_any_batch(shipped, readings):
    together, stars = logits(shipped.network, readings, shipped.device)
    generator = np.random.default_rng(1)
    for count in (1, 2, 3, 17):
        chosen = generator.permutation(len(readings))[:count]
        found, found_stars = logits(shipped.network, [readings[number] for number in chosen], shipped.device)
        assert found.tobytes() == together[chosen].tobytes()
        assert found_stars.tobytes() == stars[chosen].tobytes()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("width", [12, 50, 64])
@pytest.mark.parametrize("convolution", [0, 3])
def test_networks_of_any_shape_give_the_same_bits_in_batches_of_any_size(cell, width, convolution):
    torch.manual_seed(1)
    shape = Architecture(cell=cell, hidden_size=width, embedding_size=20, convolution=convolution, stride=1)
    network = Network(shape, vocabulary_size=300, star_levels=5).eval()
    network.fold()
    generator = np.random.default_rng(2)
    made = [generator.integers(2, 300, length) for length in generator.integers(20, 32, 48)]
    together = np.column_stack(logits(network, made, torch.device("cpu")))
    for count in (1, 2, 3, 5, 7, 9, 20, 27, 41):
        chosen = generator.permutation(len(made))[:count]
        found = np.column_stack(logits(network, [made[number] for number in chosen], torch.device("cpu")))
        assert found.tobytes() == together[chosen].tobytes(), f"{count} readings"


def test_a_review_has_the_same_prediction_alone_and_in_any_batch(predictor):
    texts = [text for text, _, _ in reviews(100, seed=5)]
    together = predictor.score(texts)
    assert repr([predictor.score([text])[0] for text in texts]) == repr(together)
    assert repr(predictor.score(texts[:37])) == repr(together[:37])


def test_a_bundle_that_is_loaded_again_gives_the_same_bits(shipped, readings):
    again = Predictor.load(SHIPPED_BUNDLE, "cpu")
    first, second = (logits(one.network, readings, one.device)[0] for one in (shipped, again))
    assert first.tobytes() == second.tobytes()


def test_thousands_of_reviews_have_the_same_bits_three_times_under_contention(predictor):
    made = [text for text, _, _ in reviews(REVIEWS, seed=17)]

    def chunk(start):
        return predictor.score(made[start : start + 500])

    with contention(), ThreadPoolExecutor(3) as callers:
        first, second, third = ([*callers.map(chunk, range(0, REVIEWS, 500))] for _ in range(3))
    # repr distinguishes floats by their bits, while NaN does not equal itself.
    assert repr(first) == repr(second) == repr(third)


def test_a_call_from_any_thread_is_computed_on_single_threads(shipped, readings):
    used = []
    handle = shipped.network.register_forward_pre_hook(lambda *given: used.append(torch.get_num_threads()))
    logits(shipped.network, readings[:1], shipped.device)
    logits(shipped.network, readings, shipped.device)
    handle.remove()
    assert set(used) == {1}
