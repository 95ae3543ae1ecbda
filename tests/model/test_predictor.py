"""Predictions of a trained bundle: independent of other reviews scored with it, and unscored if it cannot judge."""

import dataclasses
import json
import random
import shutil

import numpy as np
import pytest

from sentiment.errors import BundleError, DataError, DeviceError
from sentiment.model import bundle
from sentiment.model.calibration import Calibration
from sentiment.model.predictor import Predictor, expected_stars
from tests.support.hostile_texts import HOSTILE_TEXTS
from tests.support.miniature import reviews

PRAISE = "The plot is wonderful and the cast is superb. I loved it."
BLAME = "The plot is dreadful and the cast is awful. Avoid it."


def with_calibration(predictor, calibration):
    config = dataclasses.replace(predictor.bundle.config, calibration=calibration)
    return Predictor(dataclasses.replace(predictor.bundle, config=config), predictor.device)


def test_what_it_has_learnt_carries_over(predictor):
    made = reviews(200, seed=99)
    predictions = predictor.score([text for text, _, _ in made])
    right = [
        one.probability is not None and (one.probability > 0.5) == label
        for one, (_, label, _) in zip(predictions, made, strict=True)
    ]
    assert np.mean(right) > 0.9


def test_a_review_scores_the_same_alone_in_any_batch_and_in_any_order(predictor):
    texts = [text for text, _, _ in reviews(40, seed=5)] + [PRAISE, "Loved it", f"{BLAME} " * 30, "so " * 500]
    alone = [predictor.score([text])[0] for text in texts]
    order = list(range(len(texts)))
    random.Random(1).shuffle(order)
    for numbers in (range(len(texts)), order, order[:7]):
        for number, prediction in zip(numbers, predictor.score([texts[n] for n in numbers]), strict=True):
            assert prediction.probability == pytest.approx(alone[number].probability, abs=1e-5)
            assert prediction.rating == pytest.approx(alone[number].rating, abs=1e-4)
            assert (prediction.sentiment, prediction.flags) == (alone[number].sentiment, alone[number].flags)


@pytest.mark.parametrize("review", ["", "   \n\t", "<br />", "这部电影很好看", "asdf qwer zxcv"])
def test_what_cannot_be_judged_is_unscored_among_others(predictor, review):
    before, unscored, after = predictor.score([PRAISE, review, BLAME])
    assert (unscored.sentiment, unscored.probability, unscored.rating) == ("unscored", None, None)
    assert (before.sentiment, after.sentiment) == ("positive", "negative")


def test_every_string_is_a_review_and_costs_no_other_its_score(predictor):
    texts = [make(30_000) for make in HOSTILE_TEXTS.values()]
    expected = predictor.score([PRAISE, BLAME])
    predictions = predictor.score([PRAISE, *texts, "\ud83d", "<b>film</b> <![1", "\x00", BLAME])
    for made, alone in zip((predictions[0], predictions[-1]), expected, strict=True):
        assert made.probability == pytest.approx(alone.probability, abs=1e-5)


def test_a_review_that_fails_to_be_read_stays_unscored_among_others(predictor, monkeypatch, caplog):
    read = predictor.reader.read
    monkeypatch.setattr(predictor.reader, "read", lambda review: read(review if review != BLAME else None))
    before, failed, after = predictor.score([PRAISE, BLAME, PRAISE])
    assert before == after
    assert before.sentiment == "positive"
    assert (failed.sentiment, failed.probability, failed.flags) == ("unscored", None, ())
    assert "cannot be read: TypeError" in caplog.text
    assert BLAME not in caplog.text


@pytest.mark.parametrize(
    ("review", "flags"),
    [
        ("", {"empty"}),
        (PRAISE, set()),
        ("Loved it", {"short"}),
        (f"{PRAISE} " * 10, {"truncated"}),
        ("The plot is wonderful zzq zzr zzs zzt.", {"unknown_words"}),
        ("Un film magnifique, porté par deux acteurs extraordinaires.", {"short", "unknown_words", "not_english"}),
        ("这部电影很好看", {"short", "unknown_words", "not_english"}),
    ],
)
def test_flags(predictor, review, flags):
    assert set(predictor.score([review])[0].flags) == flags


def test_what_was_read_and_known_is_counted(predictor):
    (prediction,) = predictor.score(["The plot is zzgblx. " * 20])
    assert (prediction.tokens_read, prediction.tokens_total) == (60, 100)
    assert prediction.unknown_share == pytest.approx(0.2, abs=0.02)


def test_equal_reviews_are_computed_once_and_answered_each(predictor, monkeypatch):
    read = []
    monkeypatch.setattr(
        predictor.reader, "read", lambda review, original=predictor.reader.read: read.append(review) or original(review)
    )
    first, other, second = predictor.score([PRAISE, BLAME, PRAISE])
    assert first == second != other
    assert read == [PRAISE, BLAME]


def test_no_reviews_no_predictions(predictor):
    assert predictor.score([]) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("A good film.", "put it into a list"),
        (["A good film.", None], "Review 2 of 2 is None and not a text"),
        ([float("nan")], "Review 1 of 1 is nan and not a text"),
    ],
)
def test_what_is_no_list_of_texts_is_refused_in_a_sentence(predictor, given, sentence):
    with pytest.raises(DataError, match=sentence):
        predictor.score(given)


def test_reviews_may_come_from_a_generator(predictor):
    texts = ["A good film.", "A bad film."]
    assert predictor.score(text for text in texts) == predictor.score(texts)


