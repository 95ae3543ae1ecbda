"""The sentence under the curves."""

import math

import pytest

from sentiment.display.training_summary import verdict


def rows(validation, train=None, accuracy=0.8):
    """Epoch rows with these validation (and training) losses."""
    train = train or [0.6 - 0.05 * n for n in range(len(validation))]
    return [
        {
            "epoch": n,
            "train_bce": t,
            "train_accuracy": accuracy,
            "validation_bce": v,
            "validation_accuracy": accuracy,
            "seconds": 1.0,
        }
        for n, (v, t) in enumerate(zip(validation, train, strict=True), start=1)
    ]


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        ([], "No epoch is finished yet"),
        (rows([0.5]), "after one epoch, too early"),
        (rows([0.5, 0.4, 0.3]), "Still improving."),
        (
            rows([0.5, 0.4, 0.35, 0.3, 0.32, 0.35, 0.4]),
            "Validation loss has risen for 3 epochs: overfitting, best was epoch 4.",
        ),
        (rows([0.5, 0.4, 0.3, 0.33, 0.32]), "Validation loss has not improved for 2 epochs; best was epoch 3."),
        (rows([0.5, 0.3, 0.31]), "Validation loss has not improved for 1 epoch; best was epoch 2."),
        (rows([0.69, 0.694, 0.692], accuracy=0.51), "Not learning: accuracy is near chance"),
        (rows([0.5, math.nan], [0.4, math.nan]), "diverged"),
        (rows([0.4, 0.5, 0.6], [0.4, 0.5, 0.6]), "learning rate may be too high"),
    ],
)
def test_the_verdict_names_what_the_curves_show(history, sentence):
    assert sentence in verdict(history)


def test_a_run_that_ended_while_improving_says_that_more_may_help():
    assert verdict(rows([0.5, 0.4]), finished=True) == "Still improving when it ended: more epochs may help."


def test_step_rows_are_ignored():
    steps = [{"step": 1, "of": 2, "train_bce": 0.9}]
    assert verdict(steps + rows([0.5, 0.4]) + steps) == "Still improving."


def test_no_share_of_next_words_is_chance():
    row = {"epoch": 1, "train_bce": 5.0, "train_accuracy": 0.2, "validation_bce": 5.1, "validation_accuracy": 0.19}
    assert verdict([row], of_language=True) == (
        "Learning: share of next words guessed is 0.190 after one epoch, too early to say more."
    )
    better = row | {"epoch": 2, "validation_bce": 4.9}
    assert verdict([row, better], of_language=True) == "Still improving."
    assert "near chance" in verdict([row, better])
