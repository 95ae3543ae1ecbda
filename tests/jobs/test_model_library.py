"""The models on this machine: ids, names, notes, the default, import and deletion."""

import io
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from sentiment.errors import BundleError
from sentiment.jobs import model_library, registry
from sentiment.jobs.model_library import Label
from sentiment.jobs.run_directory import recorded
from sentiment.model import bundle_archive
from sentiment.system import storage


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def trained(home, tiny_bundle):
    """Return the id of a model trained by a job."""
    with recorded(home / "runs" / "tiny", "train", {"data": "/nowhere.csv"}):
        shutil.copytree(tiny_bundle, home / "runs" / "tiny" / "model")
    return "tiny"


def test_the_shipped_model_is_the_default_until_another_is_made_it(trained):
    assert list(model_library.cards()) == ["shipped", "tiny"]
    model_library.set_default("tiny")
    assert list(model_library.cards()) == ["tiny", "shipped"]


def test_a_name_and_notes_are_kept_and_the_bundle_is_not_touched(trained):
    before = model_library.cards()["tiny"]
    assert model_library.name("tiny") == "tiny"
    model_library.set_label("tiny", Label(" Hotels, spring ", "trained on the corrected table"))
    assert model_library.name("tiny") == "Hotels, spring"
    assert model_library.label("tiny").notes == "trained on the corrected table"
    assert model_library.cards()["tiny"] == before


def test_two_models_cannot_have_one_name(trained):
    with pytest.raises(BundleError, match="Another model is called shipped"):
        model_library.set_label("tiny", Label("shipped"))
    model_library.set_label("tiny", Label("tiny"))


def test_an_exported_model_can_be_imported_elsewhere_and_scores_the_same(tiny_bundle, monkeypatch, tmp_path):
    archive = bundle_archive.packed(tiny_bundle)
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "elsewhere"))
    model = model_library.add(io.BytesIO(archive), "hotels.tar.gz")
    assert model.startswith("hotels-")
    card = model_library.cards()[model]
    assert card.directory == storage.home() / "runs" / model / "model"
    assert registry.all_jobs() == []
    with pytest.raises(BundleError, match=f"on this machine already: {model}"):
        model_library.add(io.BytesIO(archive), "again.tar.gz")
    assert list(model_library.cards()) == ["shipped", model]


def test_an_exported_model_keeps_its_name_and_notes_elsewhere(trained, monkeypatch, tmp_path):
    model_library.set_label("tiny", Label("Hotels, winter", "Only *our* hotels."))
    archive = model_library.exported("tiny")
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "elsewhere"))
    model = model_library.add(io.BytesIO(archive), "download (1).tar.gz")
    assert model_library.label(model) == Label("Hotels, winter", "Only *our* hotels.")


def test_a_model_without_a_name_is_called_by_its_id_elsewhere_and_a_taken_name_gets_a_number(
    trained, monkeypatch, tmp_path
):
    archive = model_library.exported("tiny")
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "elsewhere"))
    model_library.set_label(model_library.SHIPPED, Label("tiny"))
    assert model_library.name(model_library.add(io.BytesIO(archive), "tiny.tar.gz")) == "tiny 2"


def test_any_text_in_an_archive_becomes_a_name_that_can_be_kept(trained, home, tiny_bundle):
    shutil.rmtree(home / "runs" / "tiny")
    about = {"name": "  a\n\tb\ud800 " + "x" * 500, "notes": "y" * 5_000}
    model = model_library.add(io.BytesIO(bundle_archive.packed(tiny_bundle, about)), "x.tar.gz")
    assert model_library.name(model).startswith("a b\ufffd xxx")
    assert len(model_library.name(model)) == model_library.LONGEST_NAME
    assert len(model_library.label(model).notes) == model_library.LONGEST_NOTES


def test_a_failed_import_leaves_nothing_and_removes_what_a_killed_one_left(home):
    (home / "runs" / ".importing.killed" / "unpacked").mkdir(parents=True)
    with pytest.raises(BundleError):
        model_library.add(io.BytesIO(b"no archive"), "broken.tar.gz")
    assert list((home / "runs").iterdir()) == []


def test_deleting_a_trained_model_keeps_the_record_of_its_job_and_forgets_its_label(trained):
    model_library.set_label("tiny", Label("Hotels"))
    model_library.set_default("tiny")
    model_library.delete("tiny")
    assert list(model_library.cards()) == ["shipped"]
    assert [job.id for job in registry.all_jobs()] == ["tiny"]
    assert model_library.name("tiny") == "tiny"
    assert model_library.default() == "shipped"


def test_deleting_an_imported_model_leaves_nothing(home, tiny_bundle):
    model = model_library.add(io.BytesIO(bundle_archive.packed(tiny_bundle)), "hotels.tgz")
    model_library.delete(model)
    assert list((home / "runs").iterdir()) == []


def test_the_shipped_model_stays():
    with pytest.raises(BundleError, match="cannot be deleted"):
        model_library.delete("shipped")


DAMAGED = [
    "[",
    "[" * 200_000,
    *(f'{{"labels": {{"tiny": {value}}}}}' for value in ("null", '"x"', "[]", '{"name": 5}')),
]


@pytest.mark.parametrize("damaged", [*DAMAGED, '{"labels": {"tiny": {"name": "\\ud800"}}}', '{"other": "\\ud800"}'])
def test_a_damaged_record_counts_as_none(trained, home, damaged):
    (home / "models.json").write_text(damaged)
    assert model_library.default() == "shipped"
    assert model_library.name("tiny") == "tiny"
    model_library.set_label("tiny", Label("Hotels"))
    assert model_library.name("tiny") == "Hotels"


def test_names_given_at_the_same_time_are_all_kept():
    with ThreadPoolExecutor(8) as several:
        list(several.map(lambda number: model_library.set_label(f"run-{number}", Label(f"Name {number}")), range(24)))
    assert [model_library.name(f"run-{number}") for number in range(24)] == [f"Name {number}" for number in range(24)]
    assert [path.name for path in storage.home().glob(".*")] == []
