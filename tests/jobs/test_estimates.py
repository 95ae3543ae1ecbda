"""The time of a training run: measured by a real process on real data."""

import dataclasses
import os

import pytest

from sentiment.jobs import estimates, registry
from sentiment.jobs.training_request import TrainingRequest
from sentiment.training.loop.config import PRETRAINING, TrainConfig
from tests.support.waiting import until

SMALL = TrainConfig(hidden_size=4, embedding_size=4, vocabulary_size=100, maximum_length=20, epochs=3)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def table(tmp_path):
    rows = [f"a {'warm' if n % 2 else 'dull'} film number {n},{n % 2}" for n in range(100)]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(["review,label", *rows]) + "\n")
    return path


def test_a_measurement_gives_an_estimate_that_grows_with_the_epochs(table):
    request = TrainingRequest(table, SMALL, "review", "label")
    assert estimates.known(request) is None
    job = estimates.measure(request)
    assert estimates.measure(request).id == job.id, "a measurement that works is not started again"
    until(lambda: not registry.load(job.directory).is_active)
    assert registry.load(job.directory).reason == ""
    three = estimates.known(request)
    assert 0 < three.seconds < 60
    assert "measured on this machine" in three.source
    longer = dataclasses.replace(request, config=dataclasses.replace(SMALL, epochs=6, learning_rate=0.1))
    per_epoch = registry.load(job.directory).config["seconds_per_epoch"]
    assert estimates.known(longer).seconds == pytest.approx(three.seconds + 3 * per_epoch)
    other = dataclasses.replace(request, config=dataclasses.replace(SMALL, hidden_size=8))
    assert estimates.known(other) is None, "another network has another pace"
    os.utime(table, (1, 1))
    assert estimates.known(request) is None, "a table that was changed is other data"


def test_data_that_cannot_be_read_fails_with_the_sentence(tmp_path):
    job = estimates.measure(TrainingRequest(tmp_path / "gone.csv", SMALL))
    until(lambda: not registry.load(job.directory).is_active)
    failed = registry.load(job.directory)
    assert failed.state == "failed"
    assert "gone.csv does not exist" in failed.reason


def test_pretraining_is_measured_too(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("review\n" + "".join(f"{n} {'a warm film about a long train ' * 40}\n" for n in range(400)))
    config = dataclasses.replace(
        PRETRAINING["pretrain"], hidden_size=4, embedding_size=4, vocabulary_size=100, device="cpu"
    )
    request = TrainingRequest(path, config, "review", kind="pretrain")
    assert estimates.known(request) is None
    job = estimates.measure(request)
    until(lambda: not registry.load(job.directory).is_active)
    assert registry.load(job.directory).reason == ""
    estimate = estimates.known(request)
    assert 0 < estimate.seconds < 600
    assert "measured on this machine" in estimate.source
    assert estimates.known(dataclasses.replace(request, kind="train")) is None, (
        "another kind of learning has another pace"
    )


def test_too_little_text_to_pretrain_on_fails_with_the_sentence(table):
    job = estimates.measure(TrainingRequest(table, PRETRAINING["pretrain"], "review", kind="pretrain"))
    until(lambda: not registry.load(job.directory).is_active)
    assert "tokens to train on" in registry.load(job.directory).reason
