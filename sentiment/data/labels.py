"""Which values of a label column mean negative and positive: suggested from the values, confirmed by the user."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property

from sentiment.data.examples import NEGATIVE, POSITIVE
from sentiment.errors import DataError
from sentiment.prediction import NEGATIVE_STARS, POSITIVE_STARS

NEGATIVE_WORDS = frozenset({"negative", "neg", "very negative", "bad", "very bad", "no", "n", "false", "f"})
POSITIVE_WORDS = frozenset({"positive", "pos", "very positive", "good", "very good", "yes", "y", "true", "t"})
LEFT_OUT_WORDS = frozenset(
    {"", "neutral", "mixed", "uncertain", "unscored", "unknown", "na", "n/a", "nan", "none", "null"}
)
# Number codes in use that are not stars: plain binary, signed, Yelp and Amazon polarity, Sentiment140.
_NUMBER_CODES: tuple[tuple[set[str], set[str], set[str]], ...] = (
    ({"0"}, {"1"}, set()),
    ({"-1"}, {"1"}, {"0"}),
    ({"1"}, {"2"}, set()),
    ({"0"}, {"4"}, {"2"}),
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_MOST_VALUES = 200
_SHOWN_VALUES = 12
_STRAY_SHARE = 0.01


@dataclass(frozen=True)
class LabelMapping:
    """The meaning of each value of the label column `column`, as `normalised` writes values.

    `scale` is 5 or 10 when the values are stars out of that many, and None when they are not stars.
    A value in none of the three tuples is left out, too.
    """

    column: str
    negative: tuple[str, ...]
    positive: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    scale: int | None = None

    def __post_init__(self) -> None:
        for name in ("negative", "positive", "left_out"):
            object.__setattr__(self, name, tuple(normalised(value) for value in getattr(self, name)))
        if not (self.negative and self.positive):
            raise DataError("A label mapping needs at least one negative and one positive value.")
        if twice := {*self.negative} & {*self.positive} | {*self.left_out} & {*self.negative, *self.positive}:
            raise DataError(f"The label mapping gives two meanings to {_listed(sorted(twice))}; give each value one.")
        if self.scale not in (None, 5, 10):
            raise DataError(f"The label mapping has scale {self.scale}; stars are out of 5 or 10, or scale is null.")

    @cached_property
    def _labels(self) -> dict[str, int]:
        return dict.fromkeys(self.negative, NEGATIVE) | dict.fromkeys(self.positive, POSITIVE)

    def label(self, value: object) -> int | None:
        """1 when the value means positive, 0 when negative, None when it is left out."""
        return self._labels.get(normalised(value))

    def stars(self, value: object) -> float | None:
        """The value on the ten-star scale, or None when it is not stars."""
        number = _number(normalised(value))
        return None if self.scale is None or number is None else number * 10 / self.scale

    def to_json(self) -> str:
        """One line of JSON, as `--label-mapping` takes it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "LabelMapping":
        """Read what `to_json` wrote or a user typed; left_out and scale may be missing. Raises DataError."""
        example = '{"column": "grade", "negative": ["D"], "positive": ["A", "B"], "left_out": ["C"]}'
        try:
            values = json.loads(text)
            if not isinstance(values, dict) or not values.keys() <= {field.name for field in fields(cls)}:
                raise ValueError
            lists = {name: _strings(values[name]) for name in ("negative", "positive", "left_out") if name in values}
            return cls(**{**values, "column": str(values["column"]), **lists})
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"The label mapping is not written as expected; write it like {example}.") from error


def normalised(value: object) -> str:
    """The value as labels are compared: no outer spaces, case folded, 1.0 and +1 as "1", a missing value as ""."""
    text = "" if value is None else " ".join(str(value).split()).casefold()
    return f"{float(text.replace(',', '.')):.12g}" if _NUMBER.fullmatch(text) else text


