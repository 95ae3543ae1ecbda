"""Jobs in words and in a table."""

import shutil

from sentiment.display import job_table
from sentiment.jobs import registry
from sentiment.jobs.run_directory import recorded
from sentiment.model import bundle
from sentiment.training.loop.log_lines import format_epoch, format_step

ROW = {"train_bce": 0.4, "train_accuracy": 0.85, "validation_bce": 0.5, "validation_accuracy": 0.8, "seconds": 90.0}


def test_a_model_that_was_judged_on_few_reviews_has_no_accuracy_to_compare(tmp_path, tiny_bundle):
    directory = tmp_path / "tiny"
    with recorded(directory, "train", {"epochs": 1}):
        model = shutil.copytree(tiny_bundle, directory / "model")
    for reviews, accuracy in ((200, 0.9), (28, None)):
        card = bundle.describe(model)
        judged = {**card.report["validation"], "accuracy": 0.9, "reviews": reviews}
        bundle.rewrite_report(card, {**card.report, "validation": judged})
        (row,) = job_table.job_table([registry.load(directory)]).to_dict("records")
        assert row["accuracy"] == accuracy


def test_a_row_says_how_a_job_stands(tmp_path):
    directory = tmp_path / "tiny"
    with recorded(directory, "train", {"epochs": 4}):
        assert job_table.progress_in_words(registry.load(directory)) == "Reading the data"
        (directory / "train.log").write_text(f"{format_epoch(ROW | {'epoch': 1})}\n{format_step(5, 10, 0.3)}\n")
        job = registry.load(directory)
        assert job_table.progress_in_words(job) == "Epoch 2 of 4, step 5 of 10, 4 min left"
        (row,) = job_table.job_table([job]).to_dict("records")
    assert row == {
        "job": "tiny",
        "task": "sentiment",
        "runs on": "this computer",
        "state": "● running",
        "progress": 37.5,
        "epoch": "1/4",
        "time": "4 min left",
        "cost": None,
        "accuracy": 0.8,
        "age": "0 s ago",
    }
    assert job_table.counts_in_words([registry.load(directory), job, job]) == "● running 2   ✓ done 1"


def test_only_settings_that_differ_are_compared(tmp_path):
    for name, dropout in (("one", 0.1), ("other", 0.5)):
        with recorded(tmp_path / name, "train", {"epochs": 4, "dropout": dropout}):
            pass
    table = job_table.differing_settings([registry.load(tmp_path / "one"), registry.load(tmp_path / "other")])
    assert table.to_dict() == {"one": {"dropout": "0.1"}, "other": {"dropout": "0.5"}}


def test_a_language_is_not_held_against_verdicts(tmp_path):
    with recorded(tmp_path / "words", "pretrain", {"epochs": 1}):
        (tmp_path / "words" / "pretrain.log").write_text(f"{format_epoch(ROW | {'epoch': 1})}\n")
    job = registry.load(tmp_path / "words")
    (row,) = job_table.job_table([job]).to_dict("records")
    assert (row["task"], row["epoch"], row["accuracy"]) == ("language model", "1/1", None)
