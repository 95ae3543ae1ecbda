"""From a data set to a bundle: what is used for training, what is kept, and continuing from another bundle."""

import dataclasses

import numpy as np
import pytest
import torch

from sentiment.data.datasets import Dataset, Example, Unlabelled
from sentiment.errors import DataError
from sentiment.model import bundle, phrases
from sentiment.model.predictor import Predictor
from sentiment.training.classifier import phrase_learning
from sentiment.training.classifier.run import Run, judge, speed
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Listener
from sentiment.training.pretraining import word_vectors
from tests.support.miniature import reviews

SETTINGS = TrainConfig(
    embedding_size=8, hidden_size=6, epochs=1, batch_size=16, maximum_length=40, validation_share=0.3, device="cpu"
)
# Films for reviews with alternating labels: five reviews per film, all with the same label.
FILMS = [f"film {place % 2} {place // 10}" for place in range(100)]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def examples(count, seed, stars=True):
    return [Example(text, label, float(rating) if stars else None) for text, label, rating in reviews(count, seed)]


def unlabelled(count):
    return [Unlabelled(text) for text, _, _ in reviews(count, seed=9)]


def finished(tmp_path, dataset, config=SETTINGS, more=()):
    notes = []
    run = Run(dataset, config, None, more)
    saved = run.finish(tmp_path / "model", "mine", Listener(lambda row: None, notes.append, lambda: False))
    return saved, notes


def test_the_bundle_says_what_it_was_made_from_and_how_good_it_is(tmp_path):
    dataset = Dataset(examples(150, 1), examples(40, 2), "film reviews")
    saved, _ = finished(tmp_path, dataset)
    assert saved.config.data["digest"] == dataset.digest
    assert saved.config.data["train"] + saved.config.data["validation"] == 150
    assert saved.report["test"]["reviews"] == 40
    assert saved.report["sizes"]["bytes"] > 0
    assert saved.config.training["hidden_size"] == 6
    assert [row["epoch"] for row in saved.history] == [1]


def test_phrases_learn_no_short_sentences(tmp_path):
    run = Run(Dataset(examples(150, 1), [], "mine"), dataclasses.replace(SETTINGS, short_sentences=100), None)
    train, reviews = run.task.train, len(run.train)
    assert len(train.readings) > reviews
    words = len(run.reader.vocabulary)
    expected = phrase_learning.learn(train.readings[:reviews], train.labels[:reviews], words, 300_000)
    saved = run.finish(tmp_path / "model", "mine", Listener(lambda row: None, lambda shown: None, lambda: False))
    np.testing.assert_array_equal(saved.weights[phrases.KEYS], expected.keys)
    # All of them are then weighted against the network.
    learnt, share = saved.weights[phrases.WEIGHTS], np.abs(saved.weights[phrases.WEIGHTS]).sum()
    np.testing.assert_allclose(learnt / share, expected.weights / np.abs(expected.weights).sum(), rtol=0.01, atol=1e-6)


def test_the_report_is_of_the_bundle_on_disk(tmp_path):
    dataset = Dataset(examples(150, 1), examples(40, 2), "film reviews")
    saved, _ = finished(tmp_path, dataset)
    judged = judge(Predictor.load(saved.directory, "cpu"), dataset.test)
    assert judged["bce"] == pytest.approx(saved.report["test"]["bce"], abs=1e-6)


def test_the_speed_of_a_few_reviews_is_measured_over_many_passes(tmp_path, monkeypatch):
    saved, _ = finished(tmp_path, Dataset(examples(150, 1), [], "mine"))
    predictor = Predictor.load(saved.directory, "cpu")
    scored, score = [], predictor.score
    monkeypatch.setattr(predictor, "score", lambda reviews: [scored.append(len(reviews)), score(reviews)])
    assert speed(predictor, ["One.", "Two.", "Three."])["reviews"] == 3
    assert sum(scored) > 500


def test_reviews_without_stars_teach_no_stars(tmp_path):
    saved, _ = finished(tmp_path, Dataset(examples(100, 1, stars=False), [], "plain"))
    assert saved.config.star_levels == ()
    (prediction,) = Predictor.load(saved.directory, "cpu").score([reviews(1, 1)[0][0]])
    assert prediction.rating is None


def test_fine_tuning_keeps_words_shape_and_length_of_the_bundle_it_starts_from(tmp_path, tiny_bundle):
    start = bundle.load(tiny_bundle)
    config = TrainConfig(start=str(tiny_bundle), epochs=1, batch_size=16, validation_share=0.3, device="cpu")
    saved, _ = finished(tmp_path, Dataset(examples(100, 11), [], "mine"), config)
    assert saved.vocabulary.tokens == start.vocabulary.tokens
    assert saved.config.maximum_length == start.config.maximum_length
    assert saved.config.architecture.hidden_size == start.config.architecture.hidden_size
    moved = np.abs(saved.weights["embedding.weight"] - start.weights["embedding.weight"]).mean()
    assert moved < np.abs(start.weights["embedding.weight"]).mean()


