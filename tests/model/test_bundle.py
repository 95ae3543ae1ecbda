"""A bundle loads as it was saved; damaged, truncated or foreign ones are rejected with the name of the file."""

import contextlib
import errno
import json
import re
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from sentiment.errors import BundleError, StorageError
from sentiment.model import bundle
from sentiment.model.architecture import Architecture
from sentiment.model.bundle import FILES, BundleConfig
from sentiment.model.calibration import Calibration
from sentiment.text.vocabulary import Vocabulary

VOCABULARY = Vocabulary(["<padding>", "<unknown>", "film", "naïve", "\u2028"])
SPEED = {"reviews_per_second": 1.0, "device": "cpu", "threads": 2}
HISTORY = [{"epoch": 1, "validation_bce": 0.4}, {"epoch": 2, "validation_bce": 0.3}]


def config(**changes):
    values = {
        "name": "mine",
        "text": "modern",
        "maximum_length": 80,
        "architecture": Architecture(hidden_size=3, pooling="last+max"),
        "star_levels": (1.0, 5.0, 10.0),
        "calibration": Calibration(1.3, 0.35, 0.65, fitted=True),
        "training": {"epochs": 3},
        "data": {"name": "table.csv", "notes": ["Dropped 3."]},
        "versions": {"torch": "2"},
    }
    return BundleConfig(**(values | changes))


def save(directory, scale=1.0, **changes):
    weights = {"head": (np.arange(6, dtype=np.float32).reshape(2, 3) / 7) * scale}
    return bundle.save(directory, config(**changes), VOCABULARY, weights, HISTORY, {"validation": {"accuracy": 0.9}})


@pytest.fixture
def saved(tmp_path):
    return save(tmp_path / "model")


def test_what_was_saved_comes_back(saved):
    loaded = bundle.load(saved.directory)
    assert loaded.config == config()
    assert loaded.vocabulary.tokens == VOCABULARY.tokens
    assert loaded.history == HISTORY
    assert (loaded.name, loaded.accuracy) == ("mine", 0.9)
    assert loaded.weights["head"].dtype == np.float32
    np.testing.assert_allclose(loaded.weights["head"], np.arange(6).reshape(2, 3) / 7, rtol=1e-3)


def test_it_is_the_five_files_and_nothing_else(saved):
    assert sorted(path.name for path in saved.directory.iterdir()) == sorted(FILES)
    assert [path.name for path in saved.directory.parent.iterdir()] == ["model"]


def test_the_fingerprint_is_of_content_and_of_nothing_else(tmp_path, saved):
    assert len(saved.fingerprint) == 64
    assert save(tmp_path / "again").fingerprint == saved.fingerprint
    assert save(tmp_path / "other", scale=2.0).fingerprint != saved.fingerprint
    assert save(tmp_path / "named", name="yours").fingerprint != saved.fingerprint


def test_a_card_says_the_same_without_the_weights(saved):
    card = bundle.describe(saved.directory)
    assert (card.config, card.fingerprint, card.history, card.report) == (
        saved.config,
        saved.fingerprint,
        saved.history,
        saved.report,
    )


def test_the_accuracy_is_that_of_the_test_part_where_there_is_one(saved):
    bundle.rewrite_report(saved, {"validation": {"accuracy": 0.9}, "test": {"accuracy": 0.8}})
    assert bundle.load(saved.directory).accuracy == 0.8
    bundle.rewrite_report(saved, {})
    assert bundle.load(saved.directory).accuracy is None


def test_a_new_report_leaves_the_fingerprint(saved):
    bundle.rewrite_report(saved, {"speed": SPEED})
    again = bundle.load(saved.directory)
    assert again.fingerprint == saved.fingerprint
    assert again.report["speed"] == SPEED


def test_it_can_be_moved_and_copied(tmp_path, saved):
    copied = shutil.copytree(saved.directory, tmp_path / "elsewhere")
    assert bundle.load(copied).fingerprint == saved.fingerprint


def test_saving_again_replaces_the_whole_bundle(saved):
    newer = save(saved.directory, scale=3.0)
    assert newer.fingerprint != saved.fingerprint
    assert bundle.load(saved.directory).fingerprint == newer.fingerprint


