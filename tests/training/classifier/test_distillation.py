"""Teachers: predictions of a bundle or of phrases, combined with other reviews of the same film."""

import numpy as np
import pytest
import torch
from scipy.special import expit, logit

from sentiment.data.datasets import Example, Unlabelled
from sentiment.model.predictor import Predictor
from sentiment.training.classifier import distillation

CPU = torch.device("cpu")
PER_FILM = 10


def reviews(films, agreeing, seed):
    """Return labels, films and verdicts: that share of labels follows the film, and 80 % of verdicts are correct."""
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(films), PER_FILM)
    labels = (groups % 2) ^ (generator.random(len(groups)) > agreeing)
    right = generator.random(len(groups)) < 0.8
    verdicts = np.where(labels == right, 1, -1) * logit(0.8)
    return labels.astype(int).tolist(), [f"{seed} {group}" for group in groups], verdicts.astype(np.float32)


def accuracy_gained(agreeing, known=True):
    """Return how many more of 1,000 unlabelled reviews a teacher classifies correctly with films than without."""
    (trained, validated, said), groups, verdicts = zip(
        *(reviews(100, agreeing, seed) for seed in range(3)), strict=True
    )
    films = groups if known else [[""] * 1_000] * 3
    train, validation = (
        [Example("a review", label, group=film) for label, film in zip(labels, own, strict=True)]
        for labels, own in zip((trained, validated), films[:2], strict=True)
    )
    unlabelled = [Unlabelled("a review", film) for film in films[2]]
    judged = distillation.by_group(np.concatenate(verdicts[1:]), train, validation, unlabelled)[len(validation) :]
    truth = np.array(said) == 1
    return int(((judged > 0) == truth).sum() - ((verdicts[2] > 0) == truth).sum())


def test_a_bundle_judges_as_it_scores(tiny_bundle):
    texts = ["The plot is wonderful and the cast superb.", "What a dull film, and the ending is awful."]
    said = distillation.by_bundle(tiny_bundle, texts, CPU)
    scored = [one.probability for one in Predictor.load(tiny_bundle, "cpu").score(texts)]
    np.testing.assert_allclose(expit(said), scored, atol=1e-5)


def test_reviews_of_the_same_film_inform_one_another_as_far_as_they_agree():
    assert accuracy_gained(agreeing=0.95) > 100
    assert accuracy_gained(agreeing=0.5) == pytest.approx(0, abs=10)


def test_where_no_film_is_known_a_verdict_is_by_the_text_alone():
    assert accuracy_gained(agreeing=0.95, known=False) == 0
