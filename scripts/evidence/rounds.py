"""The rounds of teaching that made the shipped model: what each reached, as its bundle tells it."""

from collections.abc import Sequence

from scripts.evidence.results import Result
from sentiment.bundle import Card

# Capabilities of the behaviour tests in which short sentences decide.
_SHOWN = ("vocabulary", "negation", "time", "questions", "others")
HEADER = ["round", "what is new", "network alone: accuracy", "BCE", "with phrases: accuracy", "BCE", *_SHOWN]


def result(number: int, new: str, saved: Card) -> Result:
    """Return what is kept of a round: on the validation part, for nothing else has chosen anything."""
    alone = min(saved.history, key=lambda epoch: epoch["validation_bce"])
    whole = saved.report["validation"]
    return {
        "round": number,
        "new": new,
        "fingerprint": saved.fingerprint,
        "network": {"accuracy": alone["validation_accuracy"], "bce": alone["validation_bce"]},
        "whole": {"accuracy": whole["accuracy"], "bce": whole["bce"], "reviews": whole["reviews"]},
        "behaviour": {name: told["share"] for name, told in saved.report["behaviour"]["capabilities"].items()},
    }


def rows(stored: Sequence[Result]) -> list[list[str]]:
    """Return a row of cells a round, in their order, as `HEADER` names them."""
    return [
        [
            str(one["round"]),
            one["new"],
            *(f"{one[part][figure]:.3f}" for part in ("network", "whole") for figure in ("accuracy", "bce")),
            *(f"{one['behaviour'][name]:.2f}" for name in _SHOWN),
        ]
        for one in sorted(stored, key=lambda one: int(one["round"]))
    ]
