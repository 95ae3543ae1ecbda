"""The training loop: the same seed gives the same model, and a stopped run resumes to exactly the same result."""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from sentiment.model.network import Network
from sentiment.training.classifier import task
from sentiment.training.classifier.task import NO_STARS, Classification, Examples
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Fit

CONFIG = TrainConfig(
    embedding_size=8,
    hidden_size=6,
    epochs=3,
    batch_size=8,
    learning_rate=0.01,
    average=0.9,
    dropout_words=0.2,
    patience=3,
)
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr(task, "_MINIMUM_STEPS", 1)
    torch.set_num_threads(1)


def examples(count, seed, stars=True):
    """Return reviews of random ids, positive if id 5 occurs more often than id 6."""
    generator = np.random.default_rng(seed)
    readings = [generator.integers(2, 20, generator.integers(3, 15)).astype(np.int32) for _ in range(count)]
    for reading in readings:
        reading[0] = generator.choice([5, 6])
    labels = np.array([(reading == 5).sum() > (reading == 6).sum() for reading in readings], dtype=np.float32)
    levels = np.where(labels > 0, generator.integers(2, 4, count), generator.integers(0, 2, count))
    return Examples(readings, labels, levels if stars else np.full(count, NO_STARS))


def fit(stars=True, **changes):
    config = dataclasses.replace(CONFIG, **changes)
    torch.manual_seed(config.seed)
    network = Network(config.architecture, 20, 4 if stars else 0)
    return Fit(Classification(network, examples(90, 1, stars), examples(40, 2, stars), config, CPU), config, CPU)


def plain(rows):
    """Return rows without the times."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def expect_same(one, other):
    assert plain(one.history) == plain(other.history)
    for weights in ("best", "averaged"):
        for name, weight in getattr(one, weights).items():
            assert torch.equal(weight, getattr(other, weights)[name]), name


def ignore(row):
    pass


def test_it_learns():
    learnt = fit(epochs=12, patience=12, dropout_words=0.0, learning_rate=0.03)
    assert learnt.run(ignore)
    assert learnt.best_row["validation_accuracy"] > 0.85
    assert learnt.history[-1]["train_bce"] < learnt.history[0]["train_bce"]


def test_an_epoch_is_a_plain_row():
    rows = []
    fit(epochs=1).run(rows.append)
    assert list(rows[-1]) == [
        "epoch",
        "train_bce",
        "train_accuracy",
        "validation_bce",
        "validation_accuracy",
        "seconds",
    ]
    assert {type(value) for value in rows[-1].values()} <= {int, float}


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    def trained(seed):
        run = fit(seed=seed)
        run.run(ignore)
        return run

    first, second, other = trained(1), trained(1), trained(2)
    expect_same(first, second)
    assert not torch.equal(first.best["head.weight"], other.best["head.weight"])


@pytest.mark.parametrize("stop_after", [0, 1, 5, 12, 17, 24, 35])
def test_a_stopped_run_goes_on_to_the_very_same_result(stop_after):
    whole = fit()
    whole.run(ignore)
    stopped, asked, saved = fit(), iter(range(1_000)), []
    finished = stopped.run(
        ignore, lambda: saved.append(copy.deepcopy(stopped.state())), lambda: next(asked) >= stop_after
    )
    assert not finished
    torch.manual_seed(123)
    resumed = fit()
    resumed.restore(saved[-1])
    assert resumed.epoch == 1 + stop_after // 12
    assert resumed.step == stop_after % 12
    assert resumed.run(ignore)
    expect_same(resumed, whole)


def test_a_run_can_be_stopped_again_and_again():
    whole = fit()
    whole.run(ignore)
    current, state = fit(), None
    for _ in range(100):
        current = fit()
        if state:
            current.restore(state)
        asked = iter([False] * 4 + [True] * 100)
        if current.run(ignore, should_stop=lambda asked=asked: next(asked)):
            break
        state = copy.deepcopy(current.state())
    expect_same(current, whole)


def test_a_checkpoint_is_asked_for_after_every_epoch_and_when_stopped():
    taken = []
    run = fit(epochs=2)
    run.run(ignore, lambda: taken.append((run.epoch, run.step)))
    assert taken == [(2, 0), (3, 0)]
    stopped = fit()
    stopped.run(ignore, lambda: taken.append((stopped.epoch, stopped.step)), lambda: stopped.step == 7)
    assert taken[-1] == (1, 7)


def test_state_survives_a_file_without_pickled_code(tmp_path):
    run = fit(epochs=1)
    run.run(ignore)
    torch.save(run.state(), tmp_path / "state.pt")
    again = fit(epochs=1)
    again.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    expect_same(again, run)
    assert again.run(ignore)


def test_it_stops_early_and_keeps_the_best_epoch():
    run = fit(epochs=60, patience=2, learning_rate=0.2, dropout_words=0.0, average=0.0)
    weights = {}
    run.run(ignore, lambda: weights.update({len(run.history): copy.deepcopy(run.averaged)}))
    best = int(run.best_row["epoch"])
    assert len(run.history) < 60
    assert len(run.history) == best + 2
    assert all(torch.equal(run.best[name], weight) for name, weight in weights[best].items())
    assert run.best_row["validation_bce"] == min(row["validation_bce"] for row in run.history)


def test_a_restored_run_that_was_out_of_patience_does_not_go_on():
    run = fit(epochs=60, patience=1, learning_rate=0.2, average=0.0)
    run.run(ignore)
    again = fit(epochs=60, patience=1, learning_rate=0.2, average=0.0)
    again.restore(copy.deepcopy(run.state()))
    assert again.run(ignore)
    expect_same(again, run)


def test_the_learning_rate_warms_up_and_falls_to_zero():
    run, rates = fit(), []
    original = run._learn

    def learn():
        rates.append(run._learning_rate())
        original()

    run._learn = learn
    run.run(ignore)
    top = int(np.argmax(rates))
    assert 0 < top < len(rates) / 5
    assert rates[top] == pytest.approx(CONFIG.learning_rate, rel=0.1)
    assert rates == sorted(rates[: top + 1]) + sorted(rates[top + 1 :], reverse=True)
    assert rates[-1] < CONFIG.learning_rate / 100
