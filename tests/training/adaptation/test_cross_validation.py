"""How much labels change a model: much if they are informative, not at all if they are random."""

import dataclasses

import numpy as np
import pytest
from scipy import sparse

from sentiment.data.datasets import Example
from sentiment.training.adaptation import cross_validation, evidence
from tests.support.train_reviews import shop


def learnt(film_model, examples):
    found = evidence.found(film_model, [one.review for one in examples])
    return found, cross_validation.learn(found, examples, 1, lambda done, fits: True)


def right(verdicts, examples):
    return np.mean((verdicts > 0) == [one.label == 1 for one in examples])


def test_labels_that_the_words_explain_are_learnt_and_left_out_reviews_read_better(film_model):
    examples = shop(60, 3)
    found, change = learnt(film_model, examples)
    assert change.is_changed
    assert right(found.verdicts, examples) < 0.7
    assert right(change.left_out, examples) > 0.9


def test_labels_of_chance_change_nothing(film_model):
    for seed in (0, 1, 3):
        examples = shop(60, seed, told=0.5)
        found = evidence.found(film_model, [one.review for one in examples])
        # A model that is certain of nothing here: more certain probabilities would mean that it has learnt something.
        undecided = dataclasses.replace(found, verdicts=np.zeros(60))
        change = cross_validation.learn(undecided, examples, 1, lambda done, fits: True)
        assert not change.is_changed
        np.testing.assert_array_equal(change.left_out, undecided.verdicts)


def test_a_change_by_which_fewer_reviews_are_read_right_is_not_kept(film_model):
    # The model is certain and often wrong here, so lower certainty is more likely, whatever side it puts a review on.
    examples = shop(60, 8, told=0.5)
    found, change = learnt(film_model, examples)
    assert not change.is_changed
    np.testing.assert_array_equal(change.left_out, found.verdicts)


def test_a_phrase_has_more_freedom_the_better_it_separates_labels():
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 0], np.float32)
    both, rare = np.array([1, 0, 1, 0, 1, 0, 1, 0]), np.array([1, 0, 0, 0, 0, 0, 0, 0])
    found = cross_validation.telling(sparse.csr_matrix(np.column_stack([labels, rare, both, 1 - labels])), labels)
    assert found[0] > found[1] > found[2]
    assert found[3] > found[1]
    assert len(cross_validation.telling(sparse.csr_matrix((8, 0)), labels)) == 0
    # A phrase that does not occur among the labels, and phrases without evidence, do no harm.
    assert np.isfinite(cross_validation.telling(sparse.csr_matrix((8, 3)), labels)).all()


def test_a_rare_phrase_has_more_freedom_than_a_common_one_if_it_is_fitted_alone():
    common, rare = np.array([1, 1, 1, 1, 1, 1, 1, 0]), np.array([1, 0, 0, 0, 0, 0, 0, 0])
    found = cross_validation.rarity(sparse.csr_matrix(np.column_stack([common, rare])))
    assert found[1] > 2 * found[0]
    assert np.average(found, weights=[7, 1]) == pytest.approx(1)
    assert len(cross_validation.rarity(sparse.csr_matrix((8, 0)))) == 0
    assert np.isfinite(cross_validation.rarity(sparse.csr_matrix((8, 3)))).all()


def test_phrases_learn_from_reviews_that_the_model_already_gets_right():
    # The verdict is wrong on 8 of 200 reviews. The first phrase stands in the positive reviews that it gets right.
    positive, wrong = np.arange(200) % 2 == 1, np.arange(200) < 8
    verdicts = np.where(positive != wrong, 3.0, -3.0)
    phrases = np.column_stack([positive & ~wrong, positive & wrong, ~positive & wrong])
    columns = np.column_stack([np.ones(200), verdicts, np.zeros(200), phrases])
    found = evidence.Evidence(verdicts, sparse.csr_matrix(columns), np.arange(3), np.zeros(1), np.ones(1))
    examples = [Example(f"review {place}", int(label)) for place, label in enumerate(positive)]
    change = cross_validation.learn(found, examples, 1, lambda done, fits: True).change
    # 0.85, and 0.46 if phrases learned only what the verdict gets wrong.
    assert change[3] > 0.65


def test_each_part_that_is_left_out_has_its_share_of_both_labels_and_equal_texts_are_together():
    examples = [Example(f"review {place // 2}", place // 2 % 2) for place in range(240)]
    folds = cross_validation.fold_of(examples, 1)
    assert (folds[::2] == folds[1::2]).all()
    positive = [
        np.mean([one.label for one, fold in zip(examples, folds, strict=True) if fold == part]) for part in range(5)
    ]
    assert max(positive) - min(positive) < 0.1


def test_reviews_of_a_group_are_left_out_together():
    examples = [Example(f"review {place}", place // 4 % 2, group=f"film {place // 4}") for place in range(200)]
    folds = cross_validation.fold_of(examples, 1).reshape(50, 4)
    assert (folds == folds[:, :1]).all()


def test_it_stops_when_asked_to(film_model):
    examples = shop(60, 3)
    found = evidence.found(film_model, [one.review for one in examples])
    assert cross_validation.learn(found, examples, 1, lambda done, fits: done < 3) is None