def test_inside_the_band_is_uncertain(predictor):
    probability = predictor.score([PRAISE])[0].probability
    sure = with_calibration(predictor, Calibration(low=0.0, high=probability - 1e-6))
    unsure = with_calibration(predictor, Calibration(low=0.0, high=probability + 1e-6))
    assert sure.score([PRAISE])[0].sentiment == "positive"
    assert unsure.score([PRAISE])[0].sentiment == "uncertain"


def test_log_odds_are_those_of_the_probabilities_also_where_a_review_stays_unscored(predictor):
    reviews = [PRAISE, BLAME, "Der Film ist wunderbar und die Handlung gefällt mir."]
    log_odds = predictor.log_odds(reviews)
    said = [one.probability for one in predictor.score(reviews)]
    assert said[2] is None
    assert np.isfinite(log_odds).all()
    assert 1 / (1 + np.exp(-log_odds[:2])) == pytest.approx(said[:2], abs=1e-9)


def test_temperature_makes_less_sure_but_never_changes_the_side(predictor):
    warm = with_calibration(predictor, Calibration(temperature=5.0))
    for cold, cooler in zip(predictor.score([PRAISE, BLAME]), warm.score([PRAISE, BLAME]), strict=True):
        assert (cold.probability > 0.5) == (cooler.probability > 0.5)
        assert abs(cooler.probability - 0.5) < abs(cold.probability - 0.5)


def test_ratings_are_stars_out_of_five_on_the_side_of_the_verdict(predictor):
    praise, blame = predictor.score([PRAISE, BLAME])
    assert predictor.bundle.config.star_scale == 5
    assert 1 <= blame.rating < 3 < praise.rating <= 5


def test_a_bundle_that_names_no_scale_has_stars_out_of_ten(predictor, tmp_path):
    directory = shutil.copytree(predictor.bundle.directory, tmp_path / "model")
    values = predictor.bundle.config.to_json()
    del values["star_scale"]
    (directory / bundle.CONFIG).write_text(json.dumps(values))
    assert bundle.describe(directory).config.star_scale == 10


def stars_of(shares, levels, probability):
    (stars,) = expected_stars(np.log(np.array([shares], dtype=np.float32)), levels, np.array([probability]))
    return stars


def test_expected_stars_are_the_mean_over_levels_that_are_as_likely_as_the_verdict():
    assert stars_of([0.5, 0.5], (1.0, 9.0), 0.5) == pytest.approx(5.0)
    assert stars_of([0.5, 0.5], (1.0, 9.0), 0.75) == pytest.approx(7.0)
    assert stars_of([0.6, 0.1, 0.3], (1.0, 7.0, 9.0), 1.0) == pytest.approx(7 * 0.25 + 9 * 0.75)
    assert expected_stars(np.zeros((0, 2), np.float32), (1.0, 9.0), np.zeros(0)).shape == (0,)


def test_the_side_of_a_level_depends_on_the_scale():
    shares = np.log(np.array([[0.2, 0.2, 0.2, 0.2, 0.2]], dtype=np.float32))
    (stars,) = expected_stars(shares, (1.0, 2.0, 3.0, 4.0, 5.0), np.array([1.0]), scale=5)
    assert stars == pytest.approx(0.2 * 3 + 0.8 * 4.5)


def test_a_level_between_keeps_its_share_of_the_expected_stars():
    assert stars_of([0.5, 0.2, 0.3], (2.0, 6.0, 10.0), 1.0) == pytest.approx(0.2 * 6 + 0.8 * 10)


def test_levels_of_one_side_alone_are_weighed_by_themselves():
    assert stars_of([0.5, 0.5], (7.0, 9.0), 0.1) == pytest.approx(8.0)


def test_stars_that_exclude_each_other_have_a_finite_mean():
    certain = np.array([[200, 0, 0]], dtype=np.float32)
    for probability in (0.0, 1.0):
        (stars,) = expected_stars(certain, (1.0, 7.0, 9.0), np.array([probability]))
        assert stars == pytest.approx(8.0 if probability else 1.0)


def test_a_bundle_that_has_not_learnt_stars_gives_no_rating(predictor):
    weights = dict(predictor.bundle.weights)
    weights["head.weight"], weights["head.bias"] = weights["head.weight"][:1], weights["head.bias"][:1]
    config = dataclasses.replace(predictor.bundle.config, star_levels=())
    plain = Predictor(dataclasses.replace(predictor.bundle, config=config, weights=weights), predictor.device)
    (prediction,) = plain.score([PRAISE])
    assert prediction.rating is None
    assert prediction.probability == pytest.approx(predictor.score([PRAISE])[0].probability, abs=1e-6)


def test_weights_of_another_architecture_are_an_error_that_names_the_file(predictor):
    architecture = dataclasses.replace(predictor.bundle.config.architecture, hidden_size=13)
    config = dataclasses.replace(predictor.bundle.config, architecture=architecture)
    with pytest.raises(BundleError, match=bundle.WEIGHTS):
        Predictor(dataclasses.replace(predictor.bundle, config=config), predictor.device)


def test_a_device_that_is_not_here_is_an_error(tiny_bundle):
    with pytest.raises(DeviceError, match="no device 'tpu' here"):
        Predictor.load(tiny_bundle, "tpu")


def test_loading_twice_scores_the_same(predictor, tiny_bundle):
    again = Predictor.load(tiny_bundle, "cpu")
    assert (again.name, again.fingerprint) == (predictor.name, predictor.fingerprint)
    assert again.score([PRAISE, BLAME]) == predictor.score([PRAISE, BLAME])
