#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Train models of other kinds on IMDb's training part, evaluate them on its test part, and store the results.

They are two lexicons, three linear models, and boosted trees, and are shown in docs/model.md. They have the usual
settings, fixed in advance, so they need no validation part and train on the whole training part.
"""

import argparse
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.research import results
from sentiment.data import datasets
from sentiment.data.datasets import Dataset
from sentiment.data.imdb_download import find_imdb
from sentiment.errors import DataError
from sentiment.system.command import run
from sentiment.text.cleaning import clean
from sentiment.text.tokenizer import tokenizer

_WORD = re.compile(r"\w+|[^\w\s]")
_SEED = 1

Labels = Sequence[int]
Verdicts = NDArray[np.int64]


class Classifier(Protocol):
    """Trains on raw reviews with labels, 1 for positive and 0 for negative, and predicts such labels."""

    def fit(self, reviews: Sequence[str], labels: Labels) -> Any:
        """Train."""

    def predict(self, reviews: Sequence[str]) -> Verdicts:
        """Return 1 or 0 for each review (reviews,)."""


@dataclass(frozen=True)
class Comparator:
    """A classifier made by `make(**settings)`, and the packages whose versions determine its predictions."""

    title: str
    make: Callable[..., Classifier]
    settings: dict[str, Any]
    packages: tuple[str, ...]


class Lexicon:
    """A list of words with polarities, and rules: positive if a review's polarity is above 0."""

    def __init__(self, polarity: Callable[[str], float]) -> None:
        self._polarity = polarity

    def fit(self, reviews: Sequence[str], labels: Labels) -> "Lexicon":
        """Return itself: its words were rated by people, so there is nothing to train."""
        return self

    def predict(self, reviews: Sequence[str]) -> Verdicts:
        """Return 1 or 0 for each review."""
        return np.array([self._polarity(clean(review)) > 0 for review in reviews], dtype=np.int64)


class NaiveBayesPhrases:
    """Logistic regression on n-grams, scaled by naive Bayes log-count ratios (Wang and Manning 2012)."""

    def __init__(self, longest: int, minimum_reviews: int, most: int, c: float) -> None:
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression

        self._phrases = CountVectorizer(
            preprocessor=clean,
            tokenizer=tokenizer("modern").tokens,
            token_pattern=None,
            lowercase=False,
            ngram_range=(1, longest),
            min_df=minimum_reviews,
            max_features=most,
            binary=True,
            dtype=np.float32,
        )
        self._regression = LogisticRegression(C=c, solver="liblinear", dual=True, random_state=1)
        self._ratios: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    def fit(self, reviews: Sequence[str], labels: Labels) -> "NaiveBayesPhrases":
        """Fit the n-grams, their log-count ratios, and their weights."""
        present = self._phrases.fit_transform(reviews)
        positive = np.array(labels) == 1
        counts = [1 + np.asarray(present[rows].sum(0)).ravel() for rows in (positive, ~positive)]
        self._ratios = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
        self._regression.fit(present.multiply(self._ratios).tocsr(), labels)
        return self

    def predict(self, reviews: Sequence[str]) -> Verdicts:
        """Return 1 or 0 for each review."""
        verdicts: Verdicts = self._regression.predict(self._phrases.transform(reviews).multiply(self._ratios).tocsr())
        return verdicts


class FastText:
    """fastText's classifier: the mean of trained vectors of words and bigrams (Joulin et al. 2016)."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._model: Any = None

    def fit(self, reviews: Sequence[str], labels: Labels) -> "FastText":
        """Train on one thread, which makes the result deterministic.

        fastText reads the lines in order: with all negative reviews first, it ends up calling everything positive.
        """
        import fasttext

        lines = [f"__label__{label} {_line(review)}\n" for review, label in zip(reviews, labels, strict=True)]
        random.Random(_SEED).shuffle(lines)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
            file.writelines(lines)
            file.flush()
            self._model = fasttext.train_supervised(file.name, thread=1, verbose=0, **self._settings)
        return self

    def predict(self, reviews: Sequence[str]) -> Verdicts:
        """Return 1 or 0 for each review."""
        labels, _ = self._model.predict([_line(review) for review in reviews])
        return np.array([label == "__label__1" for (label,) in labels], dtype=np.int64)


def _line(review: str) -> str:
    """Return a review in fastText's input format: one lower-case line with words separated by spaces."""
    return " ".join(_WORD.findall(clean(review).lower()))


def vader() -> Classifier:
    """Return VADER (Hutto and Gilbert 2014)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return Lexicon(lambda text: analyzer.polarity_scores(text)["compound"])


def textblob() -> Classifier:
    """Return TextBlob's default analyzer, the lexicon of the package Pattern."""
    from textblob import TextBlob

    return Lexicon(lambda text: TextBlob(text).sentiment.polarity)


