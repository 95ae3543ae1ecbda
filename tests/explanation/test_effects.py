"""The records of an explanation, and the one sum that a page makes with them."""

import math

import pytest

from sentiment.explanation.effects import Passage, Words, probability_without


def test_effects_that_miss_more_than_a_twentieth_are_not_complete():
    assert Words((), 0.05).complete
    assert not Words((), 0.0501).complete


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.96])
@pytest.mark.parametrize("effect", [-2.0, 0.0, 3.0])
def test_the_probability_without_a_passage_has_log_odds_that_are_less_by_its_effect(probability, effect):
    without = probability_without(Passage(0, 1, effect), probability)
    assert math.log(without / (1 - without)) == pytest.approx(math.log(probability / (1 - probability)) - effect)


def test_a_certain_probability_stays():
    assert probability_without(Passage(0, 1, 5.0), 1.0) == 1.0
    assert probability_without(Passage(0, 1, 5.0), 0.0) == 0.0
