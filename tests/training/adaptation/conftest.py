"""A small model of films, and the settings that fine-tune it to other reviews."""

import pytest
import torch

from sentiment.model.predictor import Predictor
from sentiment.training.loop.config import TrainConfig


@pytest.fixture(scope="session")
def film_model(tiny_bundle):
    torch.set_num_threads(1)
    return Predictor.load(tiny_bundle, "cpu")


@pytest.fixture(scope="session")
def fine_tune(film_model):
    return TrainConfig(freeze=True, epochs=1, device="cpu", start=str(film_model.bundle.directory))
