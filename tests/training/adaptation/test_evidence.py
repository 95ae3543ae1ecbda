"""The evidence in reviews, and that a bundle with a change scores the sum of evidence and change."""

import dataclasses

import numpy as np
import pytest
import torch

from sentiment.model import bundle
from sentiment.model.batching import lengths_of
from sentiment.model.inference import logits
from sentiment.model.predictor import Predictor
from sentiment.training.adaptation import evidence
from tests.support.train_reviews import shop

CPU = torch.device("cpu")


def verdicts_of(predictor, reviews):
    raw, _ = logits(predictor.network, [predictor.reader.ids(one) for one in reviews], predictor.device)
    return raw


@pytest.fixture(scope="module")
def found(film_model):
    return evidence.found(film_model, [one.review for one in shop(60, 3)])


def test_the_verdicts_are_the_models_own_calibrated(film_model, found):
    raw = verdicts_of(film_model, [one.review for one in shop(60, 3)])
    np.testing.assert_allclose(found.verdicts, raw / film_model.bundle.config.calibration.temperature, rtol=1e-6)


def test_the_states_of_a_review_are_about_as_long_as_one_other_column(found):
    width = len(found.middle)
    states = found.columns[:, evidence.STATES : evidence.STATES + width].toarray()
    assert np.mean((states**2).sum(axis=1)) == pytest.approx(1, abs=0.35)


def test_a_phrase_of_one_review_is_no_evidence(found):
    width = len(found.middle)
    counts = np.asarray(found.columns[:, evidence.STATES + width :].sum(axis=0)).ravel()
    assert counts.min() >= 2


def saved_with(found, change, start, directory):
    """Save a bundle with a change, and return the log-odds it gives to the reviews of the evidence."""
    weights, calibration = evidence.changed(start, found, change)
    config = dataclasses.replace(start.config, calibration=calibration)
    predictor = Predictor(bundle.save(directory, config, start.vocabulary, weights, [], {}), CPU)
    reviews = [one.review for one in shop(60, 3)]
    lengths = lengths_of([predictor.reader.ids(one) for one in reviews])
    return calibration.log_odds(verdicts_of(predictor, reviews), lengths)


@pytest.fixture(scope="module")
def accounts_for_length(film_model):
    settings = dataclasses.replace(film_model.bundle.config.calibration, length_power=0.3, short_shift=-0.4)
    return dataclasses.replace(
        film_model.bundle, config=dataclasses.replace(film_model.bundle.config, calibration=settings)
    )


@pytest.mark.parametrize("start", ["film_model", "accounts_for_length"])
def test_the_changed_bundle_scores_what_evidence_and_change_say(start, request, tmp_path):
    given = request.getfixturevalue(start)
    given = given if isinstance(given, bundle.Bundle) else given.bundle
    found = evidence.found(Predictor(given, CPU), [one.review for one in shop(60, 3)])
    for change in (np.zeros(found.columns.shape[1]), np.random.default_rng(0).normal(0, 0.2, found.columns.shape[1])):
        expected = found.verdicts + found.columns @ change
        # 16-bit weights are stored.
        said = saved_with(found, change, given, tmp_path / str(change.any()))
        np.testing.assert_allclose(said, expected, atol=0.03)


def test_names_are_in_no_phrase(film_model):
    named = [f"We went to see Villain again, the plot {number} was fine" for number in range(30)]
    assert "villain" in film_model.reader.vocabulary.tokens
    with_name = evidence.found(film_model, named)
    plain = evidence.found(film_model, [one.replace("Villain", "villain") for one in named])
    assert len(with_name.keys) < len(plain.keys)
