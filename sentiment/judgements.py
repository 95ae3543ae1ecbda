"""What teachers think of reviews, in a directory: a probability of positive by the text of each review."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import DataError
from sentiment.storage import written_whole

FILE = "judgements.npz"


def are_in(directory: Path) -> bool:
    """Whether judgements were saved there."""
    return (directory / FILE).is_file()


def save(directory: Path, reviews: Sequence[str], probabilities: NDArray[np.float32], maker: str) -> None:
    """Save the probabilities of positive (reviews,) of reviews, and in words their `maker`."""
    with written_whole(directory / FILE) as temporary, temporary.open("wb") as file:
        np.savez(file, texts=_digests(reviews), probabilities=probabilities, made_by=np.array(maker))


def made_by(directory: Path) -> str:
    """Return in words what the judgements there were made by.

    Raises:
        DataError: the file is damaged.
    """
    return str(_read(directory)["made_by"])


def load(directory: Path, reviews: Sequence[str]) -> NDArray[np.float32]:
    """Return the probability of positive (reviews,) of each of these reviews.

    Raises:
        DataError: the file is damaged, or a review is not among those that were judged.
    """
    found = _read(directory)
    known = dict(zip(found["texts"].tolist(), found["probabilities"].tolist(), strict=True))
    wanted = _digests(reviews).tolist()
    if missing := sum(text not in known for text in wanted):
        raise DataError(
            f"{directory / FILE} judges other reviews: {missing:,} of these {len(wanted):,} are not in it. "
            "Give the data that it was made from."
        )
    return np.array([known[text] for text in wanted], dtype=np.float32)


def _read(directory: Path) -> dict[str, NDArray[np.generic]]:
    path = directory / FILE
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in ("texts", "probabilities", "made_by")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read ({error}); delete it and make it again.") from error


def _digests(reviews: Sequence[str]) -> NDArray[np.generic]:
    """Return a fingerprint of each text: what texts say is nobody's business who has the file."""
    return np.array([hashlib.blake2b(review.encode(), digest_size=16).hexdigest() for review in reviews], dtype="S32")
