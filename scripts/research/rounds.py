"""The rounds of teaching that made the shipped model: what each reached, as its bundle tells it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.research.results import Result
from sentiment.data import datasets
from sentiment.evaluation.metrics import accuracy_of, bce_of
from sentiment.model.bundle import Card
from sentiment.training.loop.config import from_dict

# Capabilities of the behaviour tests in which short sentences decide.
_PARTS = ("network", "whole", "company")
_SHOWN = ("vocabulary", "negation", "agreement", "time", "questions", "others")
HEADER = [
    "round",
    "what is new",
    *("network alone: accuracy", "BCE", "with phrases: accuracy", "BCE", "in company: accuracy", "BCE"),
    *_SHOWN,
]


def result(number: int, new: str, saved: Card, data: Path) -> Result:
    """Return what is kept of a round: on the validation part, for nothing else has chosen anything.

    *In company* it judges as it teaches the next round, minding what it says of other reviews of the same film.
    """
    alone = min(saved.history, key=lambda epoch: epoch["validation_bce"])
    whole = saved.report["validation"]
    return {
        "round": number,
        "new": new,
        "fingerprint": saved.fingerprint,
        "network": {"accuracy": alone["validation_accuracy"], "bce": alone["validation_bce"]},
        "whole": {"accuracy": whole["accuracy"], "bce": whole["bce"], "reviews": whole["reviews"]},
        "company": _in_company(saved, data),
        "behaviour": {name: told["share"] for name, told in saved.report["behaviour"]["capabilities"].items()},
    }


def rows(stored: Sequence[Result]) -> list[list[str]]:
    """Return a row of cells a round, in their order, as `HEADER` names them."""
    return [
        [
            str(one["round"]),
            one["new"],
            *(_told(one, part, figure) for part in _PARTS for figure in ("accuracy", "bce")),
            *(_share(one["behaviour"].get(name)) for name in _SHOWN),
        ]
        for one in sorted(stored, key=lambda one: int(one["round"]))
    ]


def _in_company(saved: Card, data: Path) -> dict[str, float]:
    # torch loads slowly, and the tables need none.
    from sentiment.model import devices
    from sentiment.training.classifier import distillation

    settings = from_dict(saved.config.training)
    train, validation = datasets.split(datasets.load(data).train, settings.validation_share, settings.seed)
    verdicts = distillation.by_bundle(saved.directory, [one.review for one in validation], devices.choose("auto"))
    told = distillation.in_company(verdicts, train, validation, [])
    labels = np.array([one.label for one in validation], dtype=np.float32)
    return {"accuracy": accuracy_of(told, labels), "bce": bce_of(told, labels)}


def _share(share: float | None) -> str:
    # What is tested has grown with the rounds.
    return "–" if share is None else f"{share:.2f}"


def _told(one: Result, part: str, figure: str) -> str:
    # The first rounds did not teach in company.
    return f"{one[part][figure]:.3f}" if part in one else "–"
