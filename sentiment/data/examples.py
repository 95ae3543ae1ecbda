"""Training data: a review with its label, a data set, and a split that keeps related reviews on one side."""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sentiment.errors import DataError
from sentiment.wording import percent

POSITIVE, NEGATIVE = 1, 0
CLASS_NAMES = {NEGATIVE: "negative", POSITIVE: "positive"}


@dataclass(frozen=True, slots=True)
class Example:
    """A review with its label.

    `review` is the raw text without surrounding white space, `label` 1 for positive and 0 for negative, `stars` the
    rating on the ten-star scale or None, and `group` what the review is about (for a film, the IMDb title id), "" if
    unknown.
    """

    review: str
    label: int
    stars: float | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A review without a label; `review` and `group` are those of an `Example`."""

    review: str
    group: str = ""


@dataclass(frozen=True)
class Dataset:
    """Reviews to train on and reviews to test on.

    `test` is never used to choose a model and may be empty. `digest` is the SHA-256, 64 hex digits, of the labelled
    reviews themselves: the same data has the same digest packed, unpacked or reordered, and a table read with another
    label mapping has a different one. `notes` are plain sentences for the report card: what was dropped, what is
    unknown.
    """

    train: list[Example]
    test: list[Example]
    name: str
    notes: list[str] = field(default_factory=list)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", _digest(self.train, self.test))

    @property
    def digest_of_all(self) -> str:
        """The digest of the same reviews with none held out, as when a model is fine-tuned on all of them."""
        return _digest([*self.train, *self.test], [])


def split(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Split the examples into the rest and about `share` (between 0 and 1) of each label, in this order.

    Reviews of one group, and reviews with the same text, are never on both sides: with a random split of IMDb, accuracy
    is about a point too high because the model recognises the film. A review without a group is independent of the
    others. The result depends on the examples and `seed`, not on their order. Raises DataError if the groups are so
    large that a side would lack a label.
    """
    if not 0 < share < 1:
        raise ValueError(f"The share to split off is {share}; it must lie between 0 and 1.")
    clusters = _clusters(examples)
    random.Random(seed).shuffle(clusters)
    counts = Counter(example.label for example in examples)
    chosen = _chosen(clusters, {label: share * count for label, count in counts.items()})
    split_off = [example for number in chosen for example in clusters[number]]
    kept = [example for number in range(len(clusters)) if number not in chosen for example in clusters[number]]
    _refuse_one_sided(kept, split_off, set(counts), share)
    return sorted(kept, key=_order), sorted(split_off, key=_order)


def _chosen(clusters: list[list[Example]], missing: dict[int, float]) -> set[int]:
    """Return indices of clusters that together hold the wanted count of each label.

    First those that fit are taken, then any that bring the counts closer: doing the second at once would let the label
    that is filled first overshoot while the other is being filled.
    """
    labels = [Counter(example.label for example in cluster) for cluster in clusters]
    chosen: set[int] = set()
    for may_run_over in (False, True):
        for number in sorted(set(range(len(clusters))) - chosen):
            then = {label: wanted - labels[number][label] for label, wanted in missing.items()}
            nearer = sum(map(abs, then.values())) < sum(map(abs, missing.values()))
            if nearer and (may_run_over or min(then.values()) >= 0):
                chosen.add(number)
                missing = then
    return chosen


def _clusters(examples: Sequence[Example]) -> list[list[Example]]:
    """Group examples that must stay together: linked by a group, by a text, or by a chain of both (union-find)."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        parents.setdefault(key, key)
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    ordered = sorted(examples, key=_order)
    for example in ordered:
        text = root(f"text {example.review.strip()}")
        if example.group:
            parents[root(f"group {example.group}")] = text
    clusters: defaultdict[str, list[Example]] = defaultdict(list)
    for example in ordered:
        clusters[root(f"text {example.review.strip()}")].append(example)
    return list(clusters.values())


def _refuse_one_sided(kept: list[Example], split_off: list[Example], labels: set[int], share: float) -> None:
    if any({example.label for example in side} != labels for side in (kept, split_off)):
        raise DataError(
            f"Of these {len(kept) + len(split_off):,} reviews, {percent(share)} cannot be held out with both labels on "
            "each side: too many are about the same thing. Give more reviews or another share."
        )


def _order(example: Example) -> tuple[str, int, str, float]:
    return example.review, example.label, example.group, example.stars or 0.0


def _digest(train: Sequence[Example], test: Sequence[Example]) -> str:
    content = hashlib.sha256()
    for name, part in (("train", train), ("test", test)):
        for example in sorted(part, key=_order):
            row = [name, example.review, example.label, example.stars, example.group]
            content.update(json.dumps(row).encode() + b"\n")
    return content.hexdigest()
