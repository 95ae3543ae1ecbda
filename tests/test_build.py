"""The installed package: it has the shipped model, and nothing of the dashboard or the tests."""

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
from packaging.version import Version

import sentiment
from sentiment.system import packages
from sentiment.system.storage import PROJECT

METADATA = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


def test_the_version_is_that_of_the_changelog():
    """While the changelog has unreleased changes, the version is a development version of a later release."""
    newest, *older = re.findall(r"^## (\S+)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    version = Version(sentiment.__version__)
    if newest == "Unreleased":
        assert version.is_devrelease
        assert version > Version(older[0])
    else:
        assert version == Version(newest)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_brings_the_model_and_what_the_package_reads(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "sentiment/__init__.pyi",
        "sentiment/py.typed",
        "sentiment/assets/shipped/weights.safetensors",
        "sentiment/assets/prices.json",
        "sentiment/evaluation/behaviour_templates.toml",
        "sentiment/training/classifier/short_sentences.toml",
    } <= names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"sentiment"}


def test_an_installed_package_scores_a_table_without_the_clone(wheel, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    (tmp_path / "reviews.csv").write_text("review\nA warm and funny film.\n")
    done = subprocess.run(
        [sys.executable, "-m", "sentiment", "score", "reviews.csv", "--output", "scored.csv"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "positive" in (tmp_path / "scored.csv").read_text()


def test_every_extra_that_an_error_names_can_be_installed():
    assert set(packages.EXTRA_OF.values()) <= METADATA["optional-dependencies"].keys()


def test_the_console_command_lists_its_commands_and_refuses_others():
    def sentiment(*words):
        return subprocess.run([sys.executable, "-m", "sentiment", *words], cwd=PROJECT, capture_output=True, text=True)

    listed = sentiment("--help").stdout
    assert all(name in listed for name in ("score", "train", "evaluate", "teach", "pretrain", "get-imdb", "cloud"))
    refused = sentiment("guess")
    assert (refused.returncode, "invalid choice: 'guess'" in refused.stderr) == (2, True)
    assert sentiment("score", "--help").stdout.startswith("usage: sentiment score")
