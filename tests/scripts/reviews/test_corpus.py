"""Which reviews are used for training and which for evaluating the model."""

import pytest

from scripts.research.reviews import corpus
from sentiment.errors import DataError


def test_a_kind_that_is_held_out_is_only_judged_on(found):
    assert set(found.met) == {"kettles", "lamps"}
    assert set(found.never_met) == {"teapots"}
    assert len(found.never_met["teapots"].validation) > 250


def test_a_tenth_of_the_rows_of_the_others_is_held_out_by_text(found, archive, folder):
    for kind in found.met.values():
        assert not {one.review for one in kind.train} & {one.review for one in kind.validation}
        assert 0.05 < len(kind.validation) / len(kind.train) < 0.2
    again = corpus.load(archive, folder, [])
    assert again.kinds["lamps"] == found.kinds["lamps"]


def test_the_digest_identifies_the_training_data(found, archive, folder):
    assert corpus.load(archive, folder, ["teapots"]).digest == found.digest
    assert corpus.load(archive, folder, ["lamps"]).digest != found.digest


def test_a_kind_that_is_not_there_cannot_be_held_out(archive, folder):
    with pytest.raises(DataError, match="has no table sofas to hold out; it has kettles, lamps, teapots"):
        corpus.load(archive, folder, ["sofas"])
