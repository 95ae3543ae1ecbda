"""Whether the explanations of a trained network identify the words that matter."""

import json

import numpy as np
import pytest

from sentiment.errors import DataError
from sentiment.evaluation import explanation_quality
from sentiment.evaluation.explanation_quality import measure, word_sense
from sentiment.explanation.attribution import word_effects
from sentiment.explanation.effects import Passage, Words
from tests.support.miniature import reviews

REVIEWS = [text for text, _, _ in reviews(60, seed=21)]


def test_the_strongest_words_move_the_probability_more_than_random_ones(predictor):
    figures = measure(predictor, REVIEWS, 20)
    assert figures["reviews"] == 20
    assert figures["strongest"] > 1.5 * figures["random"] > 0
    assert figures["ratio"] == pytest.approx(figures["strongest"] / figures["random"])


def test_the_complete_share_is_that_of_the_explanations_which_may_be_shown(predictor):
    long = [one for one in REVIEWS if len(predictor.reader.ids(one)) >= 30][:6]
    complete = [word_effects(predictor, review).complete for review in long]
    assert measure(predictor, long, 6)["complete_share"] == sum(complete) / 6


def test_the_strongest_are_those_of_the_largest_effects_read_whichever_way_they_speak(predictor, monkeypatch):
    """Words that are said to matter at random move no more than random ones do."""
    generator = np.random.default_rng(3)

    def invented(predictor, review):
        spans = predictor.reader.tokenizer.spans(review.replace("<br />", " "))
        kept = set(predictor.reader.kept(len(spans)))
        effects = generator.normal(size=len(spans)).tolist()
        return Words(tuple(Passage(0, 1, effects[n], True, n in kept) for n in range(len(spans))), 1.0)

    honest = measure(predictor, REVIEWS, 40)
    monkeypatch.setattr(explanation_quality, "word_effects", invented)
    figures = measure(predictor, REVIEWS, 40)
    assert figures["strongest"] < honest["strongest"] / 1.5
    assert figures["complete_share"] == 0.0


def test_deleting_is_measured_on_the_calibrated_probability(predictor, monkeypatch):
    """With given effects of the first ten tokens, the change equals the network's score without these tokens."""

    def first_ten(predictor, review):
        count = len(predictor.reader.ids(review))
        return Words(tuple(Passage(n, n + 1, float(-1 if n < 10 else 0)) for n in range(count)), 0.0)

    monkeypatch.setattr(explanation_quality, "word_effects", first_ten)
    review = "It is a film. I saw this film at home. " + "The plot is wonderful and the cast is superb. " * 3
    ids = predictor.reader.ids(review)
    words = [predictor.bundle.vocabulary.tokens[one] for one in ids]
    rest = predictor.score([" ".join(words[10:])])[0].probability
    assert len(predictor.reader.ids(" ".join(words[10:]))) == len(ids) - 10
    expected = abs(predictor.score([review])[0].probability - rest)
    assert measure(predictor, [review], 1)["strongest"] == pytest.approx(expected, abs=1e-5)


def test_the_same_seed_gives_the_same_figures_and_another_one_other_reviews(predictor):
    first = measure(predictor, REVIEWS, 8, seed=1)
    assert first == measure(predictor, REVIEWS, 8, seed=1)
    assert first != measure(predictor, REVIEWS, 8, seed=2)


def test_short_and_unscored_reviews_are_passed_over(predictor):
    long = next(one for one in REVIEWS if len(predictor.reader.ids(one)) >= 30)
    figures = measure(predictor, ["", "I loved it.", "asdf qwer zxcv " * 20, long], 500)
    assert figures["reviews"] == 1
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_without_any_long_review_there_is_nothing_to_measure(predictor):
    with pytest.raises(DataError, match="30 tokens"):
        measure(predictor, ["I loved it."], 5)


def test_the_sense_of_telling_words_is_that_of_their_case(predictor, monkeypatch):
    """Words that are all said to be praise are right in the cases of praise."""

    def praise(predictor, review):
        spans = predictor.reader.tokenizer.spans(review)
        return Words(tuple(Passage(span.start, span.end, 1.0) for span in spans), 0.0)

    honest = word_sense(predictor)
    assert honest["share"] == honest["passed"] / honest["cases"]
    monkeypatch.setattr(explanation_quality, "word_effects", praise)
    said = word_sense(predictor)
    assert said["cases"] == honest["cases"]
    assert 0.45 < said["share"] < 0.55
