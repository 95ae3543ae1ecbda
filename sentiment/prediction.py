"""What a bundle says of one review: the record that every scorer returns and every table gains, and its spellings."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, get_args, runtime_checkable

Sentiment = Literal["positive", "negative", "uncertain", "unscored"]
Flag = Literal["empty", "short", "truncated", "unknown_words", "not_english", "duplicate"]
SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)
FLAGS: tuple[Flag, ...] = get_args(Flag)
# IMDb's reviews have up to four of ten stars when they are negative, and from seven on when they are positive.
NEGATIVE_STARS, POSITIVE_STARS = 4, 7


@dataclass(frozen=True, slots=True)
class Prediction:
    """One review's verdict.

    `probability` is the calibrated probability of positive, 0 to 1, and `rating` the expected
    stars on the scale that the bundle has learnt (`star_scale` in its config). Both are None when the review is
    unscored, and `rating` also when the bundle has not learnt stars. `unknown_share` is the share, 0 to 1, of the
    tokens read that are not in the vocabulary.
    """

    sentiment: Sentiment
    probability: float | None
    rating: float | None
    tokens_read: int
    tokens_total: int
    unknown_share: float
    flags: tuple[Flag, ...] = ()

    def __reduce__(self) -> tuple[type["Prediction"], tuple[Any, ...]]:
        """Pickle it as a call with its fields; the default of a frozen dataclass takes several times as long."""
        p = self
        return Prediction, (
            p.sentiment,
            p.probability,
            p.rating,
            p.tokens_read,
            p.tokens_total,
            p.unknown_share,
            p.flags,
        )


PREDICTION_COLUMNS = ("sentiment", "probability", "rating", "tokens_read", "tokens_total", "unknown_share", "flags")


class Scorer(Protocol):
    """Anything that turns reviews into predictions: a bundle here, an endpoint, a public API.

    `fingerprint` (64 hex digits) stands for the model: equal ones score equally.
    """

    @property
    def name(self) -> str:
        """What the model is called."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the model."""

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """One prediction a review, in their order."""


@runtime_checkable
class EarlyScorer(Scorer, Protocol):
    """A scorer that can also begin with reviews whose predictions are wanted later.

    `workers` is how many it has at work at once.
    """

    @property
    def workers(self) -> int:
        """How many pieces of reviews are scored at the same time."""

    def begin(self, reviews: Sequence[str]) -> Callable[[], list[Prediction]]:
        """Begin to score; what is returned waits for one prediction per review, in their order."""


def joined_flags(flags: Iterable[Flag]) -> str:
    """Return the flags as a cell holds them, joined by semicolons."""
    return ";".join(flags)


def split_flags(text: str) -> tuple[Flag, ...]:
    """Return the flags of a cell that `joined_flags` has written; words that are no flag are left out."""
    return tuple(flag for word in text.split(";") for flag in FLAGS if flag == word)


def flag_bits(flags: Iterable[Flag]) -> int:
    """Return the flags as a number with one bit for each of FLAGS, the first the lowest."""
    return sum(1 << FLAGS.index(flag) for flag in flags)


def flags_of(bits: int) -> tuple[Flag, ...]:
    """Return the flags that `flag_bits` has written, in the order of FLAGS."""
    return _FLAG_SETS[bits]


def fields(prediction: Prediction) -> dict[str, Any]:
    """Return the prediction as plain values, its flags joined by ";"; numbers are not rounded."""
    return {**asdict(prediction), "flags": joined_flags(prediction.flags)}


def from_json_lines(body: bytes) -> list[Prediction]:
    """Return the predictions of a body of JSON Lines, one a line, as exact as they were written.

    Raises:
        ValueError: the body is not that, or breaks off.
    """
    text = body.decode("utf-8")
    if text and not text.endswith("\n"):
        raise ValueError("the last line breaks off")
    # Not splitlines(): JSON strings may hold characters that Python takes for a line end.
    return [from_fields(json.loads(line)) for line in text.split("\n")[:-1]]


def from_fields(values: Mapping[str, Any]) -> Prediction:
    """Return the prediction whose `fields` these are.

    Raises:
        ValueError: they are not a prediction's.
    """
    try:
        flags = split_flags(values["flags"])
        if values["sentiment"] not in SENTIMENTS or joined_flags(flags) != values["flags"]:
            raise ValueError("the sentiment or a flag is not known")
        return Prediction(
            sentiment=values["sentiment"],
            probability=_number(values["probability"]),
            rating=_number(values["rating"]),
            tokens_read=int(values["tokens_read"]),
            tokens_total=int(values["tokens_total"]),
            unknown_share=float(values["unknown_share"]),
            flags=flags,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("these are not the fields of a prediction") from error


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


_FLAG_SETS = [tuple(flag for bit, flag in enumerate(FLAGS) if bits >> bit & 1) for bits in range(1 << len(FLAGS))]
