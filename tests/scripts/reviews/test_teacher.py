"""The teacher: what it reads of a text, that it learns, and that batching does not affect it."""

import numpy as np
import pytest
import torch

from scripts.research.reviews import minilm, teacher
from scripts.research.reviews.teacher import Labelled

CPU = torch.device("cpu")
GOOD = ["A lovely kettle.", "It works very well.", "I like this lamp.", "Wonderful and cheap."] * 6
BAD = ["A dreadful kettle.", "It broke at once.", "I hate this lamp.", "Ugly and expensive."] * 6


@pytest.fixture(scope="module")
def trained():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    pieces = minilm.word_pieces([*GOOD, *BAD], 16)
    labels = np.float32([1] * len(GOOD) + [0] * len(BAD))
    stars = np.where(labels == 1, 4, 0).astype(np.int64)
    model = minilm.pretrained()
    data = Labelled(pieces, labels, stars, np.ones_like(labels))
    teacher.fit(model, data, 12, CPU, lambda sentence: None)
    return model


def test_what_it_has_learnt_carries_over(teacher_installed, trained):
    texts = ["A lovely lamp that works well.", "A dreadful lamp that broke."]
    judged = teacher.judge(trained, minilm.word_pieces(texts, 16), CPU, lambda sentence: None)
    assert judged.dtype == np.float16
    assert judged.shape == (2, 6)
    assert judged[0, 0] > 0 > judged[1, 0]
    assert judged[:, 1:].argmax(1).tolist() == [4, 0]


def test_a_text_gets_the_same_score_in_any_batch(teacher_installed, trained):
    texts = [*GOOD[:3], "A kettle that is as good as any other one in the shop, and not dearer than they are."]
    alone = np.concatenate(
        [teacher.judge(trained, minilm.word_pieces([text], 64), CPU, lambda sentence: None) for text in texts]
    )
    together = teacher.judge(trained, minilm.word_pieces(texts, 64), CPU, lambda sentence: None)
    np.testing.assert_allclose(alone[:, 0].astype(float), together[:, 0].astype(float), atol=0.1)


def test_of_a_long_text_the_start_and_the_end_are_read(teacher_installed):
    (whole,) = minilm.word_pieces(["kettle " * 40 + "lamp"], 100)
    (cut,) = minilm.word_pieces(["kettle " * 40 + "lamp"], 12)
    assert len(cut) == 12
    assert cut == [*whole[:4], *whole[-8:]]
