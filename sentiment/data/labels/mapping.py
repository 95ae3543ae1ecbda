"""Which values of a label column mean negative and positive: suggested from the values, confirmed by the user."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property

from sentiment.data.examples import NEGATIVE, POSITIVE
from sentiment.data.labels.values import normalised, number, own_scale, tenths
from sentiment.data.labels.words import is_left_out, word_label
from sentiment.errors import DataError
from sentiment.prediction import NEGATIVE_STARS, POSITIVE_STARS
from sentiment.tables.columns import words_of

# Number codes in use that are not stars: plain binary, signed, Yelp and Amazon polarity, Sentiment140, signs.
_NUMBER_CODES: tuple[tuple[set[str], set[str], set[str]], ...] = (
    ({"0"}, {"1"}, set()),
    ({"-1"}, {"1"}, {"0"}),
    ({"1"}, {"2"}, set()),
    ({"0"}, {"4"}, {"2"}),
    ({"-"}, {"+"}, {"0"}),
    ({"-2", "-1"}, {"1", "2"}, {"0"}),
)
_MOST_VALUES = 200
_SHOWN_VALUES = 12
_STRAY_SHARE = 0.01
_ROWS_WITH_STRAY = 50
_LEAST_STARS = 0.5
_FEWEST_SIGNED, _HIGHEST_SIGNED, _NEAR_ZERO = 3, 10, 0.1
_NAMES_OF_LIKELIHOOD = frozenset(("nps", "likely", "likelihood", "promoter"))
# Columns that say whether something was wrong, or that hold marks of which 1 is the best.
_NAMES_OF_FAULTS = frozenset(("negative", "complaint", "complaints", "unhappy", "dissatisfied", "problem", "toxic"))
_NAMES_OF_MARKS = frozenset(("schulnote", "schulnoten"))
_MOST_OF_DETRACTORS, _LEAST_OF_PROMOTERS = 6, 9
_YES_AND_NO = frozenset(("0", "1", "yes", "no", "y", "n", "true", "false", "t", "f"))
_EXAMPLE = '{"column": "grade", "negative": ["D"], "positive": ["A", "B"], "left_out": ["C"]}'


@dataclass(frozen=True)
class LabelMapping:
    """The meaning of each value of the label column `column`, with values as written by `normalised`.

    `scale` is 5 or 10 if the values are stars out of that many, and None if they are not stars; a value that states its
    own maximum, such as "4/7", is read relative to that. Values in none of the three tuples are left out, too.
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
        """Return 1 if the value means positive, 0 if negative, None if it is left out."""
        return self._labels.get(normalised(value))

    def stars(self, value: object) -> float | None:
        """Return the value on the ten-star scale, or None if it is not a number of stars."""
        return None if self.scale is None else tenths(normalised(value), self.scale)

    def to_json(self) -> str:
        """Return the mapping as one line of JSON, as accepted by `--label-mapping`."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def add_flags(parser: argparse.ArgumentParser) -> None:
        """Add the command-line options for the label column and for the mapping of its values."""
        parser.add_argument(
            "--label-column", metavar="NAME", help="column with the labels of a table (default: detected)"
        )
        parser.add_argument(
            "--label-mapping",
            metavar="JSON",
            help=f"which of its values are negative and which positive, such as {_EXAMPLE} (default: detected)",
        )

    @classmethod
    def from_json(cls, text: str) -> "LabelMapping":
        """Parse JSON from `to_json` or typed by a user; left_out and scale may be missing. Raises DataError."""
        try:
            values = json.loads(text)
            if not isinstance(values, dict) or not values.keys() <= {field.name for field in fields(cls)}:
                raise ValueError
            lists = {name: _strings(values[name]) for name in ("negative", "positive", "left_out") if name in values}
            return cls(**{**values, "column": str(values["column"]), **lists})
        except (ValueError, RecursionError, TypeError, KeyError) as error:
            raise DataError(f"The label mapping is not written as expected; write it like {_EXAMPLE}.") from error


def suggest_mapping(column: str, counts: Mapping[str, int], *, one_class: bool = False) -> LabelMapping:
    """Guess what the values of `column` mean from the frequency of each (normalised) value.

    Out of 10 stars, up to 4 is negative and from 7 on positive, as in IMDb; ratings out of 5 are doubled first, so that
    3 is left out. With `one_class`, labels of a single class are enough. Raises DataError, listing the values with
    their counts, if the values do not show which is which.
    """
    kept = _without_strays(counts)
    telling = {value: count for value, count in kept.items() if not is_left_out(value)}
    ways = (_words, _codes, _likelihoods, _signed, _stars)
    is_reversed = _is_reversed(column, telling)
    mapping = None if is_reversed else next((found for way in ways if (found := way(column, telling, counts))), None)
    if mapping is None and one_class and not is_reversed:
        mapping = _single(column, telling, counts)
    if mapping is None and len(counts) > _MOST_VALUES:
        raise DataError(
            f'Column "{column}" has {len(counts):,} different values, so it does not hold labels; '
            "choose another label column."
        )
    if mapping is None and len([value for value in counts if not is_left_out(value)]) == 1:
        raise DataError(
            f'Column "{column}" holds one label only, {_listed(_commonest(counts))}: a model needs '
            "both negative and positive reviews. Choose another label column, or another table."
        )
    if mapping is None:
        raise DataError(
            f'Which values of column "{column}" are negative and which positive? It holds '
            f"{_listed(_commonest(counts))}. On the command line, give --label-mapping with a value such as "
            f"{_example(column, counts, is_reversed)}."
        )
    return mapping


def _is_reversed(column: str, telling: Mapping[str, int]) -> bool:
    """Return whether the column's name says that its yes, its 1 or its greatest number is the negative value."""
    words = set(words_of(column).split())
    if words & _NAMES_OF_MARKS:
        return all(number(value) is not None for value in telling)
    return bool(words & _NAMES_OF_FAULTS) and telling.keys() <= _YES_AND_NO


