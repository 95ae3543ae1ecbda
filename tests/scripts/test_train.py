"""The command that trains, as a process: its output, its exit codes, and that interruptions lose nothing."""

import csv
import os
import re
import signal
import subprocess
import sys

import pytest

from sentiment.model import bundle
from sentiment.system.storage import PROJECT
from sentiment.training.loop import log_lines
from tests.support.miniature import reviews

SCRIPT = PROJECT / "scripts" / "train.py"
SMALL = "--embedding-size 8 --hidden-size 6 --batch-size 16 --learning-rate 0.01 --average 0.9 --device cpu".split()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Write a labelled table of 240 reviews."""
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["review", "stars"])
        writer.writerows((text, stars) for text, _, stars in reviews(240, seed=4))
    return path


def environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SM_")}
    return kept | {"OMP_NUM_THREADS": "1"}


def train(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, env=environment(), timeout=300
    )


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, SCRIPT, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


@pytest.fixture(scope="module")
def uninterrupted(table, tmp_path_factory):
    """Return the output of an undisturbed run of three epochs."""
    output = tmp_path_factory.mktemp("whole") / "model"
    done = train("--data", table, "--output", output, *SMALL, "--epochs", 3)
    assert done.returncode == 0, done.stderr
    return output, done


def test_it_prints_an_epoch_a_line_and_saves_a_bundle(uninterrupted):
    output, done = uninterrupted
    saved = bundle.load(output)
    lines = [line for line in done.stdout.splitlines() if line.startswith("epoch=")]
    assert len(lines) == 3
    number = r"\d+\.\d{4}"
    fields = rf"train_bce={number} train_accuracy={number} validation_bce={number} validation_accuracy={number}"
    assert all(re.fullmatch(rf"epoch=\d+ {fields} seconds=\d+\.\d", line) for line in lines)
    assert [row["epoch"] for row in log_lines.parse_lines(done.stdout.splitlines()) if "epoch" in row] == [1, 2, 3]
    assert (saved.name, len(saved.history)) == ("model", 3)
    assert saved.report["validation"]["accuracy"] > 0.8
    assert saved.config.data["name"] == "reviews.csv"


def test_sigterm_keeps_what_was_learnt_and_the_next_run_ends_with_the_same_model(table, tmp_path, uninterrupted):
    arguments = ("--data", table, "--output", tmp_path / "model", *SMALL, "--epochs", 3)
    process = start(*arguments)
    try:
        for line in process.stdout:
            if line.startswith("epoch=1 "):
                process.send_signal(signal.SIGTERM)
                break
        _, said = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 143, said
    assert f"resume from {tmp_path / 'model.checkpoint'}" in said
    assert (tmp_path / "model.checkpoint" / "state.pt").exists()
    assert len(bundle.load(tmp_path / "model").history) < 3
    again = train(*arguments)
    assert again.returncode == 0, again.stderr
    assert "Resuming from" in again.stderr
    assert bundle.load(tmp_path / "model").fingerprint == bundle.load(uninterrupted[0]).fingerprint
    assert not (tmp_path / "model.checkpoint").exists()


def test_sigkill_costs_at_most_the_epoch_that_was_running(table, tmp_path, uninterrupted):
    arguments = ("--data", table, "--output", tmp_path / "model", *SMALL, "--epochs", 3)
    process = start(*arguments)
    for line in process.stdout:
        # The checkpoint of an epoch is written after its line; the first exists when the second epoch is reported.
        if line.startswith("epoch=2 "):
            process.kill()
            break
    process.communicate(timeout=300)
    again = train(*arguments)
    assert again.returncode == 0, again.stderr
    assert "Resuming from" in again.stderr
    assert bundle.load(tmp_path / "model").fingerprint == bundle.load(uninterrupted[0]).fingerprint


def test_a_run_directory_has_record_log_checkpoint_and_model(table, tmp_path, uninterrupted):
    directory = tmp_path / "run-1"
    done = train("--data", table, "--run", directory, "--name", "model", *SMALL, "--epochs", 3)
    assert done.returncode == 0, done.stderr
    assert bundle.load(directory / "model").fingerprint == bundle.load(uninterrupted[0]).fingerprint
    assert len((directory / "history.jsonl").read_text().splitlines()) == 3
    assert {"config.json", "status.json", "checkpoint"} <= {path.name for path in directory.iterdir()}
    assert not [*(directory / "checkpoint").iterdir()]


def test_a_finished_run_leaves_no_checkpoint_that_refuses_other_settings(table, uninterrupted):
    output, _ = uninterrupted
    before = bundle.load(output).fingerprint
    assert not output.with_name("model.checkpoint").exists()
    done = train("--data", table, "--output", output, *SMALL, "--epochs", 1, "--seed", 9)
    assert done.returncode == 0, done.stderr
    assert bundle.load(output).fingerprint != before


def test_a_damaged_checkpoint_is_refused_in_a_sentence(table, tmp_path):
    (tmp_path / "model.checkpoint").mkdir()
    (tmp_path / "model.checkpoint" / "state.pt").write_bytes(b"PK\x03\x04 not a checkpoint")
    done = train("--data", table, "--output", tmp_path / "model", *SMALL)
    assert done.returncode == 2
    assert "state.pt is damaged" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "nowhere.csv", "--output", "{tmp}/m"], "nowhere.csv does not exist"),
        (["--data", "{table}", "--output", "{tmp}/m", "--label-column", "colour"], "colour"),
        (["--data", "{table}", "--output", "{tmp}/m", "--label-mapping", "{{"], "label mapping"),
        (["--data", "{table}", "--output", "{tmp}/m", "--dropout-output", "1.5"], "dropout_output"),
        (["--data", "{few}", "--output", "{tmp}/m"], "at least 10 of each class"),
        (["--data", "{table}"], "--output"),
        (["--output", "{tmp}/m"], "--data"),
        (["--data", "{table}", "--output", "{tmp}/m", "--start", "{tmp}/none"], "none"),
    ],
    ids=["no data", "no column", "bad mapping", "bad setting", "too few", "no output", "nothing", "no start"],
)
def test_bad_input_is_one_sentence_and_exit_code_2(table, tmp_path, arguments, said):
    few = tmp_path / "few.csv"
    few.write_text("review,label\nGood film,1\nBad film,0\n")
    done = train(*(one.format(tmp=tmp_path, table=table, few=few) for one in arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "m").exists()


def test_an_output_folder_with_other_files_is_refused_before_training(table, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = train("--data", table, "--output", tmp_path, *SMALL)
    assert done.returncode == 2
    assert "holds thesis.txt" in done.stderr
    assert "epoch=" not in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_table_of_one_class_is_refused_before_anything_is_written(tmp_path):
    path = tmp_path / "praise.csv"
    path.write_text("review,label\n" + "".join(f"{text},positive\n" for text in (f"Good film {n}" for n in range(60))))
    done = train("--data", path, "--output", tmp_path / "m")
    assert done.returncode == 2
    assert len([line for line in done.stderr.splitlines() if line]) == 1
    assert list(tmp_path.iterdir()) == [path]
