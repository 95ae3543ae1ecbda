"""Behaviour tests: what a model does with negation, the opinions of others, typos and the like, by capability.

The three kinds of test are those of CheckList (Ribeiro et al. 2020); its minimum functionality test
is called a verdict here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sentiment.evaluation.behaviour_cases import Case, all_cases
from sentiment.prediction import Scorer

# What says nothing about the verdict may move the probability by no more than this (CheckList's figure).
INVARIANCE_REACH = 0.1
# A model that is already sure cannot become surer; half the above is not yet the wrong direction.
DIRECTION_SLACK = 0.05
# A new model may be worse than the old one by no more than this share of a capability's cases.
ALLOWED_LOSS = 0.03
_FAILURES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with the probability of its review and of the changed one: None where unscored, or where there is none."""

    case: Case
    probability: float | None
    changed: float | None

    @property
    def passed(self) -> bool:
        """Whether the model does what is expected.

        A review that it leaves unscored has failed, for every case is plain English. What may not move the
        probability may not move it over 0.5 either.
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
    """Return how the model does on all cases, of each kind and in each capability, as plain JSON values.

    Everywhere `cases`, `passed` and `share` (0 to 1) are given; of a capability also the same of each
    of its `templates`, and up to three of its `failures`.
    """
    outcomes = _outcomes(scorer, all_cases())
    capabilities = _grouped(outcomes, lambda one: one.case.capability)
    return {
        **_count(outcomes),
        "kinds": {name: _count(those) for name, those in _grouped(outcomes, lambda one: one.case.kind).items()},
        "capabilities": {name: _capability(those) for name, those in capabilities.items()},
    }


def worsened(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the capabilities in which `new` is more than 3 points worse than `old`, both from `run`."""
    before, after = old["capabilities"], new["capabilities"]
    lost = {name: before[name]["passed"] - after[name]["passed"] for name in before}
    return [name for name in before if lost[name] / before[name]["cases"] > ALLOWED_LOSS]


def _outcomes(scorer: Scorer, cases: list[Case]) -> list[Outcome]:
    """Score all reviews at once, for together they are quick."""
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
    # From all over the templates rather than the first one that fails.
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
