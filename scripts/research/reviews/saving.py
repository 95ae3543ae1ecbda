"""Save the bundle of many kinds of reviews: its settings, the kinds it was trained on, and its report card."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from scripts.research.reviews import student
from scripts.research.reviews.corpus import Corpus
from sentiment.evaluation import drift
from sentiment.model import bundle
from sentiment.model.bundle import Bundle, BundleConfig, Weights
from sentiment.model.calibration import Calibration
from sentiment.model.predictor import Predictor
from sentiment.system.packages import recorded_versions
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.classifier import run as training_run
from sentiment.training.loop.config import TrainConfig, recorded
from sentiment.training.loop.log_lines import EpochRow

_CPU = torch.device("cpu")


def saved(
    output: Path,
    corpus: Corpus,
    words: Vocabulary,
    settings: TrainConfig,
    weights: Weights,
    history: list[EpochRow],
    fitted: Calibration,
    cards: dict[str, dict[str, Any]],
) -> Bundle:
    """Save the bundle and its report card.

    `corpus` is its final training data; `cards` hold its figures on kinds that were held out until then.
    """
    figures = {name: {key: value for key, value in one.items() if key != "kinds"} for name, one in cards.items()}
    config = BundleConfig(
        name="shipped",
        text=student.TEXT,
        maximum_length=settings.maximum_length,
        architecture=settings.architecture,
        star_levels=student.STAR_LEVELS,
        star_scale=len(student.STAR_LEVELS),
        calibration=fitted,
        training={**recorded(settings), "teacher": "MiniLM", "start": "films"},
        data={**_data(corpus), "kinds_judged": figures},
        versions=recorded_versions(),
    )
    made = bundle.save(output, config, words, weights, history, {})
    report = training_run.report(made, _CPU, corpus.film_validation, corpus.films.test)
    bundle.rewrite_report(made, {**report, "kinds": cards, "data_profile": _profile(made, corpus)})
    return bundle.load(output)


def _profile(made: Bundle, corpus: Corpus) -> dict[str, Any]:
    """Return the profile of reviews of all training kinds as seen by the model, with which tables are compared."""
    reviews = [one.review for one in corpus.film_validation]
    for kind in corpus.met.values():
        reviews += [one.review for one in kind.validation]
    return asdict(drift.profile(Predictor(made, _CPU).score(reviews)))


def _data(corpus: Corpus) -> dict[str, Any]:
    return {
        "name": "IMDb and reviews of other kinds",
        "digest": corpus.digest,
        "train": len(corpus.film_train) + sum(len(kind.train) for kind in corpus.met.values()),
        "validation": len(corpus.film_validation) + sum(len(kind.validation) for kind in corpus.kinds.values()),
        "test": len(corpus.films.test),
        "kinds": {"films": len(corpus.film_train), **{name: len(kind.train) for name, kind in corpus.met.items()}},
        "notes": [*corpus.films.notes, *corpus.problems],
    }
