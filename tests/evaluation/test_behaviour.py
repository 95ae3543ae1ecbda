"""The behaviour tests: which cases exist, and what passes them."""

import json
import re
from collections import Counter

import pytest

from sentiment.evaluation import behaviour
from sentiment.evaluation.behaviour import Outcome, worsened
from sentiment.evaluation.behaviour_cases import CASES_PER_TEMPLATE, Case, all_cases
from sentiment.prediction import Prediction
from tests.support.word_scorer import WordScorer

CASES = all_cases()
CAPABILITIES = (
    *("vocabulary", "terse", "negation", "agreement", "time", "questions", "others", "intensity"),
    *("typos", "names", "places", "topics", "links", "markup", "case"),
)


class Oracle:
    """A scorer with a probability for each review; `None` leaves it unscored."""

    name, fingerprint = "oracle", "0" * 64

    def __init__(self, probability_of):
        self._probability_of = probability_of
        self.calls = 0

    def score(self, reviews):
        self.calls += 1
        return [self._prediction(self._probability_of(review)) for review in reviews]

    @staticmethod
    def _prediction(probability):
        return Prediction("unscored" if probability is None else "uncertain", probability, None, 9, 9, 0.0)


def always(probability):
    return behaviour.run(Oracle(lambda review: probability))


def outcome(expected, probability, changed=None):
    case = Case("names", "one", expected, "One review.", None if changed is None else "Another review.")
    return Outcome(case, probability, changed)


def test_every_capability_has_templates_of_25_different_cases():
    assert list(dict.fromkeys(case.capability for case in CASES)) == list(CAPABILITIES)
    sizes = Counter((case.capability, case.template) for case in CASES)
    assert set(sizes.values()) == {CASES_PER_TEMPLATE} == {25}
    assert Counter((case.capability, case.template) for case in set(CASES)) == sizes


def test_a_change_changes_the_review_and_a_verdict_has_none():
    assert all(case.changed != case.review for case in CASES)
    assert all((case.changed is None) == (case.expected in ("positive", "negative")) for case in CASES)


def test_the_sentences_are_whole():
    for text in (text for case in CASES for text in (case.review, case.changed) if text):
        assert not re.search(r"[{}]|->|  |\b[Aa] [aeiou]\w|\b[Aa]n (?!ho)[^aeiouAEIOU]", text), text
        assert text == text.strip()
        assert len(text.split()) >= 3, text


def test_no_case_names_the_same_word_twice_where_two_are_meant():
    for case in CASES:
        if case.template == "neither nor":
            one, other = re.search(
                r"(?:either an? |either the |either )(\w+).* nor (?:an? |the )?(\w+)", case.review
            ).groups()
            assert one != other, case.review


def test_a_review_that_changes_its_markup_or_case_alone_keeps_its_words():
    bare = re.compile(r"<[^>]*>|&\w+;|&#\w+;|[^a-z]")
    for case in CASES:
        if case.capability in ("markup", "case"):
            assert bare.sub("", case.changed.lower()) == bare.sub("", case.review.lower().replace("'", "")), case


def test_a_typo_is_one_letter_or_two():
    for case in CASES:
        if case.template == "a letter missing":
            assert len(case.changed) == len(case.review) - 1
        if case.template == "two letters swapped":
            different = [place for place, (a, b) in enumerate(zip(case.review, case.changed, strict=True)) if a != b]
            assert len(different) == 2
            assert different[1] == different[0] + 1


@pytest.mark.parametrize(
    ("expected", "probability", "changed", "passed"),
    [
        ("positive", 0.51, None, True),
        ("positive", 0.5, None, False),
        ("negative", 0.49, None, True),
        ("negative", 0.5, None, False),
        ("unchanged", 0.8, 0.71, True),
        ("unchanged", 0.8, 0.69, False),
        ("unchanged", 0.8, 0.91, False),
        ("unchanged", 0.52, 0.48, False),
        ("not lower", 0.6, 0.9, True),
        ("not lower", 0.6, 0.56, True),
        ("not lower", 0.6, 0.54, False),
        ("not higher", 0.6, 0.1, True),
        ("not higher", 0.6, 0.64, True),
        ("not higher", 0.6, 0.66, False),
    ],
)
def test_what_passes(expected, probability, changed, passed):
    assert outcome(expected, probability, changed).passed is passed


