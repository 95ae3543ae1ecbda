"""Prepare the teacher's training data and the texts that it labels, as word pieces in one file.

That file is all that a machine with a GPU needs, and it holds no readable text. The teacher's predictions are stored in
another file, which goes back to the machine that has the texts.
"""

import math
import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.research.reviews import material, minilm
from scripts.research.reviews.corpus import Corpus, ReviewKind
from scripts.research.reviews.material import Amounts
from scripts.research.reviews.teacher import Labelled, Pieces
from sentiment.data.review_folder import RatedReview
from sentiment.errors import DataError
from sentiment.system.storage import written_whole
from sentiment.text.cleaning import clean
from sentiment.training.classifier import short_sentences

_PICTURE = re.compile("[\u2600-\u27bf\u2b50\U0001f300-\U0001f3fa\U0001f400-\U0001faff]")
# A film review states its verdict at the end; more pieces cost time and rarely change a prediction.
_LONGEST = 128
_SEED = 1
# At most this many reviews per kind and label, so that no kind dominates the others.
_MOST = {0.0: 1_000, 0.5: 250, 1.0: 800}
_MOST_FILMS = 4_000
_OWN_SENTENCES = 6_000
_NEUTRAL_SHARE = 0.5
# The largest weight of a review of a kind's rarer label.
_MOST_SHARE = 3.0


@dataclass(frozen=True)
class Lesson:
    """A training text for the teacher: its label from 0 to 1, its star level from 0 or -1, and its sample weight."""

    text: str
    label: float
    stars: int = -1
    share: float = 1.0


def labelled(corpus: Corpus) -> list[Lesson]:
    """Return the teacher's training data: films, the kinds not held out, balanced by kind, and our short sentences."""
    dice = random.Random(_SEED)
    lessons = [lesson for kind in corpus.met.values() for lesson in _balanced(_by_label(kind), dict(_MOST), dice)]
    films = [Lesson(one.review, float(one.label), math.ceil((one.stars or 1) / 2) - 1) for one in corpus.film_train]
    lessons += _balanced(films, dict.fromkeys(_MOST, _MOST_FILMS), dice)
    lessons += [Lesson(text, label) for text, label in short_sentences.sentences(_OWN_SENTENCES, _SEED)]
    return lessons


def unjudged(corpus: Corpus, amounts: Amounts) -> list[str]:
    """Return the texts for the teacher to label, without duplicates and without held-out kinds."""
    dice = random.Random(_SEED)
    texts = [one.review for kind in corpus.met.values() for one in kind.train]
    for kind in corpus.met.values():
        texts += material.of_kind([one.review for one in kind.train], amounts, dice)
    texts += material.of_films([one.review for one in corpus.film_unlabelled], amounts, dice)
    return list(dict.fromkeys(texts))


def as_labelled(learnt: Sequence[Lesson]) -> Labelled:
    """Return lessons in the teacher's input format.

    Raises:
        ConfigError: the teacher is not installed.
    """
    return Labelled(
        pieces([one.text for one in learnt]),
        np.array([one.label for one in learnt], np.float32),
        np.array([one.stars for one in learnt], np.int64),
        np.array([one.share for one in learnt], np.float32),
    )


def pieces(texts: Sequence[str]) -> list[Pieces]:
    """Return the word pieces of texts, truncated to the teacher's maximum length.

    Raises:
        ConfigError: the teacher is not installed.
    """
    return minilm.word_pieces([_plain(text) for text in texts], _LONGEST)


def _plain(text: str) -> str:
    """Return a text without markup and with emoji replaced by their names: the teacher's word pieces have none."""
    return _PICTURE.sub(lambda picture: f" {unicodedata.name(picture[0], '').lower()} ", clean(text))


def save(path: Path, learnt: Sequence[Lesson], texts: Sequence[str]) -> None:
    """Write the word pieces of the training data and of the texts to label.

    Raises:
        ConfigError: the teacher is not installed.
    """
    lessons = as_labelled(learnt)
    with written_whole(path) as temporary, temporary.open("wb") as file:
        arrays: dict[str, Any] = {"labels": lessons.labels, "stars": lessons.stars, "shares": lessons.shares}
        arrays |= _packed("learnt", lessons.pieces) | _packed("judged", pieces(texts))
        np.savez_compressed(file, **arrays)


def load(path: Path) -> tuple[Labelled, list[Pieces]]:
    """Load what `save` wrote: the teacher's training data and the texts for it to label.

    Raises:
        DataError: the file does not exist or was not written by `save`.
    """
    try:
        with np.load(path) as stored:
            arrays = dict(stored)
        learnt = Labelled(_unpacked("learnt", arrays), arrays["labels"], arrays["stars"], arrays["shares"])
        return learnt, _unpacked("judged", arrays)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read as word pieces for the teacher: {error}.") from error


def _by_label(kind: ReviewKind) -> list[Lesson]:
    return [Lesson(one.review, 0.5 if one.label is None else float(one.label), _level(one)) for one in kind.train]


def _level(one: RatedReview) -> int:
    """Return the star level from 0; neutral reviews get the middle level."""
    if one.stars is None:
        return -1
    return 2 if one.label is None else min(max(math.floor(one.stars + 0.5), 1), minilm.STAR_LEVELS) - 1


def _balanced(lessons: Sequence[Lesson], most: dict[float, int], dice: random.Random) -> list[Lesson]:
    """Return at most `most` lessons per label, with larger weights for those of the rarer label."""
    groups = {label: [one for one in lessons if one.label == label] for label in most}
    chosen = {label: dice.sample(own, min(most[label], len(own))) for label, own in groups.items()}
    larger = max(len(chosen[0.0]), len(chosen[1.0]))
    return [
        Lesson(one.text, one.label, one.stars, _share(label, len(own), larger))
        for label, own in chosen.items()
        for one in own
    ]


def _share(label: float, count: int, larger: int) -> float:
    return _NEUTRAL_SHARE if label == 0.5 else min(_MOST_SHARE, max(1.0, 0.6 * larger / count))


def _packed(name: str, pieces: Sequence[Pieces]) -> dict[str, NDArray[np.generic]]:
    ends = np.cumsum([0, *map(len, pieces)])
    return {f"{name}_ids": np.array([one for own in pieces for one in own], np.uint16), f"{name}_ends": ends}


def _unpacked(name: str, arrays: dict[str, NDArray[np.generic]]) -> list[Pieces]:
    ids = arrays[f"{name}_ids"].tolist()
    return [ids[start:end] for start, end in pairwise(arrays[f"{name}_ends"].tolist())]
