"""From few labelled reviews to a bundle: the gain, the report card, and when nothing is changed."""

import dataclasses

import numpy as np
import pytest

from sentiment.data.datasets import Dataset
from sentiment.errors import ConfigError, DataError
from sentiment.model import bundle
from sentiment.model.predictor import Predictor
from sentiment.training.adaptation.cross_validation import Learnt
from sentiment.training.adaptation.run import AdaptationRun, gain_in_words
from sentiment.training.loop.fit import Listener
from sentiment.training.loop.log_lines import EPOCH_FIELDS
from tests.support.train_reviews import shop


def fitted(tmp_path, config, examples, stop=lambda: False):
    rows, notes = [], []
    run = AdaptationRun(Dataset(examples, [], "shop.csv"), config)
    return run.finish(tmp_path / "model", "mine", Listener(rows.append, notes.append, stop)), rows, notes


@pytest.fixture(scope="module")
def adapted(tmp_path_factory, fine_tune):
    return fitted(tmp_path_factory.mktemp("shop"), fine_tune, shop(60, 3))


def accuracy(predictor, examples):
    said = predictor.score([one.review for one in examples])
    return np.mean(
        [(one.probability > 0.5) == (example.label == 1) for one, example in zip(said, examples, strict=True)]
    )


def test_reviews_never_seen_are_read_better_than_before(adapted, film_model):
    others = shop(100, 8)
    assert accuracy(Predictor(adapted[0], film_model.device), others) > accuracy(film_model, others) + 0.2


def test_the_bundle_says_what_it_was_fitted_to_and_what_is_gained(adapted):
    saved, rows, notes = adapted
    assert saved.name == "mine"
    assert saved.config.data["train"] == 60
    assert saved.config.training["freeze"] is True
    assert saved.report["before"]["accuracy"] < saved.report["validation"]["accuracy"]
    assert saved.report["gain"] in notes
    assert "cross-validation on 60" in saved.report["gain"]
    assert set(rows[-1]) == set(EPOCH_FIELDS)
    assert saved.history == [rows[-1]]


def test_few_reviews_keep_temperature_and_band(adapted, film_model):
    before, now = film_model.bundle.config.calibration, adapted[0].config.calibration
    assert (now.low, now.high) == (before.low, before.high)
    assert now.temperature == 1


def test_a_model_that_is_kept_is_said_to_be():
    labels, verdicts = np.array([1, 0, 1], np.float32), np.array([2.0, -1.0, -1.0])
    kept = gain_in_words("films", verdicts, Learnt(np.zeros(4), verdicts), labels)
    assert kept == (
        "Kept the starting model (films): on left-out reviews, fitting to these 3 labels does not improve its "
        "accuracy of 66.7\xa0%."
    )


def test_it_can_be_fitted_again_from_what_was_fitted(tmp_path, adapted, fine_tune):
    config = dataclasses.replace(fine_tune, start=str(adapted[0].directory))
    saved, _, _ = fitted(tmp_path, config, shop(60, 4))
    assert bundle.load(saved.directory).fingerprint == saved.fingerprint


def test_a_run_that_is_stopped_leaves_nothing(tmp_path, fine_tune):
    saved, _, _ = fitted(tmp_path, fine_tune, shop(60, 3), stop=lambda: True)
    assert saved is None
    assert not (tmp_path / "model").exists()


def test_no_reviews_and_no_start_are_refused(fine_tune):
    with pytest.raises(DataError, match="no reviews to train on"):
        AdaptationRun(Dataset([], [], "none.csv"), fine_tune)
    with pytest.raises(ConfigError, match="freeze is true without a model"):
        dataclasses.replace(fine_tune, start="")
