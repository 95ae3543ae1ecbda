"""The whole way on SageMaker in a shell: from a table to a public API and to nothing left of it."""

import csv
import io
import json
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

import pytest
from miniature import reviews

from sentiment import bundle
from sentiment.predictor import Predictor
from sentiment.storage import PROJECT

SMALL = {
    "epochs": 1,
    "vector-epochs": 1,
    "short-sentences": 0,
    "embedding-size": 8,
    "hidden-size": 6,
    "phrases": 0,
    "batch-size": 16,
    "learning-rate": 0.01,
    "average": 0.9,
    "device": "cpu",
}


@pytest.fixture
def step(local_cloud, tmp_path, monkeypatch):
    """Run a step of `scripts/cloud.py` with a state of its own and return what it printed as JSON."""
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SENTIMENT_POLL_SECONDS", "0.2")

    def run(*arguments):
        command = [sys.executable, str(PROJECT / "scripts" / "cloud.py"), *map(str, arguments), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def write_table(path, labelled, count, seed):
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [(text, stars) if labelled else (text,) for text, _, stars in reviews(count, seed)]
        csv.writer(file).writerows([("review", "stars") if labelled else ("review",), *rows])
    return path


def ask(published, text):
    request = urllib.request.Request(
        published["url"],
        data=text.encode(),
        headers={"x-api-key": published["key"], "content-type": "text/plain"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_from_a_table_to_a_public_api_and_to_nothing_left_of_it(step, tmp_path):
    packed = step("pack", "--output", tmp_path / "model.tar.gz")
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        assert {"weights.safetensors", "code/inference.py"} <= set(archive.getnames())
    assert packed["size"] == (tmp_path / "model.tar.gz").stat().st_size

    data = write_table(tmp_path / "labelled.csv", True, 200, seed=31)
    settings = [word for name, value in SMALL.items() for word in (f"--{name}", value)]
    # An image of its own needs no libraries, and the local cloud looks at no image.
    trained = step("train", "--data", data, "--name", "tiny", "--image", "own", "--yes", *settings)
    assert trained["state"] == "done"
    fetched = step("fetch", "--run", trained["run"])
    model = Path(fetched["model"])
    assert bundle.describe(model).fingerprint == fetched["fingerprint"]

    deployed = step("deploy", "--model", model, "--yes")
    name = deployed["endpoint"]
    [variant] = deployed["variants"]
    assert variant["fingerprint"] == fetched["fingerprint"]
    assert variant["parity"] <= 1e-5
    here = Predictor.load(model, "cpu").score(["The plot is superb."])[0]
    there = step("invoke", "--endpoint", name, "The plot is superb.")
    assert there["probability"] == pytest.approx(here.probability, abs=1e-5)

    table = write_table(tmp_path / "reviews.csv", False, 60, seed=32)
    scored = tmp_path / "scored.csv"
    step("transform", table, "--output", scored, "--model", model, "--yes")
    rows = list(csv.DictReader(io.StringIO(scored.read_text(encoding="utf-8"))))
    assert [row["review"] for row in rows] == [text for text, _, _ in reviews(60, seed=32)]
    assert {row["model"] for row in rows} == {fetched["fingerprint"][:12]}

    published = step("publish", "--endpoint", name, "--show-key", "--yes")
    assert ask(published, "The plot is superb.")["probability"] == pytest.approx(here.probability, abs=1e-5)

    kinds = {each["kind"] for each in step("status")["resources"]}
    assert {"endpoint", "model", "public API", "files", "role", "schedules"} <= kinds
    taken_down = step("teardown", "--yes")
    assert taken_down["left"] == []
    left = step("status")
    assert (left["resources"], left["sentence"]) == ([], "Nothing on AWS")
