"""The command that pretrains, as a process: its output, its exit codes, and that interruptions lose nothing."""

import csv
import json
import os
import random
import re
import signal
import subprocess
import sys

import pytest

from sentiment.jobs import registry
from sentiment.model import bundle
from sentiment.system.storage import PROJECT
from sentiment.training.pretraining import network_file
from tests.support.miniature import reviews

SMALL = "--embedding-size 8 --hidden-size 6 --batch-size 16 --learning-rate 0.01 --average 0.9 --device cpu".split()
RUN = (*SMALL, "--epochs", 2)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Write a table of 1,500 reviews without labels, with a hundred thousand tokens in total."""
    sentences = [sentence for text, _, _ in reviews(600, seed=8) for sentence in re.split(r"(?<=[.!])\s", text)]
    dice = random.Random(8)
    path = tmp_path_factory.mktemp("data") / "plain.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "review"])
        writer.writerows((number, " ".join(dice.sample(sentences, 10))) for number in range(1_500))
    return path


def started(script, *arguments):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SM_")}
    return subprocess.Popen(
        [sys.executable, PROJECT / "scripts" / script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=kept | {"OMP_NUM_THREADS": "1"},
    )


def ended(process):
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def pretrain(*arguments):
    return ended(started("pretrain.py", *arguments))


@pytest.fixture(scope="module")
def uninterrupted(table, tmp_path_factory):
    """Return the output of an undisturbed run of two epochs into a run directory."""
    directory = tmp_path_factory.mktemp("whole") / "words"
    code, out, err = pretrain("--data", table, "--run", directory, *RUN)
    assert code == 0, err
    return directory, out, err


def test_it_prints_the_lines_of_the_contract_and_saves_a_network(uninterrupted):
    directory, out, err = uninterrupted
    lines = [line for line in out.splitlines() if line.startswith("epoch=")]
    number = r"\d+\.\d{4}"
    fields = rf"train_bce={number} train_accuracy={number} validation_bce={number} validation_accuracy={number}"
    assert len(lines) == 2
    assert all(re.fullmatch(rf"epoch=\d {fields} seconds=\d+\.\d", line) for line in lines)
    assert "Training on 1,485 reviews, 0.1 million tokens." in err
    assert f"train.py --start {directory / 'model'}" in err
    saved = network_file.load(directory / "model")
    assert saved.shape["hidden_size"] == 6
    assert "wonderful" in saved.vocabulary


def test_a_run_directory_says_what_was_done(uninterrupted):
    directory, _, _ = uninterrupted
    job = registry.load(directory)
    assert (job.kind, job.state, job.reason) == ("pretrain", "done", "")
    assert job.pretrained == directory / "model"
    assert job.settings["kind"] == "pretrain"
    assert job.config["data_digest"] == json.loads((directory / "model" / "config.json").read_text())["data"]["digest"]
    assert len((directory / "history.jsonl").read_text().splitlines()) == 2


def test_sigterm_keeps_what_was_learnt_and_the_next_run_ends_with_the_same_network(table, tmp_path, uninterrupted):
    arguments = ("--data", table, "--output", tmp_path / "words", *RUN)
    process = started("pretrain.py", *arguments)
    try:
        for line in process.stdout:
            if line.startswith("epoch=1 "):
                process.send_signal(signal.SIGTERM)
                break
        code, _, err = ended(process)
    finally:
        process.kill()
    assert code == 143, err
    assert network_file.is_pretrained(tmp_path / "words")
    code, _, err = pretrain(*arguments)
    assert code == 0, err
    assert "Resuming from" in err
    whole = uninterrupted[0] / "model"
    for name in ("weights.safetensors", "vocabulary.txt"):
        assert (tmp_path / "words" / name).read_bytes() == (whole / name).read_bytes()


def test_training_goes_on_from_it(uninterrupted, tmp_path):
    labelled = tmp_path / "labelled.csv"
    with labelled.open("w", newline="") as file:
        csv.writer(file).writerows([("review", "label"), *((text, label) for text, label, _ in reviews(120, seed=4))])
    start = uninterrupted[0] / "model"
    flags = ("--start", start, "--epochs", 1, "--phrases", 0)
    code, _, err = ended(started("train.py", "--data", labelled, "--output", tmp_path / "m", *flags))
    assert code == 0, err
    assert bundle.load(tmp_path / "m").vocabulary.tokens == network_file.load(start).vocabulary.tokens


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "nowhere.csv", "--output", "{tmp}/m"], "nowhere.csv does not exist"),
        (["--data", "{table}", "--output", "{tmp}/m", "--text-column", "colour"], "colour"),
        (["--data", "{few}", "--output", "{tmp}/m"], "tokens to train on; a language model needs at least"),
        (["--data", "{table}", "--output", "{tmp}/m", "--batch-size", "5000"], "lower batch_size"),
        (["--data", "{table}"], "--output"),
    ],
    ids=["no data", "no column", "too little", "too many streams", "no output"],
)
def test_bad_input_is_one_sentence_and_exit_code_2(table, tmp_path, arguments, said):
    few = tmp_path / "few.csv"
    few.write_text("review\nGood film\nBad film\n")
    code, _, err = pretrain(*(one.format(tmp=tmp_path, table=table, few=few) for one in arguments))
    assert code == 2
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "m").exists()
