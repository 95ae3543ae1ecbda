import numpy as np
import pytest

from sentiment.answers.facts import TableFacts
from sentiment.answers.phrases.effects import PhraseEffect, SampledEffects, sample_effects
from sentiment.explanation.attribution import word_effects
from sentiment.explanation.effects import Passage, Words
from sentiment.model.predictor import Predictor
from tests.support.scored_tables import scored, write_csv


def explained(review):
    """Return an explanation in which "damp" is negative evidence wherever it occurs, and nothing else has an effect."""
    places = [(at, at + len(word)) for at, word in _words(review)]
    return Words(tuple(Passage(a, b, -1.5 if review[a:b] == "damp" else 0.0) for a, b in places), 0.0)


def _words(review):
    at = 0
    for word in review.split():
        at = review.index(word, at)
        yield at, word
        at += len(word)


@pytest.fixture
def facts(tmp_path):
    rows = [[n, "the damp wall and the damp floor" if n % 2 else "a good clean floor"] for n in range(20)]
    return TableFacts(scored(write_csv(tmp_path / "r.csv", ["n", "review"], rows)))


def test_a_phrase_has_the_effects_of_its_words_at_all_its_places(facts):
    found = sample_effects(facts, np.ones(20, dtype=bool), explained)
    assert found.reviews == 20
    assert found.of("damp") == PhraseEffect("damp", 10, -30.0)
    assert found.of("damp wall").mean == -1.5
    assert found.of("floor").total == 0
    assert found.of("roof") is None


def test_the_strongest_are_the_words_that_moved_the_score(facts):
    negative, positive = sample_effects(facts, np.ones(20, dtype=bool), explained).strongest()
    assert [effect.phrase for effect in negative] == ["damp"]
    assert positive == ()


def test_a_phrase_in_too_few_reviews_is_not_listed():
    found = SampledEffects(5, {"rare": [-9.0, -9.0], "common": [-1.0] * 3})
    assert [effect.phrase for effect in found.strongest()[0]] == ["common"]


def test_the_sample_is_spread_over_the_chosen_rows_and_says_how_far_it_is(facts):
    asked, reports = [], []

    def explain(review):
        asked.append(review)
        return explained(review)

    mask = np.arange(20) % 2 == 1
    sample_effects(facts, mask, explain, lambda *far: reports.append(far), most=4)
    assert len(asked) == 4
    assert all("damp" in review for review in asked)
    assert reports == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_explanations_that_do_not_add_up_are_left_out(facts):
    found = sample_effects(facts, np.ones(20, dtype=bool), lambda review: Words((), 0.5))
    assert (found.reviews, found.of("damp")) == (0, None)


def test_no_rows_no_effects(facts):
    assert sample_effects(facts, np.zeros(20, dtype=bool), explained).reviews == 0


def test_effects_of_a_real_model_add_up_over_a_review(facts, tiny_bundle):
    predictor = Predictor.load(tiny_bundle, "cpu")
    found = sample_effects(facts, np.ones(20, dtype=bool), lambda review: word_effects(predictor, review))
    words = word_effects(predictor, "the damp wall and the damp floor")
    assert words.complete
    damp = sum(one.effect for one in words.passages if one.end in (8, 26))
    assert found.of("damp").mean == pytest.approx(damp, abs=1e-5)
