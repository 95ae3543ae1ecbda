"""The prediction for one review: the record that every scorer returns and every scored table has, and its formats."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, get_args, runtime_checkable

Sentiment = Literal["positive", "negative", "uncertain", "unscored"]
Flag = Literal["empty", "short", "truncated", "unknown_words", "not_english", "duplicate"]
SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)
FLAGS: tuple[Flag, ...] = get_args(Flag)
# IMDb's negative reviews have at most four of ten stars, and its positive ones at least seven.
NEGATIVE_STARS, POSITIVE_STARS = 4, 7


@dataclass(frozen=True, slots=True)
class Prediction:
    """One review's verdict.

    `probability` is the calibrated probability of positive, 0 to 1, and `rating` the expected stars on the scale that
    the bundle was trained on (`star_scale` in its config). Both are None when the review is unscored, and `rating` also
    if the bundle was not trained on stars. `unknown_share` is the share, 0 to 1, of the tokens read that are not in the
    vocabulary.
    """

    sentiment: Sentiment
    probability: float | None
    rating: float | None
    tokens_read: int
    tokens_total: int
    unknown_share: float
    flags: tuple[Flag, ...] = ()

    def __reduce__(self) -> tuple[type["Prediction"], tuple[Any, ...]]:
        """Pickle as a call with its fields; the default for frozen dataclasses takes several times as long."""
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
    """Anything that returns predictions for reviews: a local bundle, an endpoint, a public API.

    `fingerprint` (64 hex digits) identifies the model: scorers with equal fingerprints score equally.
    """

    @property
    def name(self) -> str:
        """The display name of the model."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the model."""

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return one prediction per review, in order."""


@runtime_checkable
class EarlyScorer(Scorer, Protocol):
    """A scorer that can also start on reviews whose predictions are needed later.

    `workers` is the number of its parallel workers.
    """

    @property
    def workers(self) -> int:
        """The number of pieces of reviews scored in parallel."""

    def begin(self, reviews: Sequence[str]) -> Callable[[], list[Prediction]]:
        """Start scoring; the returned function waits for one prediction per review, in order."""


def joined_flags(flags: Iterable[Flag]) -> str:
    """Return the flags as the text of a cell, joined by semicolons."""
    return ";".join(flags)


def split_flags(text: str) -> tuple[Flag, ...]:
    """Return the flags of a cell written by `joined_flags`, ignoring unknown words."""
    return tuple(flag for word in text.split(";") for flag in FLAGS if flag == word)


def flag_bits(flags: Iterable[Flag]) -> int:
    """Return the flags as an integer with one bit for each of FLAGS, the first being the lowest."""
    return sum(1 << FLAGS.index(flag) for flag in flags)


def flags_of(bits: int) -> tuple[Flag, ...]:
    """Return the flags of an integer from `flag_bits`, in the order of FLAGS."""
    return _FLAG_SETS[bits]


def fields(prediction: Prediction) -> dict[str, Any]:
    """Return the prediction as plain values, its flags joined by ";", with numbers not rounded."""
    return {**asdict(prediction), "flags": joined_flags(prediction.flags)}


def from_json_lines(body: bytes) -> list[Prediction]:
    """Return the predictions of a JSON Lines body, one per line, with full precision.

    Raises:
        ValueError: the body is not valid, or is truncated.
    """
    text = body.decode("utf-8")
    if text and not text.endswith("\n"):
        raise ValueError("the last line breaks off")
    # Not splitlines(): JSON strings may contain characters that Python treats as line boundaries.
    return [from_fields(json.loads(line)) for line in text.split("\n")[:-1]]


def from_fields(values: Mapping[str, Any]) -> Prediction:
    """Return the prediction with these `fields`.

    Raises:
        ValueError: they are not the fields of a prediction.
    """
    try:
        flags = split_flags(values["flags"])
        if values["sentiment"] not in SENTIMENTS or joined_flags(flags) != values["flags"]:
            raise ValueError("the sentiment or a flag is not known")
        if (values["sentiment"] == "unscored") != (values["probability"] is None):
            raise ValueError("only an unscored review has no probability")
        return Prediction(
            sentiment=values["sentiment"],
            probability=_number(values["probability"], 1),
            rating=_number(values["rating"], _MOST_STARS),
            tokens_read=int(_between(values["tokens_read"], _MOST_TOKENS)),
            tokens_total=int(_between(values["tokens_total"], _MOST_TOKENS)),
            unknown_share=_between(values["unknown_share"], 1),
            flags=flags,
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError("these are not the fields of a prediction") from error


def _number(value: Any, most: float) -> float | None:
    return None if value is None else _between(value, most)


def _between(value: Any, most: float) -> float:
    number = float(value)
    if not 0 <= number <= most:
        raise ValueError(f"{number} is not between 0 and {most}")
    return number


_MOST_STARS, _MOST_TOKENS = 100_000, 2**31
_FLAG_SETS = [tuple(flag for bit, flag in enumerate(FLAGS) if bits >> bit & 1) for bits in range(1 << len(FLAGS))]
