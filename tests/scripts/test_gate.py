"""The command that accepts or rejects a new bundle, and the output of evaluating a bundle, as processes."""

import contextlib
import csv
import json
import os
import pty
import re
import subprocess
import sys
import termios

import numpy as np
import pytest

from sentiment.commands.evaluate import fair
from sentiment.data.examples import Dataset, Example
from sentiment.errors import DataError
from sentiment.model import bundle
from sentiment.system.storage import PROJECT
from tests.support.miniature import reviews


def command(script, *arguments):
    return subprocess.run(
        [sys.executable, PROJECT / "scripts" / script, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )


@pytest.fixture(scope="module")
def contrary(tiny_bundle, tmp_path_factory):
    """Return the tiny bundle with inverted verdicts."""
    tiny = bundle.load(tiny_bundle)
    weights = {name: np.array(weight) for name, weight in tiny.weights.items()}
    for name in ("head.weight", "head.bias"):
        weights[name][0] *= -1
    directory = tmp_path_factory.mktemp("bundles") / "contrary"
    bundle.save(directory, tiny.config, tiny.vocabulary, weights, tiny.history, tiny.report)
    return directory


def test_a_bundle_is_not_worse_than_itself(tiny_bundle):
    done = command("research/gate.py", tiny_bundle, tiny_bundle)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "| capability | cases | old | new | change |"
    for row in ("negation | 400", "words in explanations | 171"):
        assert any(line.startswith(f"| {row} |") and line.endswith("| +0.0% |") for line in lines)


def test_a_worse_bundle_is_kept_out_with_a_sentence_that_names_the_capability(tiny_bundle, contrary):
    """Both are measured: the worse one has the report card of the other."""
    assert bundle.load(contrary).report["behaviour"] == bundle.load(tiny_bundle).report["behaviour"]
    done = command("research/gate.py", tiny_bundle, contrary)
    assert done.returncode == 2
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
    worse = {row[0] for row in rows if float(row[4].rstrip("%")) < -3}
    (said,) = done.stderr.splitlines()
    assert "more than 3 points worse in" in said
    assert worse
    assert {row[0] for row in rows if f"{row[0]} (" in said} == worse


def test_a_directory_that_is_no_bundle_is_reported_in_a_sentence(tiny_bundle, tmp_path):
    done = command("research/gate.py", tiny_bundle, tmp_path / "none")
    assert done.returncode == 2
    assert "none" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Write another table than the bundle's training data."""
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["review", "stars"], *((text, stars) for text, _, stars in reviews(120, seed=5))])
    return path


@pytest.fixture(scope="module")
def card(tiny_bundle, table):
    """Return the report card that one process writes, with explanations."""
    done = command("evaluate.py", "--model", tiny_bundle, "--data", table, "--workers", 1, "--explanations", 3)
    assert done.returncode == 0, done.stderr
    assert "Evaluating" not in done.stderr
    return json.loads(done.stdout)


def test_the_report_card_has_the_behaviour_and_on_request_the_explanations(card, tiny_bundle):
    assert {"model", "data", "sizes", "speed", "accuracy", "behaviour", "explanations"} <= {*card}
    assert card["behaviour"] == bundle.load(tiny_bundle).report["behaviour"]
    assert card["explanations"]["reviews"] == 3
    assert card["explanations"]["word_sense"]["cases"] > 100


def test_several_processes_write_the_same_report_card_and_explanations_are_judged_on_request_alone(
    card, tiny_bundle, table
):
    done = command("evaluate.py", "--model", tiny_bundle, "--data", table, "--workers", 2)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    del found["speed"]
    assert found == {name: value for name, value in card.items() if name not in ("speed", "explanations")}


def test_progress_is_shown_on_a_terminal_and_nowhere_else(card, tiny_bundle, table):
    reading, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    arguments = ["--model", tiny_bundle, "--data", table, "--workers", "1"]
    with subprocess.Popen(
        [sys.executable, PROJECT / "scripts" / "evaluate.py", *arguments], stdout=subprocess.DEVNULL, stderr=terminal
    ) as process:
        os.close(terminal)
        said = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while more := os.read(reading, 65536):
                said += more
    os.close(reading)
    assert process.returncode == 0
    assert re.search(rb"Evaluating: .*0/120", said)


def test_data_that_a_fine_tuned_bundle_has_learnt_whole_does_not_judge_it():
    data = Dataset([Example("good", 1)], [Example("bad", 0)], "reviews.csv")
    assert fair(data, data.digest) == data.test
    assert fair(data, "of other data") == [*data.train, *data.test]
    with pytest.raises(DataError, match="trained on all of this data"):
        fair(data, data.digest_of_all)
