"""Evaluate a bundle on labelled reviews and print the report card as JSON."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from sentiment.data import datasets
from sentiment.data.datasets import Dataset, Example
from sentiment.data.imdb import IMDB
from sentiment.data.labels.mapping import LabelMapping
from sentiment.errors import DataError
from sentiment.evaluation import behaviour, comparison
from sentiment.model.calibration import Outputs
from sentiment.model.workers import hosts
from sentiment.system.command import positive
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.system.worker_pool import WorkerPool
from sentiment.tables.rows import ReadOptions
from sentiment.wording import percent

if TYPE_CHECKING:  # imports torch
    from sentiment.model.predictor import Predictor
    from sentiment.model.workers.parallel import ParallelPredictor

# With at least this many reviews, an accuracy whose confidence interval lies below this suggests reversed labels.
_ENOUGH, _REVERSED = 20, 0.4
# Reviews between two looks at the progress bar: a second or two of work, so that all workers are busy nearly always.
_STRETCH = 4_096


def main() -> int:
    """Parse the arguments, evaluate, print the report card."""
    arguments = _parser().parse_args()
    with hosts.started(arguments.model, arguments.device, arguments.workers) as pool:
        dataset = _dataset(arguments)
        for note in dataset.notes:
            print(note, file=sys.stderr)
        card = _card(arguments, dataset, pool)
    print(json.dumps(card, indent=2, ensure_ascii=False))
    return 0


def _dataset(arguments: argparse.Namespace) -> Dataset:
    return datasets.load(
        arguments.data,
        reading=ReadOptions.from_flags(arguments),
        label_column=arguments.label_column,
        mapping=LabelMapping.from_json(arguments.label_mapping) if arguments.label_mapping else None,
        to_learn=False,
    )


def _card(arguments: argparse.Namespace, dataset: Dataset, pool: WorkerPool | None) -> dict[str, Any]:
    """Return the report card, and print what limits it."""
    # torch is slow to import, so the data was read first.
    from sentiment.evaluation import explanation_quality
    from sentiment.model.predictor import Predictor
    from sentiment.model.workers.parallel import opened_scorer
    from sentiment.training.classifier.run import judge, sizes, speed

    with opened_scorer(arguments.model, arguments.device, arguments.workers, pool) as scorer:
        predictor = scorer if isinstance(scorer, Predictor) else Predictor.load(arguments.model, arguments.device)
        examples = fair(dataset, predictor.bundle.config.data["digest"])
        reviews = [one.review for one in examples]
        outputs = _outputs(scorer, reviews)
    card = {
        "model": {"name": predictor.name, "fingerprint": predictor.fingerprint},
        "data": {"name": dataset.name, "digest": dataset.digest, "notes": dataset.notes},
        "sizes": sizes(predictor.bundle, predictor),
        "speed": speed(predictor, reviews),
        **judge(predictor, examples, outputs),
        "behaviour": behaviour.run(predictor),
    }
    if arguments.explanations:
        measured = explanation_quality.measure(predictor, reviews, arguments.explanations)
        card["explanations"] = {**measured, "word_sense": explanation_quality.word_sense(predictor)}
    if len(examples) >= _ENOUGH and card["accuracy_high"] < _REVERSED:
        print(
            f"Only {percent(card['accuracy'])} of the verdicts agree with the labels: are the labels "
            "reversed? --label-mapping can swap them.",
            file=sys.stderr,
        )
    if few := comparison.caution(len(examples)):
        print(few, file=sys.stderr)
    return card


def _outputs(scorer: "Predictor | ParallelPredictor", reviews: list[str]) -> Outputs:
    """Return the outputs for the reviews, with a progress bar on a terminal."""
    stretches = []
    with tqdm(total=len(reviews), unit=" reviews", desc="Evaluating", leave=False, disable=None) as bar:
        for start in range(0, max(1, len(reviews)), _STRETCH):
            stretches.append(scorer.outputs(reviews[start : start + _STRETCH]))
            bar.update(len(stretches[-1].logits))
    return Outputs(*map(np.concatenate, zip(*stretches, strict=True)))


def fair(dataset: Dataset, learnt: str) -> list[Example]:
    """Return the test part of IMDb and of the bundle's own training data; all of any other table.

    Raises:
        DataError: the bundle was trained on all of it, or may have been.
    """
    if learnt == (dataset.digest_of_all if dataset.test else dataset.digest):
        raise DataError(
            "The model was trained on all of this data, so it knows the answers; give other "
            "data. Its report.json has its accuracy on left-out reviews."
        )
    if dataset.name == IMDB or dataset.digest == learnt:
        if not dataset.test:
            raise DataError(
                "This data has no test part, and the model may have been trained on the rest; give other data."
            )
        return dataset.test
    return [*dataset.train, *dataset.test]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s --data PATH [--model DIR] [OPTION ...]")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", default=SHIPPED_BUNDLE, help="the bundle (default: the shipped one)"
    )
    parser.add_argument(
        "--data", type=Path, metavar="PATH", required=True, help="the IMDb archive, its directory, or a labelled table"
    )
    ReadOptions.add_flags(parser)
    LabelMapping.add_flags(parser)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes to read the reviews in on a CPU (default: one per core, if memory allows)",
    )
    parser.add_argument(
        "--explanations",
        type=positive,
        metavar="N",
        help="also evaluate the explanations of N reviews, which is slow",
    )
    return parser
