"""One request, written as flags and as a job's settings, and read from both."""

import dataclasses
from pathlib import Path

import pytest

from sentiment.commands import estimate
from sentiment.data.labels.mapping import LabelMapping
from sentiment.errors import SentimentError
from sentiment.jobs import training_request
from sentiment.jobs.training_request import TrainingRequest
from sentiment.tables.rows import ReadOptions
from sentiment.training.loop.config import PRESETS, PRETRAINING, TrainConfig

MAPPING = LabelMapping("grade of it", ("d", "e"), ("a",), ("c", ""), None)
REQUESTS = [
    TrainingRequest(Path("/data/aclImdb_v1.tar.gz"), TrainConfig()),
    TrainingRequest(Path("/data/aclImdb"), PRESETS["classic"]),
    TrainingRequest(
        Path("/my data/réviews.csv"),
        dataclasses.replace(TrainConfig(), bidirectional=False, learning_rate=0.0005, pooling="last+attention"),
        "what they wrote",
        "grade of it",
        MAPPING,
    ),
    TrainingRequest(Path("/data/aclImdb"), PRETRAINING["pretrain"], kind="pretrain"),
    TrainingRequest(
        Path("/data/odd.csv"),
        TrainConfig(),
        "-review",
        "-stars",
        options=ReadOptions(encoding="cp1252", delimiter="tab", quote="none", header=False, skip_rows=3),
    ),
    TrainingRequest(
        Path("/data/notes.csv"), dataclasses.replace(PRETRAINING["pretrain"], epochs=9), "note", kind="pretrain"
    ),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_flags_say_the_same(request_):
    parsed = estimate.parser().parse_args(request_.arguments())
    assert estimate.request_of(parsed) == request_


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_settings_of_a_job_say_the_same(request_):
    assert training_request.from_settings(request_.settings()) == request_


def test_settings_that_are_missing_take_their_defaults_and_bad_ones_are_refused():
    assert training_request.from_settings({"data": "/x", "epochs": 3}).config == TrainConfig(epochs=3)
    with pytest.raises(SentimentError, match="epochs"):
        training_request.from_settings({"data": "/x", "epochs": 0})


def test_what_a_job_of_before_pretraining_remembers_is_training():
    settings = TrainingRequest(Path("/x"), TrainConfig()).settings()
    del settings["kind"]
    assert training_request.from_settings(settings).kind == "train"


def test_a_kind_that_learns_nothing_is_refused():
    with pytest.raises(SentimentError, match="trains no model"):
        training_request.from_settings({"data": "/x", "kind": "score"})