def tf_idf(longest: int, minimum_reviews: int, c: float) -> Classifier:
    """Return logistic regression on the TF-IDF of n-grams of up to `longest` words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    phrases = TfidfVectorizer(
        preprocessor=lambda review: clean(review).lower(),
        ngram_range=(1, longest),
        min_df=minimum_reviews,
        sublinear_tf=True,
        dtype=np.float32,
    )
    made: Classifier = make_pipeline(phrases, LogisticRegression(C=c, solver="liblinear", random_state=1))
    return made


def boosted_trees(words: int, **settings: Any) -> Classifier:
    """Return gradient-boosted trees on the counts of the most frequent `words` of the tutorials' text."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.pipeline import make_pipeline
    from xgboost import XGBClassifier

    bag = CountVectorizer(
        preprocessor=clean,
        tokenizer=tokenizer("classic").tokens,
        token_pattern=None,
        lowercase=False,
        max_features=words,
        dtype=np.float32,
    )
    made: Classifier = make_pipeline(bag, XGBClassifier(tree_method="hist", n_jobs=1, random_state=1, **settings))
    return made


COMPARATORS: dict[str, Comparator] = {
    "vader": Comparator("VADER", vader, {}, ("vaderSentiment",)),
    "textblob": Comparator("TextBlob", textblob, {}, ("textblob",)),
    "xgboost": Comparator(
        "XGBoost on the bag of words",
        boosted_trees,
        # The settings of the tutorial that precedes the LSTM one, without early stopping because nothing is held out.
        {
            "words": 5_000,
            "n_estimators": 500,
            "max_depth": 5,
            "learning_rate": 0.2,
            "gamma": 4,
            "min_child_weight": 6,
            "subsample": 0.8,
        },
        ("xgboost", "scikit-learn", "nltk"),
    ),
    "tf-idf": Comparator(
        "TF-IDF of 1–2 words + logistic regression",
        tf_idf,
        {"longest": 2, "minimum_reviews": 2, "c": 10.0},
        ("scikit-learn",),
    ),
    "fasttext": Comparator(
        "fastText, 1–2 words",
        FastText,
        {"wordNgrams": 2, "epoch": 5, "lr": 0.5, "dim": 50, "minCount": 2, "bucket": 500_000},
        ("fasttext-community",),
    ),
    "naive-bayes": Comparator(
        "naive-Bayes-weighted 1–3 words + logistic regression",
        NaiveBayesPhrases,
        {"longest": 3, "minimum_reviews": 2, "most": 800_000, "c": 0.1},
        ("scikit-learn",),
    ),
}


def main() -> int:
    """Parse the arguments, evaluate one model after another, and print the path of each result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(COMPARATORS)} (all)")
    parser.add_argument("--data", type=Path, help="the IMDb archive or its directory (default: found automatically)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of the results (docs/results)")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - set(COMPARATORS)):
        parser.error(f"there is no {', '.join(unknown)}; choose from {', '.join(COMPARATORS)}")
    data = arguments.data or find_imdb()
    if data is None:
        raise DataError("The IMDb archive is not here; get it with scripts/get_imdb.py, or give --data PATH.")
    dataset = datasets.load(data)
    if not dataset.test:
        raise DataError(f"{data} has no test part; give the IMDb archive.")
    for name in arguments.names or COMPARATORS:
        result = _measured(name, dataset)
        path = results.write(arguments.results, f"comparator-{name}", result)
        print(f"{COMPARATORS[name].title}: test accuracy {result['accuracy']:.4f}, stored in {path}.", flush=True)
    return 0


def _measured(name: str, dataset: Dataset) -> results.Result:
    """Evaluate a comparator; its seconds are processor time, which depends less on the load of the machine."""
    comparator = COMPARATORS[name]
    classifier = comparator.make(**comparator.settings)
    started = time.process_time()
    classifier.fit([one.review for one in dataset.train], [one.label for one in dataset.train])
    learnt = time.process_time()
    verdicts = classifier.predict([one.review for one in dataset.test])
    scored = time.process_time()
    right = sum(int(verdict) == one.label for verdict, one in zip(verdicts, dataset.test, strict=True))
    return {
        "name": name,
        "accuracy": right / len(dataset.test),
        "n": len(dataset.test),
        "train": len(dataset.train),
        "seconds": {"train": round(learnt - started, 1), "score": round(scored - learnt, 1)},
        "settings": comparator.settings,
        "versions": results.versions(comparator.packages),
        "data": {"name": dataset.name, "digest": dataset.digest},
    }


if __name__ == "__main__":
    run(main)
