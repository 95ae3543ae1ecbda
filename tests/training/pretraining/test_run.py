"""Pretraining: it learns, a stopped run resumes to exactly the same result, and bad input is refused in words."""

import copy
import dataclasses
import json

import numpy as np
import pytest
import torch

from sentiment.errors import ConfigError, DataError
from sentiment.text.vocabulary import PADDING
from sentiment.training.loop.config import PRETRAINING
from sentiment.training.loop.fit import Listener
from sentiment.training.pretraining import network_file
from sentiment.training.pretraining import run as pretraining
from sentiment.training.pretraining.run import CHUNK, Pretraining
from tests.support.miniature import reviews

CONFIG = dataclasses.replace(
    PRETRAINING["pretrain"],
    embedding_size=8,
    hidden_size=6,
    epochs=2,
    batch_size=4,
    learning_rate=0.02,
    average=0.5,
    validation_share=0.1,
    device="cpu",
)
TEXTS = [text for text, _, _ in reviews(120, seed=3)]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(pretraining, "MINIMUM_TOKENS", 1_000)
    torch.set_num_threads(1)


def run(texts=TEXTS, saved=None, **changes):
    return Pretraining(texts, "digest", dataclasses.replace(CONFIG, **changes), saved)


def progress(notes=None, stop=lambda: False):
    return Listener(lambda row: None, (notes if notes is not None else []).append, stop)


