"""Training and evaluation data of the model: IMDb, and a folder of tables with one kind of goods each."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sentiment.data import datasets, review_folder
from sentiment.data.datasets import Dataset, Example, Unlabelled
from sentiment.data.review_folder import RatedReview
from sentiment.errors import DataError

_VALIDATION_SHARE = 0.1
_SEED = 1


@dataclass(frozen=True)
class ReviewKind:
    """The reviews of one kind: those to train on and those to evaluate on.

    A held-out kind has none to train on.
    """

    train: tuple[RatedReview, ...]
    validation: tuple[RatedReview, ...]


@dataclass(frozen=True)
class Corpus:
    """Films, split by film, their unlabelled reviews, and other kinds by name; `problems` states what was left out."""

    films: Dataset
    film_train: list[Example]
    film_validation: list[Example]
    film_unlabelled: list[Unlabelled]
    kinds: Mapping[str, ReviewKind]
    problems: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The SHA-256, 64 hex digits, of all labelled reviews and of the selection to train on."""
        content = hashlib.sha256(self.films.digest.encode())
        for name, kind in sorted(self.kinds.items()):
            for part in (kind.train, kind.validation):
                for one in sorted(part, key=lambda one: one.review):
                    content.update(f"{name} {one.label} {one.stars} {one.review}\n".encode())
                content.update(b"\0")
        return content.hexdigest()

    @property
    def met(self) -> dict[str, ReviewKind]:
        """The kinds to train on."""
        return {name: kind for name, kind in self.kinds.items() if kind.train}

    def whole(self) -> "Corpus":
        """Return the corpus with all rows of the held-out kinds moved to the training data."""
        kinds = {name: kind if kind.train else ReviewKind(kind.validation, ()) for name, kind in self.kinds.items()}
        return replace(self, kinds=kinds)

    @property
    def never_met(self) -> dict[str, ReviewKind]:
        """The kinds that are held out."""
        return {name: kind for name, kind in self.kinds.items() if not kind.train}


def load(archive: Path, folder: Path, held_out: Collection[str]) -> Corpus:
    """Read the IMDb archive and a folder of tables, holding out whole kinds and a tenth of the rows of the others.

    Raises:
        DataError: the archive or the folder cannot be read, or a kind to hold out does not exist.
    """
    films = datasets.load(archive)
    train, validation = datasets.split(films.train, _VALIDATION_SHARE, _SEED)
    found = review_folder.load(folder)
    if missing := sorted(set(held_out) - found.kinds.keys()):
        raise DataError(f"{folder} has no table {', '.join(missing)} to hold out; it has {', '.join(found.kinds)}.")
    kinds = {
        name: ReviewKind((), reviews) if name in held_out else _split(reviews) for name, reviews in found.kinds.items()
    }
    return Corpus(films, train, validation, datasets.unlabelled(archive), kinds, found.problems)


def _split(reviews: tuple[RatedReview, ...]) -> ReviewKind:
    """Split by a hash of the text, so that a review is on the same side whatever else its table holds."""
    apart = [_is_validation(one.review) for one in reviews]
    return ReviewKind(
        tuple(one for one, away in zip(reviews, apart, strict=True) if not away),
        tuple(one for one, away in zip(reviews, apart, strict=True) if away),
    )


def _is_validation(text: str) -> bool:
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4]) % round(1 / _VALIDATION_SHARE) == 0
