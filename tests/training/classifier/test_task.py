"""The task of verdicts and stars: the reviews of a step, and the terms of its loss."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from sentiment.model.batching import collate
from sentiment.model.network import Network
from sentiment.training.classifier import task as classification
from sentiment.training.classifier.task import NO_STARS, Classification, Examples, steps_of_epoch
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Fit

CONFIG = TrainConfig(
    embedding_size=4,
    hidden_size=3,
    batch_size=8,
    stars_weight=0.5,
    dropout_words=0,
    dropout_embedding=0,
    dropout_output=0,
)
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr(classification, "_MINIMUM_STEPS", 1)
    torch.set_num_threads(1)
    torch.manual_seed(1)


def examples(stars, count=20):
    dice = np.random.default_rng(1)
    readings = [dice.integers(2, 30, dice.integers(1, 9)).astype(np.int32) for _ in range(count)]
    labels = dice.integers(0, 2, count).astype(np.float32)
    return Examples(readings, labels, np.array([stars(number) for number in range(count)], dtype=np.int64))


def task(stars=lambda number: number % 3, levels=3, **changes):
    config = dataclasses.replace(CONFIG, **changes)
    return Classification(Network(config.architecture, 30, levels), examples(stars), examples(stars), config, CPU)


def test_an_epoch_has_every_review_once_and_each_its_own_order():
    made = task()
    made.begin(1)
    first = [batch.tolist() for batch in made._batches]
    assert len(first) == made.steps == 3
    assert sorted(number for batch in first for number in batch) == list(range(20))
    made.begin(2)
    assert [batch.tolist() for batch in made._batches] != first
    made.begin(1)
    assert [batch.tolist() for batch in made._batches] == first


@pytest.mark.parametrize("adversarial", [0.0, 5.0])
@pytest.mark.parametrize("learnt", [True, False])
def test_words_are_trained_by_default(learnt, adversarial):
    made = task(learn_words=learnt, adversarial=adversarial, weight_decay=0.1)
    fit = Fit(made, made.config, CPU)
    before = {name: weight.clone() for name, weight in made.network.state_dict().items()}
    fit.run(lambda row: None)
    changed = {name: not torch.equal(weight, before[name]) for name, weight in made.network.state_dict().items()}
    assert changed.pop("embedding.weight") == learnt
    # How they go together is learnt in any case.
    assert all(changed.values())


def test_small_data_goes_round_several_times_an_epoch(monkeypatch):
    monkeypatch.setattr(classification, "_MINIMUM_STEPS", 100)
    assert steps_of_epoch(80, 8) == 100
    assert steps_of_epoch(8_000, 8) == 1_000
    made = task()
    made.begin(1)
    assert made.steps == len(made._batches) == 102
    assert np.bincount(np.concatenate(made._batches)).tolist() == [34] * 20


def test_the_loss_is_that_of_the_verdict_and_a_share_of_that_of_the_stars():
    made = task()
    made.begin(1)
    batch = made._batches[0]
    said = made.learn(0)
    output = made.network(*collate([made.train.readings[number] for number in batch]))
    bce = binary_cross_entropy_with_logits(output.logit, torch.from_numpy(made.train.labels[batch]))
    stars = cross_entropy(output.stars, torch.from_numpy(made.train.stars[batch]))
    assert said.bce == pytest.approx(bce.item(), abs=1e-6)
    assert said.loss.item() == pytest.approx((bce + 0.5 * stars).item(), abs=1e-6)
    assert said.items == len(batch)
    assert said.right == int(((output.logit > 0).numpy() == (made.train.labels[batch] > 0.5)).sum())


@pytest.mark.parametrize("levels", [0, 3])
def test_reviews_without_stars_teach_the_verdict_only(levels):
    made = task(lambda number: NO_STARS, levels)
    made.begin(1)
    said = made.learn(0)
    assert said.loss.item() == pytest.approx(said.bce)
    assert math.isfinite(said.bce)


def test_unknown_stars_among_known_ones_count_for_nothing():
    made = task(lambda number: number % 3 if number % 2 else NO_STARS)
    made.begin(1)
    assert all(math.isfinite(made.learn(step).loss.item()) for step in range(made.steps))


def test_validation_says_bce_and_accuracy():
    said = task().validate()
    assert list(said) == ["validation_bce", "validation_accuracy"]
    assert 0 < said["validation_bce"] < 2
    assert 0 <= said["validation_accuracy"] <= 1


def test_adversarial_loss_is_that_of_reviews_changed_to_mislead_most():
    torch.manual_seed(1)
    calm = task(stars_weight=0.0)
    torch.manual_seed(1)
    misled = task(stars_weight=0.0, adversarial=5.0)
    for made in (calm, misled):
        made.begin(1)
    plain, changed = calm.learn(0), misled.learn(0)
    assert changed.loss > plain.loss  # the same weights and reviews
    assert (changed.bce, changed.right) == (plain.bce, plain.right)  # measured on the unperturbed inputs

    ids, lengths = collate([misled.train.readings[index] for index in misled._batches[0]])
    labels = torch.from_numpy(misled.train.labels[misled._batches[0]])
    vectors = misled.network.embed(ids)
    spread = misled.network.embedding.weight.std()
    dice = torch.Generator().manual_seed(3)
    for _ in range(20):  # no change of that length in another direction misleads as much
        other = torch.randn(vectors.shape, generator=dice)
        other *= 5 * spread / other.norm(dim=(0, 2), keepdim=True)
        logit = misled.network.judge(ids, vectors + other, lengths).logit
        assert binary_cross_entropy_with_logits(logit, labels) < changed.loss


def test_adversarial_loss_teaches_the_word_vectors_too():
    made = task(adversarial=5.0, convolution=0, stride=1)
    made.begin(1)
    made.learn(0).loss.backward()
    learnt = [made.network.embedding.weight, made.network.head.weight, *made.network.layers.parameters()]
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in learnt)