def test_saving_never_deletes_a_file_that_is_no_part_of_a_bundle(saved):
    (saved.directory / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match=r"thesis\.txt"):
        save(saved.directory, scale=3.0)
    assert bundle.load(saved.directory).fingerprint == saved.fingerprint
    assert (saved.directory / "thesis.txt").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(saved, name):
    (saved.directory / name).unlink()
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        bundle.load(saved.directory)


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_a_file_that_may_not_be_read_is_not_called_damaged(saved, monkeypatch, name):
    def refused(path, *args, **kwargs):
        if path.name == name:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *args, **kwargs)

    opened = Path.open
    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(BundleError, match=rf"{name} could not be read or written\. .*permissions"):
        bundle.load(saved.directory)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_a_cut_file_is_named(saved, name, share):
    path = saved.directory / name
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        bundle.load(saved.directory)


@pytest.mark.parametrize("name", ["config.json", "vocabulary.txt", "weights.safetensors"])
def test_one_changed_character_is_noticed_and_the_file_named(saved, name):
    path = saved.directory / name
    content = bytearray(path.read_bytes())
    place = (
        content.rindex(b"film")
        if name == "vocabulary.txt"
        else content.rindex(b"mine")
        if name == "config.json"
        else -1
    )
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        bundle.load(saved.directory)


@pytest.mark.parametrize("name", ["config.json", "report.json", "history.jsonl"])
@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]", b"null", b'{"a": ', b"{}\n3", b"\x00" * 40])
def test_nonsense_in_a_text_file_is_named(saved, name, content):
    (saved.directory / name).write_bytes(content)
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        bundle.load(saved.directory)


def test_a_swapped_fingerprint_is_noticed(saved):
    path = saved.directory / "report.json"
    report = json.loads(path.read_text())
    path.write_text(json.dumps(report | {"fingerprint": "0" * 64}))
    with pytest.raises(BundleError, match=r"report\.json"):
        bundle.load(saved.directory)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 99},
        {"architecture": {"cell": "rnn"}},
        {"architecture": {"colour": "red"}},
        {"calibration": {"heat": 1}},
        {"surplus": 1},
        {"star_levels": None},
        {"architecture": None},
    ],
)
def test_settings_of_another_kind_are_refused_by_the_file(saved, changes):
    path = saved.directory / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(BundleError, match=r"config\.json"):
        bundle.describe(saved.directory)


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("config.json", ("name",), 5),
        ("config.json", ("text",), "modern-99"),
        ("config.json", ("name",), "x" * 3_000),
        ("config.json", ("architecture", "pooling"), "max+max"),
        ("config.json", ("maximum_length",), 10**9),
        ("config.json", ("maximum_length",), "80"),
        ("config.json", ("architecture", "layers"), 100_000),
        ("config.json", ("architecture", "hidden_size"), 10**9),
        ("config.json", ("architecture", "hidden_size"), 3.5),
        ("config.json", ("architecture", "hidden_size"), True),
        ("config.json", ("calibration", "temperature"), 0),
        ("config.json", ("calibration", "temperature"), float("nan")),
        ("config.json", ("calibration", "low"), 0.9),
        ("config.json", ("star_levels",), [1.0, "5"]),
        ("config.json", ("star_levels",), [-1e300]),
        ("config.json", ("data",), {"train": "many"}),
        ("config.json", ("data",), []),
        ("config.json", ("versions",), {"torch": None}),
        ("report.json", ("test",), {}),
        ("report.json", ("test",), {"accuracy": "high"}),
        ("report.json", ("validation", "accuracy"), 7),
        ("report.json", ("behaviour",), {"capabilities": 3}),
        ("report.json", ("speed",), {"reviews_per_second": 0, "device": "cpu", "threads": 1}),
        ("report.json", ("sizes",), []),
        ("report.json", ("finished",), "yesterday"),
        ("report.json", ("files",), [1]),
        ("report.json", ("data_profile",), {"tokens": "many"}),
    ],
)
def test_values_of_another_kind_are_refused_by_file_and_place(saved, name, place, value):
    path = saved.directory / name
    values = json.loads(path.read_text())
    inner = values
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    path.write_text(json.dumps(values))
    with pytest.raises(BundleError, match=re.escape(name)) as raised:
        bundle.describe(saved.directory)
    assert str(place[-1]) in str(raised.value) or name == "config.json"


@pytest.mark.parametrize("row", ['{"epoch": "one"}', '{"epoch": null}', '{"epoch": NaN}', "[1]", '{"epoch": {}}'])
def test_a_history_of_other_values_is_refused(saved, row):
    (saved.directory / "history.jsonl").write_text(f"{row}\n")
    with pytest.raises(BundleError, match=r"history\.jsonl"):
        bundle.describe(saved.directory)


