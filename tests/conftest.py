"""Fixtures shared by several test files: a miniature IMDb archive, the real one, and small trained models."""

import dataclasses
import os
from pathlib import Path

import hypothesis
import pytest

from tests.localcloud.fixture import local_cloud, running_cloud  # noqa: F401 (fixtures)
from tests.support.miniature import reviews, write_archive

# No deadlines: the time of a case depends mostly on what else runs on the machine.
# On a build server every run has the same examples, so that a failure there can be repeated with CI=1.
hypothesis.settings.register_profile("project", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("project")

SHARED_ARCHIVE = Path(__file__).resolve().parents[2] / "shared" / "data" / "aclImdb_v1.tar.gz"


@pytest.fixture(scope="session")
def miniature_archive(tmp_path_factory) -> Path:
    """Return an archive like aclImdb_v1.tar.gz with 200 train, 100 test and 200 unlabelled reviews."""
    return write_archive(tmp_path_factory.mktemp("imdb") / "aclImdb_v1.tar.gz", per_class=100, seed=1)


@pytest.fixture(scope="session")
def imdb_archive() -> Path:
    """Return the real archive, or the half of it used in development; skip the test if there is none."""
    path = Path(os.environ.get("IMDB_ARCHIVE") or SHARED_ARCHIVE)
    if not path.exists():
        pytest.skip("no IMDb archive here: set IMDB_ARCHIVE to aclImdb_v1.tar.gz")
    return path


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory) -> Path:
    """Return the directory of a bundle trained for real, in seconds, on 500 miniature reviews with stars.

    It is trained once per worker, and reads 60 tokens of a review.
    """
    # Imported here, so that a test without a bundle does not wait for torch.
    import torch

    from sentiment.data.datasets import Dataset, Example
    from sentiment.training.classifier.run import Run
    from sentiment.training.loop.config import TrainConfig
    from sentiment.training.loop.fit import Listener

    torch.set_num_threads(1)
    examples = [Example(text, label, float(stars)) for text, label, stars in reviews(500, seed=7)]
    config = TrainConfig(
        embedding_size=16,
        hidden_size=12,
        epochs=2,
        batch_size=16,
        learning_rate=0.01,
        maximum_length=60,
        dropout_embedding=0.1,
        average=0.9,
        validation_share=0.4,
        device="cpu",
    )
    run = Run(Dataset(examples, [], "miniature"), config, None)
    saved = run.finish(
        tmp_path_factory.mktemp("bundles") / "tiny",
        "tiny",
        Listener(lambda row: None, lambda note: None, lambda: False),
    )
    assert saved is not None
    return saved.directory


@pytest.fixture(scope="session")
def predictor(tiny_bundle):
    """Return the predictor of the tiny bundle."""
    from sentiment.model.predictor import Predictor

    return Predictor.load(tiny_bundle, "cpu")


@pytest.fixture(scope="session")
def tiny_pretrained(tmp_path_factory) -> Path:
    """Return the directory of a network pretrained for real, in seconds, on 3,000 miniature reviews; one per worker."""
    import torch

    from sentiment.training.loop.config import PRETRAINING
    from sentiment.training.loop.fit import Listener
    from sentiment.training.pretraining.run import Pretraining

    torch.set_num_threads(1)
    config = dataclasses.replace(
        PRETRAINING["pretrain"], embedding_size=16, hidden_size=12, cell="gru", epochs=1, batch_size=16, device="cpu"
    )
    run = Pretraining([text for text, _, _ in reviews(3_000, seed=21)], "digest", config, None)
    directory = tmp_path_factory.mktemp("pretrained") / "tiny"
    assert run.finish(directory, Listener(lambda row: None, lambda note: None, lambda: False))
    return directory
