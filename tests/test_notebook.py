"""The public interface: eight names, quick to import, each with an example that runs and one-sentence errors."""

import doctest
import os
import subprocess
import sys

import pandas as pd
import pytest

import sentiment
from sentiment import notebook
from sentiment.errors import BundleError, ConfigError, DataError, SentimentError, TableError
from sentiment.system import packages
from sentiment.system.storage import PROJECT

REVIEWS = pd.DataFrame({"id": [7, 8], "review": ["A warm, funny film.", "Dull from start to end."]}, index=[3, 5])


def test_importing_it_is_quick_and_brings_neither_torch_nor_pandas():
    program = "import sys, sentiment; print(sorted({'torch', 'pandas', 'numpy'} & set(sys.modules)), dir(sentiment))"
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] ")
    assert all(name in done.stdout for name in sentiment.__all__)


def test_every_name_is_there_and_no_other():
    assert all(getattr(sentiment, name) for name in sentiment.__all__)
    with pytest.raises(AttributeError, match="no attribute 'guess'"):
        sentiment.guess  # noqa: B018


@pytest.mark.parametrize("module", [sentiment, notebook])
def test_the_examples_run(module):
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)


def test_a_data_frame_comes_back_scored_with_its_own_columns_in_place():
    scored = sentiment.score_table(sentiment.read_table(REVIEWS), sentiment.load())
    assert list(scored.columns[:3]) == ["id", "review", "sentiment"]
    assert scored["id"].tolist() == [7, 8]
    assert scored["sentiment"].tolist() == ["positive", "negative"]


def test_a_table_goes_into_a_file_as_on_the_command_line(tmp_path):
    REVIEWS.to_csv(tmp_path / "reviews.csv", index=False)
    summary = sentiment.score_table(
        sentiment.read_table(tmp_path / "reviews.csv"), sentiment.load(), tmp_path / "scored.csv"
    )
    assert (summary.complete, summary.rows) == (True, 2)
    assert pd.read_csv(tmp_path / "scored.csv")["sentiment"].tolist() == ["positive", "negative"]


def test_what_was_read_from_a_data_frame_leaves_no_file_behind():
    table = sentiment.read_table(REVIEWS)
    folder = table.path.parent
    assert folder.exists()
    del table
    assert not folder.exists()


def test_an_explanation_names_the_words_that_moved_the_score():
    found = sentiment.explain("The cast is wonderful. The plot is dull.")
    effects = {one.text: one.effect for one in found.words}
    assert found.complete
    assert effects["wonderful"] > 0 > effects["dull"]
    assert [one.text for one in found.sentences] == ["The cast is wonderful.", "The plot is dull."]


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: sentiment.load("nowhere"), BundleError, "There is no model at nowhere"),
        (lambda: sentiment.read_table("missing.csv"), TableError, "There is no file missing.csv"),
        (lambda: sentiment.read_table(pd.DataFrame({"a": [1, 2]})), TableError, "no column of text"),
        (lambda: sentiment.read_table(pd.DataFrame({"a": [1, "b"]})), TableError, "mixed types"),
        (lambda: sentiment.train("x.csv", "m", preset="best"), ConfigError, "no preset 'best'; choose from modern"),
        (lambda: sentiment.train("x.csv", "m", epoch=1), ConfigError, "no setting epoch"),
        (lambda: sentiment.train("x.csv", "m", epochs=1.5), ConfigError, r"epochs is 1\.5; it must be a whole number"),
        (lambda: sentiment.train("x.csv", "m", names="no"), ConfigError, "names is 'no'; it must be true or false"),
        (lambda: sentiment.read_table(["Good."]), TableError, "A list is not a table"),
        (lambda: sentiment.read_table(REVIEWS[["review", "review"]]), TableError, 'several columns "review"'),
        (lambda: sentiment.score_table(REVIEWS, None), TableError, "A DataFrame must be read first"),
        (lambda: sentiment.explain(None), DataError, "The review is None"),
    ],
)
def test_what_cannot_work_is_one_sentence(call, error, sentence):
    with pytest.raises(error, match=sentence) as raised:
        call()
    assert isinstance(raised.value, SentimentError)


def test_a_missing_package_of_an_extra_names_what_to_install():
    with (
        pytest.raises(SentimentError, match=r"gensim is not installed; .* 'review-sentiment\[train\]'"),
        packages.explained(),
    ):
        raise ModuleNotFoundError("No module named 'gensim'", name="gensim.models")


def test_another_missing_module_stays_a_fault_of_the_program():
    with pytest.raises(ModuleNotFoundError), packages.explained():
        raise ModuleNotFoundError("No module named 'sentimental'", name="sentimental")
