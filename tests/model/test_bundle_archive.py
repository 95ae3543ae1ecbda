"""A bundle as one file: an archive packed here can be unpacked elsewhere, and other archives are rejected."""

import gzip
import io
import json
import shutil
import tarfile

import pytest
from safetensors.numpy import load_file, save_file

from sentiment.errors import BundleError
from sentiment.model import bundle, bundle_archive


def archive_of(**files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return io.BytesIO(content.getvalue())


def files_of(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_an_unpacked_bundle_is_the_one_that_was_packed(tiny_bundle, tmp_path):
    card, about = bundle_archive.unpack(io.BytesIO(bundle_archive.packed(tiny_bundle)), tmp_path / "model")
    assert card.fingerprint == bundle.load(tiny_bundle).fingerprint
    assert files_of(tmp_path / "model") == files_of(tiny_bundle)
    assert about == {}


def test_texts_about_a_model_travel_in_the_archive_and_never_into_the_bundle(tiny_bundle, tmp_path):
    packed = bundle_archive.packed(tiny_bundle, {"name": "Hôtels", "notes": "Two\nlines"})
    _, about = bundle_archive.unpack(io.BytesIO(packed), tmp_path / "model")
    assert about == {"name": "Hôtels", "notes": "Two\nlines"}
    assert files_of(tmp_path / "model") == files_of(tiny_bundle)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[1]", b"[" * 90_000, b'"' + b"x" * 200_000, b'{"name": 1}'],
    ids=["empty", "not UTF-8", "a list", "nested", "too long", "a number"],
)
def test_unreadable_texts_about_a_model_are_ignored(tmp_path, content):
    (tmp_path / "about.json").write_bytes(content)
    assert bundle_archive._texts(tmp_path / "about.json") == {}


def test_a_bundle_in_a_folder_with_other_files_is_taken_without_them(tiny_bundle, tmp_path):
    packed = archive_of(
        **{f"mine/{name}": data for name, data in files_of(tiny_bundle).items()},
        **{"mine/notes.txt": b"x", "../../escaped.txt": b"x", "mine/deep/er/config.json": b"{}"},
    )
    bundle_archive.unpack(packed, tmp_path / "here" / "model")
    assert files_of(tmp_path / "here" / "model") == files_of(tiny_bundle)
    assert sorted(path.name for path in tmp_path.rglob("*.txt")) == ["vocabulary.txt"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: files.clear(), "holds no model"),
        (lambda files: files.pop("weights.safetensors"), "weights.safetensors missing"),
        (lambda files: files.update({"weights.safetensors": b"x" * 100}), "^weights.safetensors is damaged"),
    ],
)
def test_what_is_no_whole_bundle_is_refused_by_name_and_leaves_nothing(tiny_bundle, tmp_path, change, message):
    files = files_of(tiny_bundle)
    change(files)
    with pytest.raises(BundleError, match=message):
        bundle_archive.unpack(archive_of(**files), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_kind_or_a_damaged_one_is_refused(tiny_bundle, tmp_path):
    damaged = bytearray(bundle_archive.packed(tiny_bundle))
    damaged[len(damaged) // 2 : len(damaged) // 2 + 200] = bytes(200)
    for content in (b"PK\x03\x04 not a tar", bytes(damaged)):
        with pytest.raises(BundleError, match=r"not an exported model|a complete model|damaged"):
            bundle_archive.unpack(io.BytesIO(content), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_unpacks_to_more_than_allowed_is_refused_before_it_is_unpacked(tmp_path):
    member = tarfile.TarInfo("weights.safetensors")
    member.size = bundle_archive.MAXIMUM_BYTES + 1
    with pytest.raises(BundleError, match=r"larger than 1,000 MB"):
        bundle_archive.unpack(io.BytesIO(gzip.compress(member.tobuf())), tmp_path / "model")


def test_a_header_that_takes_gigabytes_of_memory_ends_only_the_import(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_READING_MEMORY_MB", "100")
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type, long_name.size = tarfile.GNUTYPE_LONGNAME, 300_000_000
    packed = gzip.compress(long_name.tobuf() + bytes(long_name.size), 1)
    with pytest.raises(BundleError, match=r"more than 0\.1 GB of memory.*SENTIMENT_READING_MEMORY_MB"):
        bundle_archive.unpack(io.BytesIO(packed), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_takes_too_long_is_refused(tiny_bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_READING_SECONDS", "1")  # importing torch takes longer
    with pytest.raises(BundleError, match=r"longer than 1 second.*SENTIMENT_READING_SECONDS"):
        bundle_archive.unpack(io.BytesIO(bundle_archive.packed(tiny_bundle)), tmp_path / "model")


def test_a_model_that_cannot_score_is_refused_by_the_file(tiny_bundle, tmp_path):
    shutil.copytree(tiny_bundle, tmp_path / "tiny")
    weights = load_file(tmp_path / "tiny" / "weights.safetensors")
    save_file(weights | {"head.weight": weights["head.weight"][:, 1:].copy()}, tmp_path / "tiny/weights.safetensors")
    report = json.loads((tmp_path / "tiny" / "report.json").read_text())
    (tmp_path / "tiny" / "report.json").write_text(json.dumps(report | bundle._identity(tmp_path / "tiny")))
    with pytest.raises(BundleError, match=r"^weights\.safetensors does not fit"):
        bundle_archive.unpack(io.BytesIO(bundle_archive.packed(tmp_path / "tiny")), tmp_path / "model")


def test_only_a_bundle_is_packed(tiny_bundle, tmp_path):
    shutil.copytree(tiny_bundle, tmp_path / "half")
    (tmp_path / "half" / "vocabulary.txt").unlink()
    with pytest.raises(BundleError, match=r"vocabulary\.txt"):
        bundle_archive.packed(tmp_path / "half")