def plain(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def expect_same(one, other):
    assert plain(one.fit.history) == plain(other.fit.history)
    for name, weight in one.fit.best.items():
        assert torch.equal(weight, other.fit.best[name]), name


def test_it_learns_what_comes_next(tmp_path):
    taught = run(epochs=10, patience=10, embedding_size=16, hidden_size=16, learning_rate=0.03)
    saved = taught.finish(tmp_path / "model", progress())
    first, last = taught.fit.history[0], taught.fit.history[-1]
    assert last["validation_bce"] < first["validation_bce"] - 0.5
    assert first["validation_bce"] < np.log(len(taught.vocabulary))
    assert last["train_bce"] < first["train_bce"] - 0.5
    assert last["validation_accuracy"] > first["validation_accuracy"]
    assert saved.shape == {"cell": "lstm", "embedding_size": 16, "hidden_size": 16, "bidirectional": True}


@pytest.mark.parametrize("changes", [{"cell": "gru"}, {"bidirectional": False}, {"text": "classic"}])
def test_other_networks_learn_too(tmp_path, changes):
    saved = run(epochs=1, **changes).finish(tmp_path / "model", progress())
    assert saved.text == changes.get("text", "modern")
    assert all(saved.shape[name] == value for name, value in changes.items() if name != "text")


def test_what_is_saved_are_the_rounded_weights_of_the_best_epoch(tmp_path):
    taught = run()
    saved = taught.finish(tmp_path / "model", progress())
    assert saved.vocabulary.tokens == taught.vocabulary.tokens
    for name, weight in saved.weights.items():
        assert np.allclose(weight, taught.fit.best[name].numpy(), atol=1e-3), name
    said = json.loads((tmp_path / "model" / "config.json").read_text())
    assert said["data"] == {"digest": "digest", "reviews": 108, "tokens": taught.tokens}
    assert said["training"]["hidden_size"] == 6
    assert "torch" in said["versions"]
    assert len((tmp_path / "model" / "history.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("stop_after", [0, 1, 5, 19, 24])
def test_a_stopped_run_goes_on_to_the_very_same_result(tmp_path, stop_after):
    whole = run()
    whole.finish(tmp_path / "whole", progress())
    assert whole.fit.task.steps == 19
    asked = iter(range(1_000))
    state = tmp_path / "state.pt"
    stopped = run(saved=state)
    kept = stopped.finish(tmp_path / "model", progress(stop=lambda: next(asked) >= stop_after))
    assert (kept is None) == (stop_after < 19)
    torch.manual_seed(123)
    notes, resumed = [], run(saved=state)
    resumed.finish(tmp_path / "model", progress(notes))
    assert any("Resuming from" in note for note in notes)
    expect_same(resumed, whole)
    for name in ("weights.safetensors", "vocabulary.txt"):
        assert (tmp_path / "model" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    def taught(seed):
        one = run(seed=seed, epochs=1)
        one.finish(tmp_path / "model", progress())
        return one

    first, second, other = taught(1), taught(1), taught(2)
    expect_same(first, second)
    name = "layers.0.forwards.weight_hh_l0"
    assert not torch.equal(first.fit.best[name], other.fit.best[name])


def test_the_vocabulary_is_of_words_seen_twice_and_no_longer_than_asked():
    counted = [token for text in pretraining.tokens_of("modern", TEXTS) for token in text]
    vocabulary = run([*TEXTS, "hapaxlegomenon", "gantry and gantry"]).vocabulary
    assert "gantry" in vocabulary
    assert "hapaxlegomenon" not in vocabulary
    assert vocabulary.tokens[2] == max(set(counted), key=counted.count)
    assert len(run(vocabulary_size=30).vocabulary) == 30


def test_every_token_is_read_once_an_epoch_in_each_direction():
    task = run().fit.task
    task.begin(1)
    ahead, back = task._lines
    assert ahead.shape == back.shape
    for way in (ahead, back):
        assert 0 <= sum(map(len, task._train)) - way.ne(PADDING).sum() < CONFIG.batch_size
    assert task.steps * CHUNK < len(ahead) <= (task.steps + 1) * CHUNK + 1


def test_each_epoch_has_its_own_order_of_reviews():
    task, again = run().fit.task, run().fit.task
    task.begin(1)
    again.begin(1)
    first = copy.deepcopy(task._lines[0])
    assert torch.equal(first, again._lines[0])
    task.begin(2)
    assert not torch.equal(first, task._lines[0])


def test_too_little_text_is_refused(monkeypatch):
    monkeypatch.setattr(pretraining, "MINIMUM_TOKENS", 100_000)
    with pytest.raises(DataError, match=r"tokens to train on; a language model needs at least 100,000"):
        run()


@pytest.mark.parametrize(
    ("texts", "changes"),
    [(TEXTS, {"batch_size": 500}), ([" ".join(TEXTS)], {})],
    ids=["streams of less than a step", "all in the one review that is held out"],
)
def test_too_few_tokens_for_one_step_are_refused(texts, changes):
    with pytest.raises(ConfigError, match="lower batch_size or give more reviews"):
        run(texts, **changes)


def test_a_held_out_review_of_one_word_is_enough_to_judge_by(tmp_path):
    taught = run(["Good", "—", " ".join(TEXTS)], epochs=1)
    assert [len(reading) for reading in taught.validation] == [1]
    assert taught.finish(tmp_path / "model", progress()) is not None


@pytest.mark.parametrize("changes", [{"layers": 2}, {"convolution": 3}])
def test_networks_that_cannot_be_pretrained_are_refused(changes):
    with pytest.raises(ConfigError, match="one recurrent layer and without a convolution"):
        run(**changes)


def test_a_checkpoint_of_other_data_is_refused(tmp_path):
    run(saved=tmp_path / "state.pt", epochs=1).finish(tmp_path / "model", progress())
    other = Pretraining(TEXTS, "another digest", dataclasses.replace(CONFIG, epochs=1), tmp_path / "state.pt")
    with pytest.raises(ConfigError, match="other settings or data"):
        other.finish(tmp_path / "model", progress())


def test_what_is_saved_is_loaded_again(tmp_path):
    saved = run(epochs=1).finish(tmp_path / "model", progress())
    again = network_file.load(tmp_path / "model")
    assert again.shape == saved.shape
    assert all(np.array_equal(again.weights[name], weight) for name, weight in saved.weights.items())
