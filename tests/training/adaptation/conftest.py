"""A small model of films, and reviews of a train that it has never met."""

import random

import pytest
import torch

from sentiment.data.datasets import Example
from sentiment.model.predictor import Predictor
from sentiment.training.loop.config import TrainConfig


@pytest.fixture(scope="session")
def film_model(tiny_bundle):
    torch.set_num_threads(1)
    return Predictor.load(tiny_bundle, "cpu")


def shop(count, seed, told=1.0):
    """Reviews whose verdict is in words that say nothing of a film; `told` of them are labelled as those words say."""
    dice = random.Random(seed)
    made = {}
    while len(made) < count:
        label = len(made) % 2
        says = label if dice.random() < told else 1 - label
        verdict = dice.choice(("train left on time", "seat was at the window") if says else ("second letter", "a walk"))
        made.setdefault(f"My neighbour had told me that the {verdict} number {dice.randint(1, 10**6)} it is", label)
    return [Example(text, label) for text, label in made.items()]


@pytest.fixture(scope="session")
def fine_tune(film_model):
    return TrainConfig(freeze=True, epochs=1, device="cpu", start=str(film_model.bundle.directory))
