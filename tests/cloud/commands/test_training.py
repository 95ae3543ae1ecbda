"""`scripts/cloud.py train` and `fetch`, as processes, against the local cloud."""

import subprocess
import sys

import boto3
import pytest

from sentiment.jobs import registry
from sentiment.model import bundle
from sentiment.system.storage import PROJECT
from tests.support.miniature import reviews
from tests.support.sagemaker_jobs import run_directory

SMALL = ["--embedding-size=8", "--hidden-size=6", "--batch-size=16", "--epochs=1", "--average=0.9", "--device=cpu"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SENTIMENT_POLL_SECONDS", "0.1")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("review,stars\n" + "".join(f'"{text}",{stars}\n' for text, _, stars in reviews(160, seed=4)))
    return path


@pytest.fixture
def step(tmp_path):
    """Run a step of the script in a separate folder, which relative paths refer to."""

    def step(*arguments):
        command = [sys.executable, str(PROJECT / "scripts" / "cloud.py"), *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd=tmp_path
        )

    return step


def launched():
    return [one["TrainingJobName"] for one in boto3.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]]


def test_a_new_run_is_kept_where_it_was_asked_to_be_and_fetched_from_there(local_cloud, step, table, tmp_path):
    # A custom image needs no libraries, and the local cloud checks no image.
    flags = ["--data", table.name, "--run", "kept/mine", "--image", "own", "--yes", *SMALL]
    done = step("train", *flags)
    assert done.returncode == 0, done.stderr
    mine = tmp_path / "kept" / "mine"
    assert done.stdout == f"mine is done. Download its model with: scripts/cloud.py fetch --run {mine}\n"
    assert registry.load(mine).name == "mine"
    fetched = step("fetch", "--run", "kept/mine")
    assert fetched.returncode == 0, fetched.stderr
    assert bundle.load(mine / "model").name == "mine"
    # Without data, the ended job is followed to its end; with data, it would be another job.
    followed = step("train", "--run", "kept/mine")
    assert followed.returncode == 0, followed.stderr
    again = step("train", *flags)
    assert (again.returncode, again.stdout) == (2, "")
    assert "mine holds a run already: leave out --data to follow that one" in again.stderr
    assert len(launched()) == 1


def test_an_instance_type_that_nobody_knows_is_refused_without_asking(local_cloud, step, table):
    done = step("train", "--data", table, "--instance-type", "ml.bogus")
    assert done.returncode == 2
    assert done.stderr.startswith("No training price is known for the instance type ml.bogus: choose one such")
    assert "Start?" not in done.stderr


def test_a_directory_that_cannot_be_a_new_run_s_is_reported_before_the_price(local_cloud, step, table, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").touch()
    done = step("train", "--data", table, "--run", "photos")
    assert (done.returncode, done.stderr) == (2, "photos is not an empty directory: name a new one with --run.\n")
    done = step("train", "--run", "nowhere")
    assert done.returncode == 2
    assert done.stderr == "nowhere contains no job to follow: add --data to start one there.\n"
    assert not (tmp_path / "nowhere").exists()
    directory = run_directory(status="Completed")
    done = step("train", "--data", table, "--run", directory)
    assert "holds a run already" in done.stderr
