"""The files sent to a training job: all that it needs in an image with torch and numpy, and nothing else."""

import csv
import dataclasses
import os
import platform
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from sentiment.cloud.aws import packing
from sentiment.cloud.aws.packing import Target
from sentiment.cloud.training import staging
from sentiment.data import labelled
from sentiment.data.labels.mapping import LabelMapping
from sentiment.jobs.training_request import TrainingRequest
from sentiment.model import bundle
from sentiment.system import storage
from sentiment.tables.rows import ReadOptions
from sentiment.training.loop.config import PRESETS
from tests.support.image_libraries import link_libraries
from tests.support.miniature import reviews, write_archive

HERE = Target(platform.python_version(), platform.machine().replace("arm64", "aarch64"))
SMALL = {"embedding_size": 8, "hidden_size": 6, "batch_size": 16, "epochs": 1, "device": "cpu", "vocabulary_size": 300}


def request(data, **settings):
    return TrainingRequest(data, dataclasses.replace(PRESETS["modern"], **settings), "review", "stars")


def staged(folder, **settings):
    staging.stage(request(Path("reviews.csv"), **settings), folder)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def table(path, number=200):
    path.write_text("review,stars\n" + "".join(f'"{text}",{stars}\n' for text, _, stars in reviews(number, seed=4)))
    return path


def test_only_training_s_own_code_is_staged(tmp_path):
    names = staged(tmp_path)
    assert {
        "training.py",
        "sentiment/commands/train.py",
        "sentiment/training/classifier/run.py",
        "sentiment/evaluation/behaviour_templates.toml",
        "sentiment/training/classifier/short_sentences.toml",
    } <= names
    assert not {name for name in names if Path(name).parts[0] not in ("training.py", "sentiment")}
    modules = {path.relative_to(storage.PROJECT).as_posix() for path in (storage.PROJECT / "sentiment").rglob("*.py")}
    assert {name for name in names if name.startswith("sentiment/")} <= modules | set(staging._DATA_FILES)
    assert not names & {
        "pages/shared/ui.py",
        "sentiment/jobs/registry.py",
        "sentiment/display/training_curves.py",
        "sentiment/tables/uploads.py",
    }
    for name in names:
        if name.endswith(".py"):
            text = (tmp_path / name).read_text()
            assert not any(f"import {library}" in text for library in ("boto3", "sagemaker", "streamlit")), name


def test_the_model_that_training_goes_on_from_comes_along(tmp_path, tiny_bundle):
    names = staged(tmp_path, start=str(tiny_bundle), teacher="shipped")
    assert {f"start/{name}" for name in bundle.FILES} <= names
    assert {f"assets/shipped/{name}" for name in bundle.FILES} <= names
    given = staging.hyperparameters(request(Path("reviews.csv"), start=str(tiny_bundle), teacher="shipped"))
    assert (given["start"], given["teacher"]) == ("start", "shipped")


def test_hyperparameters_are_the_flags_without_the_data():
    mapping = LabelMapping.from_json('{"column": "stars", "negative": ["1"], "positive": ["5"]}')
    asked = dataclasses.replace(request(Path("/data/reviews.csv"), epochs=3, seed=5), mapping=mapping)
    given = staging.hyperparameters(asked)
    expected = {
        "text-column": "review",
        "label-column": "stars",
        "label-mapping": mapping.to_json(),
        "epochs": "3",
        "seed": "5",
    }
    assert given == expected
    assert "data" not in given


def test_of_a_table_only_the_text_and_the_labels_are_sent_and_the_same_is_learnt(tmp_path):
    path = tmp_path / "orders.csv"
    rows = [(f"{number}@example.org", text, stars) for number, (text, _, stars) in enumerate(reviews(200, seed=4))]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("e-mail", "review", "stars"), *rows])
    sent = staging.with_staged_data(request(path), tmp_path / "packed")
    assert "example.org" not in sent.data.read_text()
    assert labelled.load(sent.data).train == labelled.load(path).train
    guessed = staging.with_staged_data(TrainingRequest(path, PRESETS["modern"]), tmp_path / "guessed")
    assert (guessed.text_column, guessed.label_column) == ("review", "stars")


def test_how_a_table_is_read_is_not_asked_of_what_is_sent_of_it(tmp_path):
    path = tmp_path / "latin.csv"
    rows = [(text, stars) for text, _, stars in reviews(100, seed=4)]
    path.write_text("review;stars\n" + "".join(f'"{text} é";{stars}\n' for text, stars in rows), encoding="latin-1")
    asked = dataclasses.replace(request(path), options=ReadOptions(delimiter=";", encoding="latin-1"))
    sent = staging.with_staged_data(asked, tmp_path / "packed")
    assert not set(staging.hyperparameters(sent)) & {"delimiter", "encoding"}
    assert all(example.review.endswith("é") for example in labelled.load(sent.data).train)


def test_the_archive_is_sent_as_it_is_and_a_directory_as_the_same_archive_each_time(tmp_path):
    archive = write_archive(tmp_path / "whole.tar.gz", per_class=5, seed=1)
    assert staging.with_staged_data(request(archive), tmp_path).data == archive
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    packed = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        packed.append(staging.with_staged_data(request(tmp_path / "aclImdb"), tmp_path / name).data)
    assert packed[0].name == "aclImdb.tar.gz"
    assert packed[0].read_bytes() == packed[1].read_bytes()
    with tarfile.open(packed[0]) as opened:
        assert "aclImdb/train/urls_pos.txt" in opened.getnames()


def test_a_job_starts_with_nothing_but_the_image_s_torch_and_numpy(tmp_path):
    image = link_libraries(tmp_path / "image", ["torch", "numpy"])
    source, channels, model = tmp_path / "source", tmp_path / "channels", tmp_path / "model"
    for folder in (source, channels / "training", channels / "libraries"):
        folder.mkdir(parents=True)
    asked = request(table(channels / "training" / "reviews.csv"), **SMALL)
    staging.stage(asked, source)
    archive = staging.libraries(HERE)
    (channels / "libraries" / archive.name).symlink_to(archive)
    flags = [word for name, value in staging.hyperparameters(asked).items() for word in (f"--{name}", value)]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(image),
        "SM_MODEL_DIR": str(model),
        "SM_CHECKPOINT_DIR": str(tmp_path / "checkpoints"),
        "SM_CHANNEL_TRAINING": str(channels / "training"),
        "SM_CHANNEL_LIBRARIES": str(channels / "libraries"),
        "TMPDIR": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    # -S leaves out this environment's libraries.
    done = subprocess.run(
        [sys.executable, "-S", staging.ENTRY, *flags, "--name", "tiny"],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "epoch=1 " in done.stdout
    assert bundle.load(model).name == "tiny"
    assert (tmp_path / "checkpoints" / "state.pt").exists()


def test_the_libraries_are_wheels_for_the_image_s_python_and_made_once():
    archive = staging.libraries()
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
    assert all(name.endswith(".whl") for name in names)
    assert any(name.startswith("scipy") and "cp312" in name for name in names)
    assert not any(name.startswith(("torch", "numpy")) for name in names)
    before = archive.stat().st_mtime_ns
    assert staging.libraries().stat().st_mtime_ns == before
    assert packing.AWS_IMAGE.python == "3.12"
