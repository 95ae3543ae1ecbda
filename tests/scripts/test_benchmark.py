"""The command that measures speeds: one run gives every row, as ratios to the tutorial code and to ours."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scripts.research.stages import bf16_gain
from scripts.research.training_rate import operations_per_token
from scripts.research.tutorial import TutorialEndpoint, TutorialText
from sentiment.model.architecture import Architecture
from sentiment.model.network import Network
from sentiment.system import capacity
from sentiment.system.storage import PROJECT
from sentiment.text.stop_words import STOP_WORDS
from sentiment.text.tokenizer import tokenizer
from tests.support.miniature import reviews

SCRIPT = PROJECT / "scripts" / "research" / "benchmark.py"


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Write a labelled table of 120 reviews."""
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["review", "stars"])
        writer.writerows((text, stars) for text, _, stars in reviews(120, seed=4))
    return path


def test_one_run_measures_ours_and_every_comparator_and_the_stages_of_ours(table, tiny_bundle, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- speed -->\n<!-- /speed -->\n")
    done = subprocess.run(
        [sys.executable, SCRIPT, "--data", table, "--model", tiny_bundle, "--reviews", "3", "--write", "--page", page],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    texts, whole, stages, limit, training = (part.splitlines() for part in page.read_text().strip().split("\n\n"))
    compiled = [line.removeprefix("| ").split(" | ")[0] for line in texts[3:7]]
    assert compiled[:3] == ["CSV to texts, Python's reader", "CSV to texts, Arrow", "texts to ids, ours"]
    assert re.fullmatch(r"texts to ids, Hugging Face tokenizers, [\d.]+ % the same", compiled[3])
    assert [line.split(" | ")[0] for line in texts[7:]] == [
        "| text, modern",
        "| text, classic",
        "| text, tutorial code",
    ]
    rows = [line.strip("| ").split(" | ") for line in whole[2:]]
    transformers = 2 if torch.cpu.get_capabilities().get("avx512_bf16") else 1
    ours = ["score a table"] * (1 if capacity.cores() == 1 else 2)
    said = (*ours, "TF-IDF", "fastText", "VADER", "TextBlob", *["DistilBERT's"] * transformers, "tutorial code")
    assert len(rows) == len(said)
    assert all(row[0].startswith(name) for row, name in zip(rows, said, strict=True))
    assert (rows[0][4], rows[-1][3]) == ("1.0×", "1.0×")
    assert all(int(row[1]) == 3 for row in rows)
    milliseconds = {cell[0]: float(cell[1]) for cell in (line.strip("| ").split(" | ") for line in stages[2:])}
    together = milliseconds.pop("together")
    assert sum(milliseconds.values()) == pytest.approx(together, abs=0.05)
    assert milliseconds["recurrence"] > 0
    assert all(re.search(r"\d process(es)?, [\d.]+ cores at work", row[0]) for row in rows[: len(ours)])
    assert re.search(r"alone would allow [1-9][\d,]* reviews a second and core; \d+ % of that is reached", limit[0])
    assert re.search(r"^The recurrence does .* \d+ % of the [1-9]\d* billion", limit[1])
    assert re.search(r"learns from [1-9][\d,]* reviews a second", training[0])
    assert re.search(r"[\d.]+ % of the [1-9]\d* billion", training[1])


def test_what_bf16_would_gain_is_measured(tiny_bundle):
    assert 0 < bf16_gain(tiny_bundle) < 20


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("front", [{"convolution": 0, "stride": 1}, {"convolution": 5, "stride": 4}])
def test_operations_a_token_are_those_of_the_weights_that_it_meets(cell, front):
    architecture = Architecture(cell=cell, layers=2, phrases=0, **front)
    network = Network(architecture, vocabulary_size=10)
    met = sum(2 * w.numel() for name, w in network.layers.named_parameters() if "weight" in name) / architecture.stride
    if architecture.convolution:
        met += 2 * network.front.convolution.weight.numel()
    assert operations_per_token(architecture) == met


def test_the_tutorials_text_is_that_of_the_classic_preset_from_a_stop_list_that_is_read(tmp_path):
    text = TutorialText(tmp_path)
    review = "The movies were not running, a happy ending<br />It isn't over"
    assert set((tmp_path / "english").read_text().split()) == STOP_WORDS
    assert text.tokens(review.replace("<br />", " ")) == tokenizer("classic").tokens(review.replace("<br />", " "))


def test_the_tutorials_endpoint_gives_a_verdict_on_anything(tmp_path):
    endpoint = TutorialEndpoint(TutorialText(tmp_path), ["A good film", "A bad film"])
    assert {endpoint.verdict(review) for review in ("", "A good film", "word " * 600)} <= {0, 1}