def suggest_mapping(column: str, counts: Mapping[str, int]) -> LabelMapping:
    """Guess what the values of `column` mean from how often each (normalised) value occurs.

    Out of 10 stars, up to 4 is negative and from 7 positive, as in IMDb; out of 5, the same after doubling, so
    that 3 is left out.
    Raises DataError, listing the values with their counts, when the values do not say which is which.
    """
    if len(counts) > _MOST_VALUES:
        raise DataError(
            f'Column "{column}" has {len(counts):,} different values, so it does not hold labels; '
            "choose another label column."
        )
    told = {value: count for value, count in counts.items() if value not in LEFT_OUT_WORDS}
    mapping = _words(column, told, counts) or _codes(column, counts) or _stars(column, counts)
    if mapping is None and len(told.keys() - {""}) == 1:
        raise DataError(
            f'Column "{column}" holds one label only, {_listed(_commonest(counts))}: a model learns from negative '
            "reviews and from positive ones. Choose another label column, or another table."
        )
    if mapping is None:
        raise DataError(
            f'Which values of column "{column}" are negative and which positive? '
            f"It holds {_listed(_commonest(counts))}."
        )
    return mapping


def _words(column: str, told: Mapping[str, int], counts: Mapping[str, int]) -> LabelMapping | None:
    """A mapping of words, when nearly every value (all but a stray typing error) is a word for a class."""
    negative, positive = told.keys() & NEGATIVE_WORDS, told.keys() & POSITIVE_WORDS
    stray = sum(count for value, count in told.items() if value not in negative | positive)
    if not (negative and positive) or stray > _STRAY_SHARE * sum(told.values()):
        return None
    return _mapping(column, counts, negative, positive)


def _codes(column: str, counts: Mapping[str, int]) -> LabelMapping | None:
    """A mapping of number codes such as 0 and 1."""
    numbers = counts.keys() - LEFT_OUT_WORDS
    for negative, positive, between in _NUMBER_CODES:
        if negative | positive <= numbers <= negative | positive | between:
            return _mapping(column, counts, negative, positive)
    return None


def _stars(column: str, counts: Mapping[str, int]) -> LabelMapping | None:
    """A mapping of stars, when all values are numbers from 1 up to 5 or 10; a 0 beside a full scale means unrated."""
    stars = {value: _number(value) for value in counts.keys() - LEFT_OUT_WORDS - {"0"}}
    numbers = [number for number in stars.values() if number is not None]
    if not numbers or len(numbers) < len(stars) or min(numbers) < 1:
        return None
    scale = 5 if 3 < max(numbers) <= 5 else 10 if 8 < max(numbers) <= 10 else None
    if scale is None or ("0" in counts and max(numbers) < scale):
        return None
    tenths = {value: number * 10 / scale for value, number in stars.items() if number is not None}
    negative = {value for value, number in tenths.items() if number <= NEGATIVE_STARS}
    positive = {value for value, number in tenths.items() if number >= POSITIVE_STARS}
    return _mapping(column, counts, negative, positive, scale) if negative and positive else None


def _mapping(
    column: str, counts: Mapping[str, int], negative: set[str], positive: set[str], scale: int | None = None
) -> LabelMapping:
    left_out = counts.keys() - negative - positive
    negatives, positives, others = (tuple(sorted(part, key=_order)) for part in (negative, positive, left_out))
    return LabelMapping(column, negatives, positives, others, scale)


def _number(value: str) -> float | None:
    return float(value) if _NUMBER.fullmatch(value) else None


def _order(value: str) -> tuple[float, str]:
    number = _number(value)
    return (float("inf") if number is None else number, value)


def _strings(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError
    return tuple(str(value) for value in values)


def _commonest(counts: Mapping[str, int]) -> list[str]:
    shown = sorted(counts, key=lambda value: (-counts[value], value))[:_SHOWN_VALUES]
    more = [f"and {len(counts) - len(shown):,} more values"] if len(counts) > len(shown) else []
    return [f"{value or '(empty)'} ({counts[value]:,})" for value in shown] + more


def _listed(values: list[str]) -> str:
    return ", ".join(values)
