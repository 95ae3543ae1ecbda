"""The archive that a container unpacks: complete, reproducible, and served without further installations."""

import dataclasses
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tarfile

import pytest

from sentiment.cloud.aws import packing
from sentiment.cloud.aws.packing import CONTAINER, Target
from sentiment.errors import BundleError, PackingError
from sentiment.model import bundle
from sentiment.serving import formats
from sentiment.system.storage import PROJECT
from tests.support.image_libraries import link_libraries
from tests.support.serving_process import free_port, running

HERE = Target(platform.python_version(), platform.machine().replace("arm64", "aarch64"))
REVIEWS = ["The plot is <i>superb</i>.", "Dreadful, &amp; dull.", "Un film magnifique, porté par deux acteurs.", ""]


@pytest.fixture(scope="module")
def archive(tiny_bundle, tmp_path_factory):
    return packing.pack(tiny_bundle, tmp_path_factory.mktemp("packed") / "model.tar.gz", HERE)


@pytest.fixture(scope="module")
def classic_bundle(predictor, tmp_path_factory):
    """Return the tiny bundle, changed to read stems: its scores are meaningless."""
    own = predictor.bundle
    config = dataclasses.replace(own.config, text="classic")
    directory = tmp_path_factory.mktemp("bundles") / "classic"
    bundle.save(directory, config, own.vocabulary, own.weights, own.history, own.report)
    return directory


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Return the path of our image: the libraries of its requirements."""
    return link_libraries(tmp_path_factory.mktemp("image") / "libraries", pins(CONTAINER / "requirements.txt"))


def pins(path) -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    return dict(line.split("==") for line in lines if line and not line.startswith("-r "))


def members(path):
    with tarfile.open(path) as opened:
        return {member.name: member for member in opened.getmembers()}


def content(path, name):
    with tarfile.open(path) as opened:
        return opened.extractfile(name).read()


def unpacked(path, folder):
    with tarfile.open(path) as opened:
        opened.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("name", ["tiny_bundle", "classic_bundle"])
def test_it_is_served_with_nothing_but_the_libraries_of_our_image(name, image, tmp_path, request):
    from sentiment.model.predictor import Predictor

    directory = request.getfixturevalue(name)
    packed = packing.pack(directory, tmp_path / "model.tar.gz", HERE)
    model, port = unpacked(packed.path, tmp_path / "model"), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{model / 'code'}:{image}",
        "SM_MODEL_DIR": str(model),
        "SAGEMAKER_BIND_TO_PORT": str(port),
    }
    # -S: without the libraries of the environment that the tests run in.
    server = (sys.executable, "-S", "-m", "sentiment.serving", "serve")
    with running(server, port, tmp_path / "log", env=environment, cwd=tmp_path) as endpoint:
        answered = json.loads(endpoint.invoke(json.dumps(REVIEWS), "application/json").body)
    wanted = [formats.fields(one) for one in Predictor.load(directory, "cpu").score(REVIEWS)]
    assert [one["probability"] for one in answered] == [
        None if one["probability"] is None else pytest.approx(one["probability"], abs=1e-5) for one in wanted
    ]
    assert [one["flags"] for one in answered] == [one["flags"] for one in wanted]


def test_the_same_input_gives_the_same_bytes(tiny_bundle, archive, tmp_path):
    again = packing.pack(tiny_bundle, tmp_path / "other-name.tar.gz", HERE)
    assert again.path.read_bytes() == archive.path.read_bytes()
    assert (again.sha256, again.size) == (archive.sha256, archive.path.stat().st_size)


def test_the_layout_is_a_bundle_and_code(archive):
    names = set(members(archive.path))
    assert set(bundle.FILES) | {"code/inference.py", "code/sentiment/serving/torchserve.py"} <= names
    assert {name for name in names if not name.startswith("code/")} == set(bundle.FILES)


def test_the_bundle_in_it_is_whole(archive, tiny_bundle, tmp_path):
    loaded = bundle.load(unpacked(archive.path, tmp_path / "model"))
    assert loaded.fingerprint == archive.fingerprint == bundle.load(tiny_bundle).fingerprint


def test_the_archive_has_no_trace_of_when_where_or_by_whom_it_was_packed(archive):
    for name, member in members(archive.path).items():
        assert (member.mtime, member.uid, member.gid, member.uname, member.mode) == (0, 0, 0, "", 0o644), name
        assert not name.startswith("/")
        assert ".." not in name.split("/")
    assert archive.path.read_bytes()[4:8] == bytes(4)  # the time in the header of gzip


def test_only_code_that_serves_is_in_it(archive):
    ours = {name for name in members(archive.path) if name.startswith("code/sentiment/")}
    folders = {name.removeprefix("code/sentiment/").rpartition("/")[0] for name in ours}
    assert folders == {"", "system", "text", "tables", "model", "model/workers", "serving"}
    # Of `tables`, only the part shared by the CSV of requests and of tables.
    assert {name for name in ours if "/tables/" in name} == {
        f"code/sentiment/tables/{module}.py" for module in ("__init__", "columns", "rows")
    }
    libraries = {name.split("/")[1].split("-")[0] for name in members(archive.path) if name.startswith("code/")}
    assert not libraries & {"torch", "numpy", "nltk", "streamlit", "boto3", "uvicorn"}


def test_another_processor_gets_its_own_wheels(tiny_bundle, tmp_path):
    path = packing.pack(tiny_bundle, tmp_path / "graviton.tar.gz", Target(processor="aarch64")).path
    compiled = [name for name in members(path) if name.endswith(".so")]
    assert compiled
    for name in compiled:
        assert content(path, name)[18:20] == b"\xb7\x00", name  # ELF: the machine is AArch64


def test_a_damaged_bundle_is_not_packed(tmp_path):
    with pytest.raises(BundleError):
        packing.pack(tmp_path, tmp_path / "model.tar.gz", HERE)
    assert not list(tmp_path.iterdir())


def test_libraries_that_cannot_be_had_are_reported_and_had_ones_are_not_asked_for(tiny_bundle, tmp_path, monkeypatch):
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    packing.pack(tiny_bundle, tmp_path / "model.tar.gz", HERE)
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    with pytest.raises(PackingError, match=r"could not be downloaded \(.+\); check"):
        packing.pack(tiny_bundle, tmp_path / "other.tar.gz", HERE)
    assert not (tmp_path / "other.tar.gz").exists()
    assert not list((tmp_path / "home" / "wheels").iterdir())


def test_images_and_archives_have_the_versions_of_this_project():
    ours = pins(PROJECT / "requirements.txt")
    for path in (CONTAINER / "requirements.txt", CONTAINER / "scoring.txt", CONTAINER / "stemming.txt"):
        for name, version in pins(path).items():
            assert version == ours.get(name, importlib.metadata.version(name).partition("+")[0]), name


def run_script(*arguments):
    script = (sys.executable, PROJECT / "scripts" / "cloud.py", "pack")
    return subprocess.run([*script, *arguments], capture_output=True, text=True, check=False)


def test_the_script_packs_and_prints_the_result_for_programs(tiny_bundle, tmp_path):
    done = run_script("--model", tiny_bundle, "--output", tmp_path / "model.tar.gz", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["size"] == (tmp_path / "model.tar.gz").stat().st_size
    assert said["fingerprint"] == bundle.load(tiny_bundle).fingerprint
    assert (said["python"], said["processor"]) == ("3.12", "x86_64")


def test_the_script_says_in_one_sentence_what_is_no_bundle(tmp_path):
    done = run_script("--model", tmp_path, "--output", tmp_path / "model.tar.gz")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path} is not a bundle: it has no config.json.\n"
