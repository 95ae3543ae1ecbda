"""The mean of several bundles' weights: a valid bundle, only for models of the same origin."""

import dataclasses

import numpy as np
import pytest

from sentiment.data import datasets
from sentiment.errors import BundleError
from sentiment.model import bundle, phrases
from sentiment.training.classifier import weight_average
from tests.support.miniature import reviews


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "reviews.csv"
    rows = [f'"{text}",{label}' for text, label, _ in reviews(200, seed=8)]
    path.write_text("\n".join(["review,label", *rows]), encoding="utf-8")
    return path


@pytest.fixture
def two(tiny_bundle, table, tmp_path):
    """Return the directories of two bundles trained on the table that differ in their weights."""
    whole = bundle.load(tiny_bundle)
    data = {**whole.config.data, "digest": datasets.load(table).digest}
    config = dataclasses.replace(whole.config, data=data)
    for name, factor in (("one", 1.0), ("other", 3.0)):
        weights = {key: value if key == phrases.KEYS else value * factor for key, value in whole.weights.items()}
        bundle.save(tmp_path / name, config, whole.vocabulary, weights, whole.history, {})
    return tmp_path / "one", tmp_path / "other"


def test_weights_are_averaged_and_the_keys_of_phrases_stay():
    one, other = ({"head": np.array([value], np.float16), phrases.KEYS: np.array([7])} for value in (1.0, 5.0))
    mean = weight_average.averaged([one, other])
    assert mean["head"] == 3.0
    assert mean[phrases.KEYS] == 7


def test_what_is_saved_has_a_calibration_and_a_report_of_its_own(two, table, tmp_path):
    saved = weight_average.save(two, datasets.load(table), tmp_path / "mean", "mean")
    assert saved.name == "mean"
    one = bundle.load(two[0])
    np.testing.assert_allclose(saved.weights["head.weight"], 2 * one.weights["head.weight"], rtol=1e-2)
    assert {"validation", "behaviour", "sizes", "speed"} <= saved.report.keys()
    assert saved.config.calibration != bundle.load(two[1]).config.calibration


def test_strangers_and_other_data_are_refused(two, table, tmp_path):
    dataset = datasets.load(table)
    other = bundle.load(two[1])
    smaller = type(other.vocabulary)([*other.vocabulary.tokens[:-1], "zzq"])
    bundle.save(tmp_path / "stranger", other.config, smaller, other.weights, other.history, {})
    with pytest.raises(BundleError, match="differ in vocabulary"):
        weight_average.save([tmp_path / "stranger", two[1]], dataset, tmp_path / "mean", "mean")
    table.write_text(table.read_text(encoding="utf-8") + '"A film",1\n', encoding="utf-8")
    with pytest.raises(BundleError, match="other data"):
        weight_average.save(two, datasets.load(table), tmp_path / "mean", "mean")
    assert not (tmp_path / "mean").exists()
