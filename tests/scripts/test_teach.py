"""Training in rounds by one command: each round teaches the next, the last is averaged, and interruptions lose none."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from sentiment.model import bundle, phrases
from sentiment.system.storage import PROJECT
from tests.support.miniature import write_archive

SCRIPT = PROJECT / "scripts" / "teach.py"
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}
SMALL = (
    "--embedding-size 8 --hidden-size 6 --batch-size 16 --learning-rate 0.01 --average 0.9 --device cpu --epochs 1 "
    "--vector-epochs 0 --short-sentences 3 --phrases 200"
).split()

# The shared models are trained once, not by each worker.
pytestmark = pytest.mark.xdist_group("teach")


def teach(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=300,
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return write_archive(tmp_path_factory.mktemp("data") / "aclImdb_v1.tar.gz", per_class=60, seed=2)


@pytest.fixture(scope="module")
def taught(archive, tmp_path_factory):
    """Return the directory of a model trained in four rounds, the last two of them further ones, and the output."""
    output = tmp_path_factory.mktemp("taught") / "mine"
    done = teach("--data", archive, "--output", output, "--rounds", 1, "--further", 2, *SMALL)
    assert done.returncode == 0, done.stderr
    return output, done.stderr


def test_a_table_is_refused_before_the_first_round(tmp_path):
    (tmp_path / "reviews.csv").write_text("review,label\nGood film,1\nBad film,0\n")
    done = teach("--data", tmp_path / "reviews.csv", "--output", tmp_path / "mine", *SMALL)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no unlabelled reviews" in done.stderr


def rounds_of(output):
    folder = output.with_name("mine.rounds")
    return [bundle.describe(folder / f"round-{number}") for number in range(len(list(folder.glob("round-?"))))]


def test_each_round_is_taught_by_the_one_before(taught):
    rounds = rounds_of(taught[0])
    assert [one.config.training["teacher"] for one in rounds] == ["", *(f"round-{number}" for number in range(3))]
    assert len({one.fingerprint for one in rounds}) == 4


def test_the_last_rounds_go_on_with_more_short_sentences_and_the_same_phrases(taught):
    _, before, further, _ = (bundle.load(one.directory) for one in rounds_of(taught[0]))
    assert before.config.training["start"] == ""
    assert further.config.training["start"] == "round-1"
    assert further.config.training["short_sentences"] > before.config.training["short_sentences"] > 0
    for name, same in ((phrases.WEIGHTS, True), ("head.weight", False)):
        assert np.array_equal(before.weights[name], further.weights[name]) == same


def test_the_rounds_that_go_on_keep_their_words(taught):
    _, before, *further = (bundle.load(one.directory) for one in rounds_of(taught[0]))
    same = [np.array_equal(before.weights["embedding.weight"], one.weights["embedding.weight"]) for one in further]
    assert same == [True, True]


def test_the_rounds_that_go_on_trust_labels_by_half(taught):
    assert [one.config.training["label_share"] for one in rounds_of(taught[0])] == [1, 1, 0.5, 0.5]


def test_the_mean_of_the_rounds_that_went_on_and_the_one_before_them_is_saved(taught):
    output, said = taught
    _, *three = (bundle.load(each.directory).weights["head.weight"] for each in rounds_of(output))
    saved = bundle.load(output)
    mean = np.mean(three, axis=0, dtype=np.float32)
    np.testing.assert_allclose(saved.weights["head.weight"], mean, rtol=1e-2, atol=1e-3)
    assert saved.name == "mine"
    assert f"Saved {output}: validation accuracy {saved.report['validation']['accuracy']:.4f}" in said
    assert "test" in saved.report


def test_rounds_that_are_there_are_not_trained_again_and_more_can_follow(taught, archive):
    before = [one.report["finished"] for one in rounds_of(taught[0])]
    again = teach("--data", archive, "--output", taught[0], "--rounds", 1, "--further", 2, *SMALL)
    assert again.returncode == 0, again.stderr
    assert "Training on" not in again.stderr
    assert [one.report["finished"] for one in rounds_of(taught[0])] == before


def test_a_stop_leaves_the_rounds_that_are_done(taught, archive, tmp_path):
    output = tmp_path / "mine"
    for number in (0, 1):
        made = f"mine.rounds/round-{number}"
        shutil.copytree(taught[0].parent / made, tmp_path / made)
    with subprocess.Popen(
        [sys.executable, SCRIPT, "--data", archive, "--output", output, "--rounds", "1", "--further", "1", *SMALL],
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as teaching:
        assert teaching.stderr
        assert any(line.startswith("Round 1:") for line in teaching.stderr)
        teaching.terminate()
        assert "run the same command again" in teaching.stderr.read()
    assert teaching.returncode == 143
    assert len(rounds_of(output)) == 2
    assert not output.exists()


def test_rounds_of_other_settings_or_data_are_refused(taught, archive, tmp_path):
    other = teach("--data", archive, "--output", taught[0], "--rounds", 1, *SMALL, "--seed", 9)
    assert (other.returncode, "round-0 was trained with other settings" in other.stderr) == (2, True)
    archive = write_archive(tmp_path / "aclImdb_v1.tar.gz", per_class=60, seed=3)
    further = teach("--data", archive, "--output", taught[0], "--rounds", 1, "--further", 2, *SMALL)
    assert (further.returncode, "round-1 was trained on other data" in further.stderr) == (2, True)
    more = teach("--data", archive, "--output", taught[0], "--rounds", 4, "--further", 0, *SMALL)
    assert (more.returncode, "trained with other settings" in more.stderr) == (2, True)


def test_a_round_that_fails_is_reported_in_a_sentence(tmp_path):
    (tmp_path / "damaged.tar.gz").write_bytes(b"no archive")
    done = teach("--data", tmp_path / "damaged.tar.gz", "--output", tmp_path / "mine", *SMALL)
    assert done.returncode == 2
    assert "round-0 ended with exit code 2" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "mine").exists()
