"""The records of an explanation, and the sum that a page computes from them."""

import math

import pytest

from sentiment.explanation.effects import Passage, Words, probability_without, with_marks


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


def test_marks_are_joined_to_the_word_that_they_touch():
    text = 'The "staff" were lovely... Yes'
    spans = [(0, 3), (4, 5), (5, 10), (10, 11), (12, 16), (17, 23), (23, 26), (27, 30)]
    passages = [Passage(start, end, float(start), known=start != 5) for start, end in spans]
    joined = with_marks(text, passages)
    assert [text[one.start : one.end] for one in joined] == ["The", '"staff"', "were", "lovely...", "Yes"]
    assert sum(one.effect for one in joined) == sum(one.effect for one in passages)
    assert [one.known for one in joined] == [True, False, True, True, True]


def test_a_mark_that_touches_no_word_stays_alone():
    apart = (Passage(0, 2, 1.0), Passage(3, 4, 2.0), Passage(5, 7, 3.0))
    assert with_marks("ab - cd", apart) == apart


def test_a_mark_that_was_not_read_is_not_joined_to_a_word_that_was():
    passages = (Passage(0, 2, 1.0), Passage(2, 3, 0.0, read=False))
    assert with_marks("ab.", passages) == passages