@pytest.mark.parametrize("name", ["config.json", "report.json", "history.jsonl"])
def test_values_nested_without_end_are_refused(saved, name):
    (saved.directory / name).write_text('{"schema": 1, "a": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        bundle.describe(saved.directory)


@pytest.mark.parametrize("value", [{}, [], ["a"], {"a": 1}])
def test_settings_are_plain_values(saved, value):
    path = saved.directory / "config.json"
    described = json.loads(path.read_text())
    described["training"]["seed"] = value
    path.write_text(json.dumps(described))
    with pytest.raises(BundleError, match=r"config\.json"):
        bundle.describe(saved.directory)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e6])
def test_weights_that_are_no_numbers_are_not_saved(tmp_path, saved, value):
    weights = {"head": np.full((2, 3), value, dtype=np.float32)}
    with pytest.raises(BundleError, match=r"has diverged: head holds values that are not numbers\..*learning rate"):
        bundle.save(saved.directory, config(), VOCABULARY, weights, HISTORY, {})
    with pytest.raises(BundleError, match=r"head \(and 1 more\) holds"):
        bundle.save(saved.directory, config(), VOCABULARY, weights | {"tail": weights["head"]}, HISTORY, {})
    assert bundle.load(saved.directory).fingerprint == saved.fingerprint


@pytest.mark.parametrize("value", [np.float16(np.nan), np.float16(np.inf), np.float32(3e38), np.float64(-1e300)])
def test_weights_that_give_no_numbers_are_not_loaded(saved, value):
    weights = {"head": np.full((2, 3), value)}
    with pytest.raises(BundleError, match=r"weights\.safetensors cannot score: head holds"):
        bundle.load(resealed(saved.directory, weights))


def test_weights_that_take_more_memory_than_allowed_are_refused(saved, monkeypatch):
    resealed(saved.directory, {"head": np.zeros(300_000, dtype=np.float16)})
    bundle.load(saved.directory)
    monkeypatch.setenv("SENTIMENT_READING_MEMORY_MB", "2")
    with pytest.raises(BundleError, match=r"weights\.safetensors takes 2\.3 MB .* at most 2 MB .*READING_MEMORY_MB"):
        bundle.load(saved.directory)


def test_more_tensors_than_any_network_has_are_refused(saved):
    weights = {str(number): np.zeros(1, dtype=np.float16) for number in range(3_000)}
    with pytest.raises(BundleError, match=r"weights\.safetensors .* 3,000 tensors"):
        bundle.load(resealed(saved.directory, weights))


def test_a_vocabulary_that_is_too_large_is_refused(saved):
    with (saved.directory / "vocabulary.txt").open("ab") as file:
        file.write(b"a" * (8 << 20))
    with pytest.raises(BundleError, match=r"vocabulary\.txt is not a vocabulary: it is larger than 8 MB"):
        bundle.load(saved.directory)


def test_weights_of_a_type_that_is_not_ours_are_refused(saved):
    with pytest.raises(BundleError, match=r"weights\.safetensors is not a bundle file: head is of type U8"):
        bundle.load(resealed(saved.directory, {"head": np.zeros((2, 3), dtype=np.uint8)}))


def resealed(directory, weights):
    """Change the bundle's weights and their digests, as a malicious author would."""
    save_file(weights, directory / "weights.safetensors")
    report = json.loads((directory / "report.json").read_text())
    (directory / "report.json").write_text(json.dumps(report | bundle._identity(directory)))
    return directory


def test_a_foreign_directory_is_no_bundle(tmp_path):
    (tmp_path / "readme.md").write_text("hello")
    with pytest.raises(BundleError, match="is not a bundle"):
        bundle.load(tmp_path)
    with pytest.raises(BundleError, match="is not a bundle"):
        bundle.load(tmp_path / "nowhere")


def test_a_bundle_that_is_replaced_while_it_is_read_is_one_of_both_or_an_error(tmp_path):
    directory = save(tmp_path / "model", name="model 1").directory
    mixed, read, ended = [], 0, threading.Event()

    def read_on():
        nonlocal read
        while not ended.is_set():
            with contextlib.suppress(BundleError):
                loaded = bundle.load(directory)
                read += 1
                if loaded.name != f"model {loaded.weights['head'][0, 1] * 7:.0f}":
                    mixed.append(loaded.name)

    reader = threading.Thread(target=read_on)
    reader.start()
    for number in range(2, 30):
        save(directory, scale=float(number), name=f"model {number}")
    while not read:
        time.sleep(0.001)
    ended.set()
    reader.join()
    assert mixed == []
