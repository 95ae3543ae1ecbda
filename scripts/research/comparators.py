#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Train models of other kinds on IMDb's train part, score its test part, and store what comes out for docs/model.md."""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.research import results
from scripts.research.comparator_models import COMPARATORS
from sentiment.data import datasets
from sentiment.data.datasets import Dataset
from sentiment.data.imdb_download import find_imdb
from sentiment.errors import DataError
from sentiment.system.command import run


def main() -> int:
    """Parse, measure one after the other, print where each result is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(COMPARATORS)} (all)")
    parser.add_argument("--data", type=Path, help="the IMDb archive or its directory; found when not given")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of the results (docs/results)")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - set(COMPARATORS)):
        parser.error(f"there is no {', '.join(unknown)}; choose from {', '.join(COMPARATORS)}")
    data = arguments.data or find_imdb()
    if data is None:
        raise DataError("The IMDb archive is not here; get it with scripts/get_imdb.py, or give --data PATH.")
    dataset = datasets.load(data)
    if not dataset.test:
        raise DataError(f"{data} has no test part to judge on; give the IMDb archive.")
    for name in arguments.names or COMPARATORS:
        result = _measured(name, dataset)
        path = results.write(arguments.results, f"comparator-{name}", result)
        print(f"{COMPARATORS[name].title}: test accuracy {result['accuracy']:.4f}, stored in {path}.", flush=True)
    return 0


def _measured(name: str, dataset: Dataset) -> results.Result:
    """Measure one; its seconds are those of the processor, which a busy machine changes less than the clock's."""
    comparator = COMPARATORS[name]
    classifier = comparator.make(**comparator.settings)
    started = time.process_time()
    classifier.fit([one.review for one in dataset.train], [one.label for one in dataset.train])
    learnt = time.process_time()
    verdicts = classifier.predict([one.review for one in dataset.test])
    scored = time.process_time()
    right = sum(int(verdict) == one.label for verdict, one in zip(verdicts, dataset.test, strict=True))
    return {
        "name": name,
        "accuracy": right / len(dataset.test),
        "n": len(dataset.test),
        "train": len(dataset.train),
        "seconds": {"train": round(learnt - started, 1), "score": round(scored - learnt, 1)},
        "settings": comparator.settings,
        "versions": results.versions(comparator.packages),
        "data": {"name": dataset.name, "digest": dataset.digest},
    }


if __name__ == "__main__":
    run(main)
