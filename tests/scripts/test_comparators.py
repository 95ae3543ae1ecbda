"""The command that trains and evaluates models of other types, and the models themselves."""

import json
import subprocess
import sys

import pytest

from scripts.research.comparators import COMPARATORS
from sentiment.system.storage import PROJECT
from tests.support.miniature import reviews

SCRIPT = PROJECT / "scripts" / "research" / "comparators.py"
TRAIN, TEST = reviews(1_000, seed=5), reviews(100, seed=6)
LEARNERS = {
    "tf-idf": COMPARATORS["tf-idf"].settings,
    "naive-bayes": COMPARATORS["naive-bayes"].settings,
    "fasttext": COMPARATORS["fasttext"].settings | {"bucket": 10_000},
    "xgboost": COMPARATORS["xgboost"].settings | {"n_estimators": 20, "gamma": 0},
}


def accuracy(classifier) -> float:
    verdicts = classifier.predict([text for text, _, _ in TEST])
    return sum(int(verdict) == label for verdict, (_, label, _) in zip(verdicts, TEST, strict=True)) / len(TEST)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_learns_from_reviews_in_the_order_of_the_archive_which_is_that_of_their_labels(name):
    classifier = COMPARATORS[name].make(**LEARNERS[name])
    ordered = sorted(TRAIN, key=lambda one: one[1])
    classifier.fit([text for text, _, _ in ordered], [label for _, label, _ in ordered])
    assert accuracy(classifier) > 0.85


@pytest.mark.parametrize("name", ["vader", "textblob"])
def test_a_word_list_needs_no_training_and_no_download(name):
    classifier = COMPARATORS[name].make()
    assert list(classifier.predict(["A wonderful, brilliant film.", "A terrible, awful<br />film."])) == [1, 0]


def test_every_result_says_what_was_measured_with_what(miniature_archive, tmp_path):
    done = subprocess.run(
        [sys.executable, SCRIPT, "tf-idf", "vader", "--data", miniature_archive, "--results", tmp_path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    results = {path.stem: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    assert set(results) == {"comparator-tf-idf", "comparator-vader"}
    result = results["comparator-tf-idf"]
    assert (result["name"], result["n"], result["train"]) == ("tf-idf", 100, 200)
    assert 0.7 < result["accuracy"] <= 1
    assert result["settings"] == COMPARATORS["tf-idf"].settings
    assert set(result["versions"]) == {"scikit-learn"}
    assert result["seconds"]["train"] >= 0


@pytest.mark.parametrize(
    ("arguments", "said"), [(["nothing"], "there is no nothing"), (["vader", "--data", "{table}"], "has no test part")]
)
def test_what_cannot_be_measured_is_reported_in_a_sentence(arguments, said, tmp_path):
    table = tmp_path / "reviews.csv"
    rows = "".join(f'"{text}",{label}\n' for text, label, _ in reviews(60, seed=8))
    table.write_text(f"review,label\n{rows}")
    done = subprocess.run(
        [sys.executable, SCRIPT, *(one.format(table=table) for one in arguments)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