def _without_strays(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the values without typing errors: the rarest ones, up to 1 % of the rows in total, or one row."""
    rows = sum(counts.values())
    allowed = max(_STRAY_SHARE * rows, 1 if rows >= _ROWS_WITH_STRAY else 0)
    kept = dict(counts)
    for value in sorted(counts, key=lambda value: counts[value]):
        allowed -= counts[value]
        if allowed < 0 or len(kept) <= 2:
            return kept
        if word_label(value) is None and not is_left_out(value) and not _is_usual_star(value):
            del kept[value]
    return kept


def _is_usual_star(value: str) -> bool:
    """Whether a value is a multiple of a half up to 10, or states its own maximum: stars can be rare, too."""
    amount = number(value)
    return own_scale(value) is not None or (amount is not None and -1 <= amount <= 10 and (2 * amount).is_integer())


def _words(column: str, telling: Mapping[str, int], counts: Mapping[str, int]) -> LabelMapping | None:
    """Return a mapping of words if nearly all values (except typing errors) are words for a class."""
    negative, positive = _words_of(telling, NEGATIVE), _words_of(telling, POSITIVE)
    stray = sum(count for value, count in telling.items() if value not in negative | positive)
    if not (negative and positive) or stray > _STRAY_SHARE * sum(telling.values()):
        return None
    return _mapping(column, counts, negative, positive)


def _words_of(telling: Mapping[str, int], label: int) -> set[str]:
    return {value for value in telling if word_label(value) == label}


def _likelihoods(column: str, telling: Mapping[str, int], counts: Mapping[str, int]) -> LabelMapping | None:
    """Return a mapping of answers from 0 to 10 on how likely somebody is to recommend: 9 and 10 are promoters."""
    if not _NAMES_OF_LIKELIHOOD & set(words_of(column).split()):
        return None
    amounts = {value: amount for value in telling if (amount := number(value)) is not None and own_scale(value) is None}
    is_scale = len(amounts) == len(telling) > 0 and min(amounts.values()) >= 0 and 5 < max(amounts.values()) <= 10
    negative = {value for value, amount in amounts.items() if amount <= _MOST_OF_DETRACTORS}
    positive = {value for value, amount in amounts.items() if amount >= _LEAST_OF_PROMOTERS}
    return _mapping(column, counts, negative, positive, 10) if is_scale and negative and positive else None


def _codes(column: str, telling: Mapping[str, int], counts: Mapping[str, int]) -> LabelMapping | None:
    """Return a mapping of number codes such as 0 and 1."""
    for negative, positive, between in _NUMBER_CODES:
        if negative | positive <= telling.keys() <= negative | positive | between:
            return _mapping(column, counts, negative, positive)
    return None


def _signed(column: str, telling: Mapping[str, int], counts: Mapping[str, int]) -> LabelMapping | None:
    """Return a mapping of numbers from minus to plus the same amount, such as -1 to 1; those near 0 are left out."""
    amounts = {value: amount for value in telling if (amount := number(value)) is not None and own_scale(value) is None}
    if len(amounts) < len(telling) or len(amounts) < _FEWEST_SIGNED or len(amounts) > _MOST_VALUES:
        return None
    lowest, highest = min(amounts.values()), max(amounts.values())
    if lowest != -highest or not 0 < highest <= _HIGHEST_SIGNED:
        return None
    negative = {value for value, amount in amounts.items() if amount < -_NEAR_ZERO * highest}
    positive = {value for value, amount in amounts.items() if amount > _NEAR_ZERO * highest}
    return _mapping(column, counts, negative, positive)


def _stars(column: str, telling: Mapping[str, int], counts: Mapping[str, int]) -> LabelMapping | None:
    """Return a mapping of stars out of 5, 10 or each value's own maximum; a 0 next to a full scale means unrated."""
    rated = telling.keys() - {"0"}
    amounts = [amount for value in rated if own_scale(value) is None and (amount := number(value)) is not None]
    if not rated or any(number(value) is None for value in rated) or min(amounts, default=1) < _LEAST_STARS:
        return None
    top = max(amounts, default=0)
    scale = 5 if 3 < top <= 5 else 10 if 8 < top <= 10 or not amounts else None
    if scale is None or ("0" in telling and top < scale):
        return None
    ten = {value: stars for value in rated if (stars := tenths(value, scale)) is not None}
    negative = {value for value, stars in ten.items() if stars <= NEGATIVE_STARS}
    positive = {value for value, stars in ten.items() if stars >= POSITIVE_STARS}
    return _mapping(column, counts, negative, positive, scale) if negative and positive else None


def _single(column: str, telling: Mapping[str, int], counts: Mapping[str, int]) -> LabelMapping | None:
    """Return a mapping for labels of one class; the other class gets the word or code that usually goes with it."""
    if not telling:
        return None
    negative, positive = _words_of(telling, NEGATIVE), _words_of(telling, POSITIVE)
    if telling.keys() in (negative, positive):
        return _mapping(column, counts, negative or {"negative"}, positive or {"positive"})
    if telling.keys() <= {"0", "1"}:
        return _mapping(column, counts, {"0"}, {"1"})
    if any(number(value) is None for value in telling):
        return None
    scale = 5 if max(number(value) or 0 for value in telling) <= 5 else 10
    ten = {value: stars for value in telling if (stars := tenths(value, scale)) is not None}
    negative = {value for value, stars in ten.items() if stars <= NEGATIVE_STARS} or {str(scale // 5)}
    positive = {value for value, stars in ten.items() if stars >= POSITIVE_STARS} or {str(scale)}
    return _mapping(column, counts, negative, positive, scale)


def _mapping(
    column: str, counts: Mapping[str, int], negative: set[str], positive: set[str], scale: int | None = None
) -> LabelMapping:
    left_out = counts.keys() - negative - positive
    negatives, positives, others = (tuple(sorted(part, key=_order)) for part in (negative, positive, left_out))
    return LabelMapping(column, negatives, positives, others, scale)


def _order(value: str) -> tuple[float, str]:
    amount = number(value)
    return (float("inf") if amount is None else amount, value)


def _example(column: str, counts: Mapping[str, int], is_reversed: bool = False) -> str:
    """Return a mapping of the first and the last value, or of the last and the first, for the user to correct."""
    values = sorted((value for value in counts if value), key=_order)
    first, last = (values[0], values[-1]) if values else ("bad", "good")
    if is_reversed:
        first, last = last, first
    return json.dumps({"column": column, "negative": [first], "positive": [last]}, ensure_ascii=False)


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
