"""The training log lines, written and read back."""

import math

import pytest

from sentiment.training.loop.log_lines import best_epoch, epoch_rows, format_epoch, format_step, parse_line, parse_lines

LINE = "epoch=3 train_bce=0.2134 train_accuracy=0.9150 validation_bce=0.2521 validation_accuracy=0.9004 seconds=41.2"
ROW = {
    "epoch": 3,
    "train_bce": 0.2134,
    "train_accuracy": 0.915,
    "validation_bce": 0.2521,
    "validation_accuracy": 0.9004,
    "seconds": 41.2,
}


def test_the_contracts_epoch_line_is_read_and_written():
    assert parse_line(LINE + "\n") == ROW
    assert format_epoch(ROW) == LINE


def test_the_contracts_step_line_is_read_and_written():
    assert format_step(120, 350, 0.43118) == "step=120 of=350 train_bce=0.4312"
    assert parse_line("step=120 of=350 train_bce=0.4312") == {"step": 120, "of": 350, "train_bce": 0.4312}


@pytest.mark.parametrize(
    "line",
    ["", "epoch=3", "Epoch 3 of 8", "epoch=x train_bce=0.2", "best epoch=3 train_bce=0.1", "step=1 of=2", LINE[:60]],
)
def test_other_lines_and_torn_lines_are_none(line):
    assert parse_line(line) is None


def test_a_loss_that_is_no_number_is_read():
    assert math.isnan(parse_line(LINE.replace("0.2134", "nan"))["train_bce"])


def test_an_epoch_trained_again_counts_once_the_last_time():
    rows = parse_lines([LINE, "noise", LINE.replace("0.2521", "0.3"), LINE.replace("epoch=3", "epoch=1")])
    assert [(row["epoch"], row["validation_bce"]) for row in epoch_rows(rows)] == [(1, 0.2521), (3, 0.3)]


def test_the_best_epoch_is_the_earliest_of_the_lowest_and_never_no_number():
    rows = [ROW | {"epoch": n, "validation_bce": bce} for n, bce in enumerate([0.5, 0.3, math.nan, 0.3], start=1)]
    assert best_epoch(rows)["epoch"] == 2
    assert best_epoch([]) is None
