"""Row filters: one filter for everything on the page, which can be stored in a link."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal, cast, get_args

import numpy as np

from sentiment.answers.facts import TableFacts
from sentiment.answers.outcome import Mask
from sentiment.answers.themes.scores import ThemeScores
from sentiment.prediction import FLAGS, SENTIMENTS, Flag, Sentiment
from sentiment.wording import percent

Label = Literal["", "negative", "positive"]
Query = dict[str, list[str]]


@dataclass(frozen=True)
class Filter:
    """The rows that pass every condition that is set; an empty condition passes every row.

    A row passes when its `group_column` has one of `groups`; its `date_column` is between `first` and `last`, both
    included; its stars (the table's own if it has any, else the model's) are within `stars`, both ends included; it has
    one of `sentiments`; it has at least one of `flags`; it contains the `phrase`; it mentions the `theme`; it contains
    the `text`, ignoring case; it has the table's own `label`; and its probability of positive is at least the first of
    `probability` and below the second (1.0 is included).
    """

    group_column: str = ""
    groups: tuple[str, ...] = ()
    date_column: str = ""
    first: date | None = None
    last: date | None = None
    stars: tuple[float, float] | None = None
    sentiments: tuple[Sentiment, ...] = ()
    flags: tuple[Flag, ...] = ()
    phrase: str = ""
    theme: str = ""
    text: str = ""
    label: Label = ""
    probability: tuple[float, float] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every row passes."""
        return not (
            (self.group_column and self.groups)
            or (self.date_column and (self.first or self.last))
            or any((self.stars, self.sentiments, self.flags, self.phrase, self.theme, self.text.strip()))
            or self.label
            or self.probability
        )

    def to_query(self) -> Query:
        """Return the conditions as query parameters of a link: name to values."""
        written = {name: _written(getattr(self, field)) for field, name in _NAMES.items()}
        return {name: values for name, values in written.items() if values}

    @classmethod
    def from_query(cls, query: Mapping[str, Sequence[str]]) -> "Filter":
        """Return the filter of a link, ignoring unknown parameters and invalid values.

        `Filter.from_query(wanted.to_query()) == wanted`.
        """
        wanted = cls()
        for field, name in _NAMES.items():
            values = [value for value in query.get(name, ()) if value]
            if values:
                with suppress(ValueError):
                    wanted = replace(wanted, **{field: _READERS.get(field, _text)(values)})
        return wanted

    def words(self) -> str:
        """Return the conditions in words, such as "hotel: Aurora, Brook · negative"; "" for all rows."""
        low, high = self.stars or (0.0, 0.0)
        pieces = [
            f"{self.group_column}: {', '.join(self.groups)}" if self.group_column and self.groups else "",
            _span(self.date_column, self.first, self.last) if self.date_column else "",
            f"{low:g} stars" if self.stars and low == high else f"{low:g} to {high:g} stars" if self.stars else "",
            " or ".join(self.sentiments),
            f"flagged {' or '.join(flag.replace('_', ' ') for flag in self.flags)}" if self.flags else "",
            f"“{self.phrase}”" if self.phrase else "",
            f"theme {self.theme}" if self.theme else "",
            f"containing “{self.text.strip()}”" if self.text.strip() else "",
            f"labelled {self.label}" if self.label else "",
            "probability {} to {}".format(*map(percent, self.probability)) if self.probability else "",
        ]
        return " · ".join(piece for piece in pieces if piece)


def matching(facts: TableFacts, wanted: Filter, themes: ThemeScores | None = None) -> Mask:
    """Return which rows (rows,) pass the filter.

    A column, theme or label that the table lacks matches no row. `themes` is required to filter by a theme.
    """
    keep = np.ones(facts.row_count, dtype=np.bool_)
    for condition in _conditions(facts, wanted, themes):
        keep &= condition
    return keep


