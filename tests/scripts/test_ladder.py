"""The ablation ladder: each row changes one thing, its training stores the results, and the page shows them."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from scripts.research import model_page, results
from scripts.research.ladder import LADDER
from sentiment.errors import ConfigError, DataError
from sentiment.model import bundle
from sentiment.system.storage import PROJECT
from tests.support.miniature import write_archive

SCRIPT = PROJECT / "scripts" / "research" / "train_ladder.py"
# A convolution has a width and a stride; the network row states that it changes several things.
ONE_THING_OF_MANY_SETTINGS = {"network", "convolution"}


def ladder(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def store(folder, row, seed, accuracy, **changed):
    part = {"accuracy": accuracy, "reviews": 1_000}
    result = {
        "row": row,
        "seed": seed,
        "settings": LADDER[row].settings() | changed,
        "validation": part,
        "test": part,
        "minutes": 2.5,
        "bytes": 3_000_000,
    }
    results.write(folder, f"ladder-{row}-{seed}", result)


def cells(table, name):
    return next(line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith(f"| {name} |"))


@pytest.fixture
def tables(tmp_path, tiny_bundle):
    """Return a function that builds the tables from the results stored in the test's folder."""
    return lambda: model_page.tables(tmp_path, bundle.describe(tiny_bundle))


@pytest.mark.parametrize("name", [name for name, row in LADDER.items() if row.against])
def test_a_row_changes_one_thing_in_the_row_it_names(name):
    own, other = LADDER[name].settings(), LADDER[LADDER[name].against].settings()
    changed = [setting for setting in own if own[setting] != other[setting]]
    assert len(changed) > 1 if name in ONE_THING_OF_MANY_SETTINGS else len(changed) == 1, changed


def test_a_row_stands_below_the_one_it_is_compared_with():
    names = list(LADDER)
    assert all(names.index(row.against) < names.index(name) for name, row in LADDER.items() if row.against)


def test_what_a_row_starts_from_must_be_given():
    with pytest.raises(ConfigError, match="--pretrained DIR"):
        LADDER["language-model"].command({"pretrained": ""})
    assert LADDER["language-model"].command({"pretrained": "my model"})[-2:] == ["--start", "my model"]


def test_seeds_are_averaged_with_their_standard_error_and_one_is_said_to_be_one(tmp_path, tables):
    for seed, accuracy in ((1, 0.80), (2, 0.82), (3, 0.84)):
        store(tmp_path, "classic", seed, accuracy)
    store(tmp_path, "stop-words", 1, 0.85)
    table = tables()["ladder"]
    assert cells(table, "classic")[3:] == ["0.8200 ± 0.0115", "0.8200 ± 0.0115", "–", "2.5", "3.0", "3 seeds"]
    assert cells(table, "stop-words")[3:] == ["0.8500", "0.8500", "+3.0", "2.5", "3.0", "one seed"]
    assert cells(table, "no-stems")[3] == "not run yet"


def test_a_result_of_other_settings_than_the_rows_counts_as_not_run(tmp_path, tables):
    store(tmp_path, "classic", 1, 0.80, hidden_size=99)
    assert cells(tables()["ladder"], "classic")[3] == "not run yet"


def test_a_result_outlives_settings_that_are_new(tmp_path, tables):
    store(tmp_path, "classic", 1, 0.80, gone_since=1)
    assert cells(tables()["ladder"], "classic")[3] == "0.8000"


def test_comparators_stand_beside_the_shipped_model(tmp_path, tables):
    result = {"name": "vader", "accuracy": 0.7, "n": 1_000, "seconds": {"train": 0.0, "score": 1.0}}
    results.write(tmp_path, "comparator-vader", result | {"settings": {}, "versions": {"vaderSentiment": "3"}})
    table = tables()["comparators"]
    said = ["0.7000", "0.671 to 0.728", "1,000", "nothing to learn", "vaderSentiment 3"]
    assert cells(table, "VADER")[1:] == said
    assert cells(table, "TextBlob")[1] == "not run yet"


def store_kinds(folder, name, reached):
    result = {
        "name": name,
        "title": name,
        "never_met": {"mean": reached},
        "met": {"mean": 0.9},
        "films": {"accuracy": 0.9, "n": 100},
        "bytes": 12_400_000 if name == "bundle" else None,
        "learns_in_seconds": None,
        "films_per_second": 1_234.5,
    }
    results.write(folder, f"kinds-{name}", result)


def test_models_are_ordered_by_how_they_read_kinds_that_they_have_not_met(tmp_path, tables):
    store_kinds(tmp_path, "vader", 0.71)
    store_kinds(tmp_path, "bundle", 0.88)
    rows = tables()["kinds"].splitlines()[2:]
    assert rows == [
        "| vader | 0.710 | 0.900 | 0.9000 | – | – | 1,234 |",
        "| bundle | 0.880 | 0.900 | 0.9000 | 12 MB | – | 1,234 |",
    ]


