"""Behaviour tests: how a model handles negation, other people's opinions, typing errors and the like, by capability.

The three kinds of test are those of CheckList (Ribeiro et al. 2020), whose minimum functionality test is called a
verdict here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sentiment.evaluation.behaviour_cases import Case, all_cases
from sentiment.prediction import Scorer

# A change that is irrelevant to the verdict may move the probability by at most this much (as in CheckList).
INVARIANCE_REACH = 0.1
# The probability of a confident model cannot rise much further; a move this small is not yet the wrong direction.
DIRECTION_SLACK = 0.05
# A new model may fail at most this additional share of a capability's cases, compared with the old one.
ALLOWED_LOSS = 0.03
_FAILURES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with the probabilities of its review and of the changed one: None if unscored or without such a review."""

    case: Case
    probability: float | None
    changed: float | None

    @property
    def passed(self) -> bool:
        """Whether the model behaves as expected.

        An unscored review fails, because every case is plain English. An irrelevant change must not move the
        probability across 0.5 either.
        """
        if self.probability is None:
            return False
        if self.case.kind == "verdict":
            return self.probability > 0.5 if self.case.expected == "positive" else self.probability < 0.5
        return self.changed is not None and _keeps_to(self.case.expected, self.probability, self.changed)

    def to_json(self) -> dict[str, Any]:
        """Return the case and the probabilities as plain values."""
        row = {"template": self.case.template, "review": self.case.review, "probability": self.probability}
        if self.case.changed is not None:
            row |= {"changed": self.case.changed, "changed_probability": self.changed}
        return row | {"expected": self.case.expected}


def run(scorer: Scorer) -> dict[str, Any]:
    """Return the results on all cases, by kind and by capability, as plain JSON values.

    Each result has `cases`, `passed` and `share` (0 to 1). A capability also has the same for each of its `templates`,
    and up to three of its `failures`.
    """
    outcomes = _outcomes(scorer, all_cases())
    capabilities = _grouped(outcomes, lambda one: one.case.capability)
    return {
        **_count(outcomes),
        "kinds": {name: _count(those) for name, those in _grouped(outcomes, lambda one: one.case.kind).items()},
        "capabilities": {name: _capability(those) for name, those in capabilities.items()},
    }


def worsened(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the capabilities in which `new` is more than 3 points worse than `old`; both are results of `run`."""
    before, after = old["capabilities"], new["capabilities"]
    lost = {name: before[name]["passed"] - after[name]["passed"] for name in before}
    return [name for name in before if lost[name] / before[name]["cases"] > ALLOWED_LOSS]


def _outcomes(scorer: Scorer, cases: list[Case]) -> list[Outcome]:
    """Score all reviews in one call, which is faster."""
    reviews = list(dict.fromkeys(text for case in cases for text in (case.review, case.changed) if text is not None))
    predictions = scorer.score(reviews)
    probability = {review: said.probability for review, said in zip(reviews, predictions, strict=True)}
    return [
        Outcome(case, probability[case.review], None if case.changed is None else probability[case.changed])
        for case in cases
    ]


def _keeps_to(expected: str, before: float, after: float) -> bool:
    if expected == "unchanged":
        return abs(after - before) <= INVARIANCE_REACH and (before > 0.5) == (after > 0.5)
    return after >= before - DIRECTION_SLACK if expected == "not lower" else after <= before + DIRECTION_SLACK


def _capability(outcomes: list[Outcome]) -> dict[str, Any]:
    failed = [one for one in outcomes if not one.passed]
    # Spread over the templates rather than taken from the first one that fails.
    shown = failed[:: -(-len(failed) // _FAILURES_SHOWN) or 1]
    templates = _grouped(outcomes, lambda one: one.case.template)
    return {
        **_count(outcomes),
        "templates": {name: _count(those) for name, those in templates.items()},
        "failures": [one.to_json() for one in shown],
    }


def _count(outcomes: list[Outcome]) -> dict[str, Any]:
    passed = sum(one.passed for one in outcomes)
    return {"cases": len(outcomes), "passed": passed, "share": passed / len(outcomes)}


def _grouped(outcomes: list[Outcome], name: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(name(one), []).append(one)
    return groups
