"""Judgements in a file: found again by the text of a review, in any order, and refused for other reviews."""

import numpy as np
import pytest

from sentiment import judgements
from sentiment.errors import DataError

REVIEWS = ["A fine film.", "A dull one.", "Ça va – ∞"]
PROBABILITIES = np.array([0.9, 0.1, 0.5], dtype=np.float32)


@pytest.fixture
def directory(tmp_path):
    judgements.save(tmp_path / "told", REVIEWS, PROBABILITIES, "2 epochs, seed 1")
    return tmp_path / "told"


def test_what_was_saved_is_found_by_its_text(directory):
    found = judgements.load(directory, [REVIEWS[2], REVIEWS[0]])
    assert found.dtype == np.float32
    assert np.array_equal(found, PROBABILITIES[[2, 0]])
    assert judgements.made_by(directory) == "2 epochs, seed 1"


def test_the_file_holds_no_review(directory):
    assert b"fine" not in (directory / judgements.FILE).read_bytes()


def test_a_directory_without_judgements_is_told_from_one_with(directory, tmp_path):
    assert judgements.are_in(directory)
    assert not judgements.are_in(tmp_path)


def test_other_reviews_are_refused_with_how_many_they_are(directory):
    with pytest.raises(DataError, match="1 of these 2 are not in it"):
        judgements.load(directory, [REVIEWS[0], "Another film."])


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 half of one"])
def test_a_damaged_file_is_told_in_a_sentence(directory, content):
    (directory / judgements.FILE).write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        judgements.load(directory, REVIEWS)
