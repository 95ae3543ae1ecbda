"""The value of few labels, and of none: the samples, their source folder, and the measurements."""

import pytest

from scripts.research.few_labels import measure_adapting
from scripts.research.few_labels.measure_fine_tuning import accuracy, drawn, kinds_of
from sentiment.data.examples import Example
from sentiment.errors import DataError
from tests.support.miniature import reviews
from tests.support.scored_tables import write_csv

EXAMPLES = [Example(text, label) for text, label, _ in reviews(200, seed=31)]


def test_a_draw_is_balanced_and_what_is_learnt_is_not_judged():
    draw = drawn(EXAMPLES, 50, 1)
    assert [sum(one.label == label for one in draw.train) for label in (0, 1)] == [25, 25]
    assert len(draw.train) + len(draw.test) == len(EXAMPLES)
    assert not {one.review for one in draw.train} & {one.review for one in draw.test}
    assert drawn(EXAMPLES, 50, 2).train != draw.train
    with pytest.raises(DataError, match="too few"):
        drawn(EXAMPLES, 200, 1)


def test_what_a_folder_has_that_cannot_be_read_is_printed_and_a_missing_kind_is_an_error(tmp_path, capsys):
    write_csv(tmp_path / "films.csv", ["review", "label"], [(one.review, one.label) for one in EXAMPLES])
    (tmp_path / "cut.csv.gz").write_bytes(b"\x1f\x8b\x08\x00 and no more")
    assert len(kinds_of(tmp_path, ["films"])["films"]) == len(EXAMPLES)
    assert "cut.csv.gz is left out: it is damaged or cannot be read" in capsys.readouterr().err
    with pytest.raises(DataError, match="no table shoes; it has films"):
        kinds_of(tmp_path, ["shoes"])


def test_a_model_that_reads_a_kind_well_still_does_after_learning_from_its_own_verdicts(predictor):
    draw = drawn(EXAMPLES, 100, 1)
    before = accuracy(predictor, draw.test)
    assert before > 0.9
    found = measure_adapting.accuracies(predictor, draw.train, draw.test)
    assert list(found) == [one.title for one in measure_adapting.SETTINGS]
    assert min(found.values()) > before - 0.05
