"""The findings of a report on a scored table, computed once for every output format."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from sentiment.answers.facts import TableFacts
from sentiment.answers.filters import Filter, matching
from sentiment.answers.groups import Group, group_table
from sentiment.answers.headline import Headline, headline
from sentiment.answers.outcome import Mask, negative_reviews
from sentiment.answers.phrases.drivers import Driver, Drivers, drivers
from sentiment.answers.phrases.quotes import Quote, quotes
from sentiment.answers.themes.scores import ThemeScores, ThemeTable, theme_table
from sentiment.answers.trend import Trend, trend
from sentiment.scoring.label_check import LabelCheck, Measures
from sentiment.scoring.parts import UNSCORED

_MOST_COLUMNS = 3  # to group rows by
_QUOTED = 5  # drivers of each side with quotes


@dataclass(frozen=True)
class Source:
    """The scored table, and the model that scored it.

    `band` is the model's uncertain band of probability; None for a model that is not local. `learnt_from` describes its
    training data; "" if that is unknown.
    """

    table: str
    model: str
    fingerprint: str
    band: tuple[float, float] | None
    learnt_from: str = ""


@dataclass(frozen=True)
class Findings:
    """The answers for the rows of one filter, described by `about` ("" for all rows).

    `groups` has the groups by column, `quotes` the sentences by phrase. `trend` is None without a date column, `themes`
    if they were not requested, `accuracy` if the table has no labels of its own.
    """

    source: Source
    made: date
    about: str
    headline: Headline
    trend: Trend | None
    date_column: str
    groups: dict[str, tuple[Group, ...]]
    drivers: Drivers
    quotes: dict[str, tuple[Quote, ...]]
    themes: ThemeTable | None
    by_sentence: bool
    accuracy: Measures | None
    label_column: str


def gather(
    facts: TableFacts,
    source: Source,
    made: date,
    wanted: Filter | None = None,
    themes: ThemeScores | None = None,
    report: Callable[[str], None] = lambda step: None,
) -> Findings:
    """Return the findings about the rows that pass `wanted`, all rows when None.

    `report` is called with each step in words. Without `themes`, the findings have none.
    """
    wanted = wanted or Filter()
    mask = matching(facts, wanted, themes)
    report("Comparing groups and periods")
    outcome = negative_reviews(facts.scores)
    dates = [one.column for one in facts.groupings if one.kind == "date"]
    column = wanted.date_column if wanted.date_column in dates else next(iter(dates), "")
    groups = {name: tuple(group_table(facts.categories(name), outcome, mask)) for name in _columns(facts, wanted)}
    report("Counting phrases")
    found = drivers(facts.phrases, facts.scores, mask)
    check = _label_check(facts, mask)
    return Findings(
        source=source,
        made=made,
        about=wanted.words(),
        headline=headline(facts.scores, mask),
        trend=trend(facts.dates(column), outcome, mask) if column else None,
        date_column=column,
        groups={name: table for name, table in groups.items() if len(table) > 1},
        drivers=found,
        quotes=_quotes(facts, mask, found.negative, False) | _quotes(facts, mask, found.positive, True),
        themes=theme_table(themes, mask, facts.scores.sentiment != UNSCORED) if themes else None,
        by_sentence=themes is not None and themes.by_sentence,
        accuracy=check.at(0.5) if check else None,
        label_column=check.column if check else "",
    )


def _columns(facts: TableFacts, wanted: Filter) -> list[str]:
    """Return the columns to group by: the filter's own first, never the label column."""
    labels = facts.labels.column if facts.labels else None
    names = [one.column for one in facts.groupings if one.kind == "category" and one.column != labels]
    return sorted(names, key=lambda name: name != wanted.group_column)[:_MOST_COLUMNS]


def _quotes(facts: TableFacts, mask: Mask, found: tuple[Driver, ...], positive: bool) -> dict[str, tuple[Quote, ...]]:
    return {one.phrase: tuple(quotes(facts, mask, one.phrase, positive=positive)) for one in found[:_QUOTED]}


def _label_check(facts: TableFacts, mask: Mask) -> LabelCheck | None:
    """Return the comparison with the table's own labels in the rows of `mask`; None if it has none."""
    if facts.labels is None:
        return None
    probability, label = facts.scores.probability, facts.labels.label
    usable = mask & ~np.isnan(probability) & ~np.isnan(label)
    if not usable.any():
        return None
    left_out = int(mask.sum() - usable.sum())
    return LabelCheck(facts.labels.column, facts.labels.mapping, probability[usable], label[usable] == 1, left_out)