def _conditions(facts: TableFacts, wanted: Filter, themes: ThemeScores | None) -> list[Mask]:
    """Return one mask for each condition that is set."""
    scores, none = facts.scores, np.zeros(facts.row_count, dtype=np.bool_)
    found: list[Mask] = []
    if wanted.group_column and wanted.groups:
        found.append(_in_groups(facts, wanted) if wanted.group_column in facts.table.columns else none)
    if wanted.date_column and (wanted.first or wanted.last):
        found.append(_dated(facts, wanted))
    if wanted.stars:
        stars = facts.ratings if facts.stars is None else facts.stars
        found.append(np.asarray((stars >= wanted.stars[0]) & (stars <= wanted.stars[1])))
    if wanted.sentiments:
        found.append(np.isin(scores.sentiment, [SENTIMENTS.index(name) for name in wanted.sentiments]))
    if wanted.flags:
        found.append(scores.flags & sum(1 << FLAGS.index(flag) for flag in wanted.flags) != 0)
    if wanted.phrase:
        found.append(facts.holding(wanted.phrase))
    if wanted.theme:
        found.append(themes.mentions(wanted.theme) if themes and wanted.theme in themes.names else none)
    if wanted.text.strip():
        found.append(facts.table.containing(wanted.text.strip()))
    if wanted.label:
        found.append(none if facts.labels is None else facts.labels.label == (wanted.label == "positive"))
    if wanted.probability:
        low, high = wanted.probability
        probability = scores.probability
        found.append((probability >= low) & ((probability < high) | ((high == 1) & (probability == 1))))
    return found


def _in_groups(facts: TableFacts, wanted: Filter) -> Mask:
    categories = facts.categories(wanted.group_column)
    return np.isin(categories.codes, [code for code, name in enumerate(categories.names) if name in wanted.groups])


def _dated(facts: TableFacts, wanted: Filter) -> Mask:
    dates = facts.dates(wanted.date_column)
    keep = ~np.isnat(dates)
    if wanted.first:
        keep &= dates >= np.datetime64(wanted.first)
    if wanted.last:
        keep &= dates <= np.datetime64(wanted.last)
    return keep


def _span(column: str, first: date | None, last: date | None) -> str:
    begin, end = (f"{day:%-d %B %Y}" if day else "" for day in (first, last))
    if begin and end:
        return f"{column}: {begin} to {end}"
    return f"{column}: from {begin}" if begin else f"{column}: until {end}" if end else ""


# Query parameter names by field.
_NAMES = {
    "group_column": "by",
    "groups": "group",
    "date_column": "date",
    "first": "from",
    "last": "to",
    "stars": "stars",
    "sentiments": "sentiment",
    "flags": "flag",
    "phrase": "phrase",
    "theme": "theme",
    "text": "text",
    "label": "label",
    "probability": "p",
}
QUERY_NAMES = tuple(_NAMES.values())
assert list(_NAMES) == [field.name for field in fields(Filter)]


def _written(value: Any) -> list[str]:
    if isinstance(value, tuple):
        numbers = [f"{part!r}" for part in value if isinstance(part, float)]
        return ["~".join(numbers)] if numbers else list(value)
    return [str(value)] if value else []


def _text(values: list[str]) -> str:
    return values[0]


def _day(values: list[str]) -> date:
    return date.fromisoformat(values[0])


def _range(values: list[str]) -> tuple[float, float]:
    low, high = map(float, values[0].split("~"))
    if not low <= high:  # also NaN
        raise ValueError(f"{values[0]} is no range")
    return low, high


def _known(names: Sequence[str]) -> Callable[[list[str]], Any]:
    def read(values: list[str]) -> tuple[str, ...]:
        return tuple(value for value in values if value in names)

    return read


def _label(values: list[str]) -> Label:
    return cast("Label", values[0]) if values[0] in get_args(Label) else ""


_READERS: dict[str, Callable[[list[str]], Any]] = {
    "groups": tuple,
    "first": _day,
    "last": _day,
    "stars": _range,
    "sentiments": _known(SENTIMENTS),
    "flags": _known(FLAGS),
    "label": _label,
    "probability": _range,
}