def test_fine_tuning_on_reviews_without_stars_keeps_the_verdict_of_the_head(tmp_path, tiny_bundle):
    config = TrainConfig(start=str(tiny_bundle), epochs=1, learning_rate=1e-9, validation_share=0.3, device="cpu")
    saved, _ = finished(tmp_path, Dataset(examples(100, 11, stars=False), [], "mine"), config)
    start = bundle.load(tiny_bundle)
    assert saved.weights["head.weight"].shape[0] == 1
    assert np.allclose(saved.weights["head.weight"][0], start.weights["head.weight"][0], atol=1e-3)


def test_labels_can_be_moved_towards_what_the_model_says_that_a_run_goes_on_from(tiny_bundle):
    config = TrainConfig(
        start=str(tiny_bundle), label_share=0.25, short_sentences=0, validation_share=0.3, device="cpu"
    )
    run = Run(Dataset(examples(100, 11), [], "mine"), config, None)
    said = [one.probability for one in Predictor.load(tiny_bundle, "cpu").score([one.review for one in run.train])]
    given = np.array([one.label for one in run.train])
    np.testing.assert_allclose(run.task.train.labels, 0.25 * given + 0.75 * np.array(said), atol=1e-4)
    # A model is selected by labels alone.
    assert set(run.task.validation.labels) == {0, 1}


def test_unlabelled_reviews_bring_words_and_vectors(tmp_path, monkeypatch):
    monkeypatch.setattr(word_vectors, "MINIMUM_TOKENS", 1_000)
    labelled = Dataset(examples(100, 1), [], "mine")
    more = [Unlabelled("the gaffer lit the gantry with a lovely glow")] * 60
    saved, notes = finished(tmp_path, labelled, dataclasses.replace(SETTINGS, vector_epochs=1), more)
    assert "gantry" in saved.vocabulary
    assert any("Training word vectors on" in note for note in notes)


@pytest.mark.parametrize("told_apart", [False, True])
def test_names_of_people_and_places_are_distinguished_only_where_wanted(tmp_path, told_apart):
    more = [Unlabelled("we saw the gantry with Greta in Oslo")] * 30
    config = dataclasses.replace(SETTINGS, names=told_apart)
    saved, _ = finished(tmp_path, Dataset(examples(100, 1), [], "mine"), config, more)
    gantry, greta, oslo = (
        said.probability
        for said in Predictor.load(saved.directory).score(
            [f"a fine film about {word} that I saw" for word in ("the gantry", "Greta", "Oslo")]
        )
    )
    assert {"gantry", "greta", "oslo"} <= set(saved.vocabulary.tokens)
    assert (greta == oslo) != told_apart
    assert gantry != greta


def test_a_few_reviews_are_too_few_for_word_vectors(tmp_path):
    _, notes = finished(
        tmp_path, Dataset(examples(100, 1), [], "mine"), dataclasses.replace(SETTINGS, vector_epochs=1, phrases=0)
    )
    assert notes == []


@pytest.mark.parametrize(("wanted", "learnt"), [(0, 0), (10, 10), (1_000, 70)])
def test_short_sentences_are_learnt_beside_the_reviews_one_for_each_at_most(wanted, learnt):
    run = Run(Dataset(examples(100, 1), [], "mine"), dataclasses.replace(SETTINGS, short_sentences=wanted), None)
    assert len(run.train) == 70
    assert len(run.task.train.readings) == 70 + learnt
    assert len(run.task.validation.readings) == 30  # a model is selected by reviews alone


def test_reviews_that_a_teacher_judges_have_their_short_sentences_too():
    config = dataclasses.replace(SETTINGS, short_sentences=1_000, teacher="phrases")
    run = Run(Dataset(examples(100, 1), [], "mine"), config, None, unlabelled(40))
    assert len(run.task.train.readings) == 2 * (70 + 40)


def test_a_teacher_accounts_for_other_reviews_of_the_same_film(tiny_bundle):
    config = dataclasses.replace(SETTINGS, short_sentences=0, teacher=str(tiny_bundle))
    # Labels alternate, and so do films of positive and of negative reviews.
    known = [dataclasses.replace(one, group=FILMS[place]) for place, one in enumerate(examples(100, 1))]
    alone = unlabelled(40)
    together = [Unlabelled(one.review, FILMS[place]) for place, one in enumerate(alone)]
    truth = np.arange(40) % 2 == 0
    away = []
    for reviews_of_films in (alone, together):
        run = Run(Dataset(known, [], "mine"), config, None, reviews_of_films)
        away.append(np.abs(run.task.train.labels[len(run.train) :] - truth).mean())
    assert away[1] < away[0] / 2


def test_data_that_is_only_for_judging_is_refused():
    with pytest.raises(DataError, match="no reviews to train on"):
        Run(Dataset([], examples(20, 1), "IMDb"), SETTINGS, None)


def test_a_stop_while_word_vectors_are_learnt_keeps_nothing_that_is_half_learnt(tmp_path, monkeypatch):
    monkeypatch.setattr(word_vectors, "MINIMUM_TOKENS", 1_000)
    saved = tmp_path / "mine.checkpoint"
    run = Run(Dataset(examples(100, 1), [], "mine"), dataclasses.replace(SETTINGS, vector_epochs=1), saved)
    notes = []
    assert run.finish(tmp_path / "model", "mine", Listener(lambda row: None, notes.append, lambda: True)) is None
    assert any("Training word vectors on" in note for note in notes)
    assert not saved.exists()
    assert not (tmp_path / "model").exists()
