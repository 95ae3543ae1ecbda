"""Checkpoints: they restore what was saved, reject other settings or data, and report damage in one sentence."""

import dataclasses

import pytest
import torch
from torch import nn

from sentiment.errors import ConfigError
from sentiment.training.loop import checkpoint
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Fit, Loss

CONFIG = TrainConfig(epochs=2, patience=2, learning_rate=0.1)
CPU = torch.device("cpu")


class Line:
    """A task: learn the slope of a line, with a step count as its state."""

    steps = 5

    def __init__(self):
        self.network = nn.Linear(1, 1)
        self.taken = 0

    def begin(self, epoch):
        self.taken = 0

    def learn(self, step):
        self.taken += 1
        x = torch.rand(8, 1)
        loss = (self.network(x) - 3 * x).square().mean()
        return Loss(loss, loss.item(), 0, 8)

    def validate(self):
        slope = self.network.weight.item()
        return {"validation_bce": (slope - 3) ** 2, "validation_accuracy": 0.0}

    def state(self):
        return {"taken": self.taken}

    def restore(self, state):
        self.taken = state["taken"]


def fit():
    torch.manual_seed(1)
    return Fit(Line(), CONFIG, CPU)


@pytest.fixture
def identity():
    return checkpoint.identity(CONFIG, "digest")


def stopped_after(steps, path, identity):
    run, asked = fit(), iter(range(100))
    run.run(lambda row: None, checkpoint.saver(run, path, identity), lambda: next(asked) >= steps)
    return run


def test_a_run_goes_on_from_where_it_was_kept(tmp_path, identity):
    whole = fit()
    whole.run(lambda row: None)
    stopped_after(7, tmp_path / "state.pt", identity)
    torch.manual_seed(99)
    again = fit()
    assert checkpoint.restore(again, tmp_path / "state.pt", identity)
    assert (
        checkpoint.resumption(again, tmp_path / "state.pt")
        == f"Resuming from {tmp_path}/state.pt: epoch 2, step 2 of 5."
    )
    again.run(lambda row: None)
    assert torch.equal(again.network.weight, whole.network.weight)
    assert again.task.taken == 5


def test_without_a_checkpoint_there_is_nothing_to_go_on_from(tmp_path, identity):
    assert not checkpoint.restore(fit(), tmp_path / "state.pt", identity)


def test_without_a_path_nothing_is_kept(identity):
    checkpoint.saver(fit(), None, identity)()


def test_another_device_is_the_same_run_and_other_settings_or_data_are_not(tmp_path, identity):
    stopped_after(7, tmp_path / "state.pt", identity)
    elsewhere = checkpoint.identity(dataclasses.replace(CONFIG, device="cpu"), "digest")
    assert checkpoint.restore(fit(), tmp_path / "state.pt", elsewhere)
    for other in (checkpoint.identity(CONFIG, "x"), checkpoint.identity(dataclasses.replace(CONFIG, seed=2), "digest")):
        with pytest.raises(ConfigError, match="other settings or data; delete it, or give another folder"):
            checkpoint.restore(fit(), tmp_path / "state.pt", other)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a checkpoint", None], ids=["empty", "damaged", "cut off"])
def test_a_damaged_checkpoint_is_reported(tmp_path, identity, content):
    path = tmp_path / "state.pt"
    stopped_after(7, path, identity)
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    with pytest.raises(ConfigError, match=r"state\.pt is damaged: delete it"):
        checkpoint.restore(fit(), path, identity)


@pytest.mark.parametrize("stored", [{}, [1, 2], {"weights": torch.zeros(2)}])
def test_a_file_of_something_else_is_reported(tmp_path, identity, stored):
    torch.save(stored, tmp_path / "state.pt")
    with pytest.raises(ConfigError, match=r"state\.pt is damaged: delete it"):
        checkpoint.restore(fit(), tmp_path / "state.pt", identity)


def test_a_checkpoint_of_another_version_is_reported(tmp_path, identity):
    state = fit().state()
    del state["task"]
    torch.save({"identity": identity, "fit": state | {"step": 1}}, tmp_path / "state.pt")
    with pytest.raises(ConfigError, match="was written by another version; delete it"):
        checkpoint.restore(fit(), tmp_path / "state.pt", identity)


def test_discarding_removes_the_folder_beside_an_output_unless_it_holds_something_else(tmp_path, identity):
    beside, shared, run = (tmp_path / name / "state.pt" for name in ("m.checkpoint", "n.checkpoint", "checkpoint"))
    for path in (beside, shared, run):
        stopped_after(7, path, identity)
    (shared.parent / "mine.txt").write_text("mine")
    for path in (beside, beside, shared, run):
        checkpoint.discard(path)
    assert not beside.parent.exists()
    assert [path.name for path in shared.parent.iterdir()] == ["mine.txt"]
    assert [*run.parent.iterdir()] == []
