"""What a model finds in reviews, and that a bundle with a change scores what evidence and change add up to."""

import numpy as np
import pytest

from sentiment.model import bundle
from sentiment.model.inference import logits
from sentiment.model.predictor import Predictor
from sentiment.training.adaptation import evidence
from tests.support.train_reviews import shop


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


def test_the_changed_bundle_scores_what_evidence_and_change_say(film_model, found, tmp_path):
    reviews = [one.review for one in shop(60, 3)]
    change = np.random.default_rng(0).normal(0, 0.2, found.columns.shape[1])
    weights = evidence.changed(film_model.bundle, found, change)
    saved = bundle.save(tmp_path / "model", film_model.bundle.config, film_model.bundle.vocabulary, weights, [], {})
    expected = found.verdicts + found.columns @ change
    # 16-bit weights are stored.
    np.testing.assert_allclose(verdicts_of(Predictor(saved, film_model.device), reviews), expected, atol=0.02)


def test_no_change_scores_as_before(film_model, found, tmp_path):
    reviews = [one.review for one in shop(60, 3)]
    weights = evidence.changed(film_model.bundle, found, np.zeros(found.columns.shape[1]))
    saved = bundle.save(tmp_path / "model", film_model.bundle.config, film_model.bundle.vocabulary, weights, [], {})
    np.testing.assert_allclose(verdicts_of(Predictor(saved, film_model.device), reviews), found.verdicts, atol=0.02)


def test_names_are_in_no_phrase(film_model):
    named = [f"We went to see Villain again, the plot {number} was fine" for number in range(30)]
    assert "villain" in film_model.reader.vocabulary.tokens
    with_name = evidence.found(film_model, named)
    plain = evidence.found(film_model, [one.replace("Villain", "villain") for one in named])
    assert len(with_name.keys) < len(plain.keys)