def test_what_is_left_unscored_has_failed():
    assert always(None)["passed"] == 0
    half = behaviour.run(Oracle(lambda review: None if review.isupper() else 0.9))
    assert half["capabilities"]["case"]["templates"]["capitals"]["passed"] == 0
    assert half["capabilities"]["case"]["templates"]["small letters"]["share"] == 1.0


def test_a_model_that_knows_no_more_than_one_answer_is_right_where_that_is_the_answer():
    for probability, side in ((0.9, "positive"), (0.1, "negative")):
        report = always(probability)
        right = sum(case.expected == side for case in CASES)
        assert report["kinds"]["verdict"]["passed"] == right
        assert report["kinds"]["invariance"]["share"] == report["kinds"]["direction"]["share"] == 1.0


def test_a_model_that_does_what_is_expected_passes_everything():
    expected = {case.review: case.expected for case in CASES if case.kind == "verdict"}
    report = behaviour.run(Oracle(lambda review: 0.9 if expected.get(review) == "positive" else 0.1))
    assert report["share"] == 1.0
    assert all(not one["failures"] for one in report["capabilities"].values())


def test_the_parts_add_up():
    report = behaviour.run(WordScorer())
    assert report["cases"] == len(CASES)
    for parts in (report["kinds"], report["capabilities"]):
        assert sum(part["cases"] for part in parts.values()) == report["cases"]
        assert sum(part["passed"] for part in parts.values()) == report["passed"]
    for one in report["capabilities"].values():
        assert one["passed"] == sum(template["passed"] for template in one["templates"].values())
        assert one["share"] == one["passed"] / one["cases"]


def test_up_to_three_failures_are_shown_with_their_probabilities():
    report = behaviour.run(WordScorer())
    shown = {name: one["failures"] for name, one in report["capabilities"].items()}
    for name, one in report["capabilities"].items():
        assert len(shown[name]) == min(3, one["cases"] - one["passed"])
    (first, *rest) = shown["negation"]
    assert {*first} == {"template", "review", "probability", "expected"}
    assert len({one["template"] for one in (first, *rest)}) > 1
    assert {"changed", "changed_probability"} <= {*shown["typos"][0]}


def test_the_report_is_plain_json_and_the_same_each_time():
    report = behaviour.run(WordScorer())
    assert json.loads(json.dumps(report, allow_nan=False)) == report == behaviour.run(WordScorer())


def test_all_reviews_are_scored_in_one_go_each_once():
    scorer = WordScorer()
    behaviour.run(scorer)
    assert len(scorer.asked) == len(set(scorer.asked)) < 2_500
    oracle = Oracle(lambda review: 0.5)
    behaviour.run(oracle)
    assert oracle.calls == 1


def test_a_capability_is_worse_when_more_than_3_points_are_lost():
    old, new = always(0.9), always(0.9)
    names = new["capabilities"]["names"]
    assert worsened(old, new) == []
    names["passed"] = 49  # of 50: 2 points
    assert worsened(old, new) == []
    names["passed"] = 48
    assert worsened(old, new) == ["names"]
    assert worsened(new, old) == []


def test_exactly_3_points_are_allowed():
    old, new = always(0.9), always(0.9)
    for report, passed in ((old, 100), (new, 97)):
        report["capabilities"]["time"] |= {"cases": 100, "passed": passed}
    assert worsened(old, new) == []


def test_a_trained_bundle_has_it_in_its_report_card(predictor):
    report = predictor.bundle.report["behaviour"]
    assert list(report["capabilities"]) == list(CAPABILITIES)
    assert report == behaviour.run(predictor)