def test_the_summary_compares_the_shipped_model_with_what_people_use_instead(tmp_path, tiny_bundle):
    for name, reached in (("vader", 0.71), ("tf-idf", 0.85), ("teacher", 0.89)):
        store_kinds(tmp_path, name, reached)
    described = bundle.describe(tiny_bundle)
    decided = {"decided_share": 0.9, "decided_accuracy": 0.966}
    films = described.report["validation"] | {"accuracy": 0.933, "reviews": 12_500} | decided
    toys = {"reviews": 700, "balanced_accuracy": 0.888} | decided
    kinds = {"balanced_accuracy": 0.888, "kinds": {"toys": toys}, "neutral_undecided": None} | decided
    report = described.report | {"test": films, "kinds": {"never_met": kinds}}
    table = model_page.tables(tmp_path, replace(described, report=report))["summary"]
    header, _, *rows = table.splitlines()
    assert header == "| reviews | how many | this model | tf-idf | vader | decided | right among the decided |"
    assert rows == [
        "| IMDb, test part | 12,500 | **0.933** | 0.900 | 0.900 | 90 % | 0.966 |",
        "| kinds never met | 700 | **0.888** | 0.850 | 0.710 | 90 % | 0.966 |",
    ]


def test_only_the_shipped_model_has_explanations_of_its_failures(tmp_path, tiny_bundle, tables):
    said = {"reviews": 500, "strongest": 0.25, "random": 0.01, "ratio": 25.0, "complete_share": 0.995}
    said["word_sense"] = {"cases": 40, "passed": 39, "share": 0.975}
    shipped = bundle.describe(tiny_bundle).fingerprint
    results.write(tmp_path, "card-other", {"model": {"fingerprint": "0" * 64}, "explanations": said})
    row = "moved by deleting the 10 strongest words, median"
    assert cells(tables()["explanations"], row)[1] == "not run yet"
    results.write(tmp_path, "card-shipped", {"model": {"fingerprint": shipped}, "explanations": said})
    assert cells(tables()["explanations"], row)[1] == "0.250"
    assert cells(tables()["explanations"], "telling words of short reviews with the right sense")[1] == "39 of 40"


def test_a_damaged_result_is_named(tmp_path, tables):
    (tmp_path / "ladder-classic-1.json").write_text("{")
    with pytest.raises(DataError, match=r"ladder-classic-1\.json is damaged"):
        tables()


def test_tables_go_between_their_markers_and_again():
    page = "Before\n<!-- ladder -->\nold\n<!-- /ladder -->\nAfter\n"
    made = {"ladder": "| new |", "elsewhere": "| other |"}
    written = results.with_tables(page, made)
    assert written == "Before\n<!-- ladder -->\n| new |\n<!-- /ladder -->\nAfter\n"
    assert results.with_tables(written, made) == written
    with pytest.raises(DataError, match="<!-- shipped -->"):
        results.with_tables(page, {"shipped": "x"})


def test_every_table_has_a_place_in_its_page(tables):
    for page, names in (
        (results.MODEL_PAGE, [name for name in tables() if name not in ("kinds-learnt", "summary")]),
        (results.README, ["summary"]),
        (results.BENCHMARKS, ["speed"]),
        (results.DATA_PAGE, ["kinds-learnt"]),
    ):
        for name in names:
            assert results.with_tables(page.read_text(), {name: "another table"}) != page.read_text()


def test_a_row_is_trained_stored_and_shown_and_not_trained_twice(tmp_path):
    archive = write_archive(tmp_path / "aclImdb_v1.tar.gz", per_class=60, seed=2)
    arguments = (
        "run",
        "classic",
        "--data",
        archive,
        "--results",
        tmp_path / "results",
        "--folder",
        tmp_path / "models",
    )
    done = ladder(*arguments, "--seeds", 4)
    assert done.returncode == 0, done.stderr
    stored = json.loads((tmp_path / "results" / "ladder-classic-4.json").read_text())
    saved = bundle.describe(tmp_path / "models" / "classic-4")
    assert stored["test"]["accuracy"] == saved.report["test"]["accuracy"]
    assert stored["epochs"] == saved.config.training["epochs"] == 10
    assert saved.config.training["seed"] == 4
    assert stored["minutes"] > 0
    again = ladder(*arguments, "--seeds", 4)
    assert (again.returncode, "already exists" in again.stdout) == (0, True)
    shown = ladder("table", "--results", tmp_path / "results")
    assert re.search(rf"\| classic \|.*{stored['test']['accuracy']:.4f}.*one seed", shown.stdout)


def test_a_training_that_fails_is_reported_in_a_sentence_and_stores_nothing(tmp_path):
    done = ladder("run", "classic", "--data", tmp_path / "none.csv", "--results", tmp_path, "--folder", tmp_path)
    assert done.returncode == 2
    assert "classic-1 ended with exit code 2" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
