"""Layouts of lines without a one-character delimiter: fixed-width columns, long separators, a label next to a text."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sentiment.tables.columns import has_sure_header, has_telling_name, is_value
from sentiment.tables.formats import encoding
from sentiment.tables.formats.delimited.csv_records import Record

_FEWEST_LINES = 3
_ENOUGH_LINES = 5
_MOST_LINES_ABOVE_RULE = 3
_REGULAR_SHARE = 0.95
_VALUE_SHARE = 0.9
_RULED_SHARE = 0.6
_MOST_LABELS = 5
_LONGEST_LINE = 20_000  # characters inspected to detect the layout
_RULE = re.compile(r"\s*+(?:-{2,}+|={2,}+)(?:\s++(?:-++|=++))++\s*+")
_GAP = re.compile(r"\S {2,}\S")
_SEPARATOR = re.compile(r"[|:+$#@^~=<>&%;*-]{2,9}")
SEPARATING = frozenset("|:+$#@^~=&%;")  # a separator contains one of these, which may be a delimiter by itself
_LABEL = "__label__"  # of fastText
_MOST_LABELS_OF_TEXT = 50
_BETWEEN = (",", ";", "|")  # optional separators of label and text
_MOST_COLUMNS = 100
_MOST_SEPARATORS = 20
# "5 stars" and "4 out of 5" are words of a review, not a label before it.
_PREFIXED = re.compile(
    r"[\[(]?([+-]?\d|pos(?:itive)?|neg(?:ative)?|neutral)[\])]?:?[ \t]+(?!(?:stars?|out|of|/|x|-)\b)(\S.*)",
    re.DOTALL | re.IGNORECASE,
)


# Label, importance and base, tag; then groups, each with a name right behind its bar.
_VOWPAL = re.compile(
    r"(?:(?P<label>[+-]?\d{1,20}+(?:\.\d{1,20}+)?)(?: \d{1,20}+(?:\.\d{1,20}+)?){0,2})?(?: ?'?[^\s|]{0,100}+)?"
    r" ?\|(?P<groups>[^\n]*)"
)
_NAMESPACE = re.compile(r"[A-Za-z][\w.-]{0,40}(?::[\d.]+)?")
_WEIGHT = re.compile(r"(?<=[^\s:]):[+-]?\d+(?:\.\d+)?(?!\S)")


class Layout(ABC):
    """How a line is split into fields; `name` is a description of a word or two."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The layout's name, for display."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The names of the columns if the layout defines them; else none."""

    @abstractmethod
    def cells(self, line: str) -> list[str] | None:
        """Return the fields of a line without its ending; none if it is not a row, None if the layout does not fit."""

    def records(self, lines: Iterable[str], first: int) -> Iterator[Record]:
        """Yield one record per line, for lines that include their endings; the first has the number `first`."""
        for number, line in enumerate(lines, start=first):
            if record := self.record(line, number):
                yield record

    def record(self, line: str, number: int) -> Record | None:
        """Return the record in line `number`, with a problem if the layout does not fit; None if it is not a row."""
        text = encoding.without_marks(line).rstrip("\r\n") if encoding.has_marks(line) else line.rstrip("\r\n")
        cells = self.cells(text) if text.strip() else []
        if cells == [] and text.strip():
            return None
        problem = None if cells is not None else f"Line {number} does not have the layout of the others."
        if encoding.has_marks(line):
            problem = f"Line {number} {encoding.damage(line)}."
        return Record(number, [text] if cells is None else cells, problem)


@dataclass(frozen=True)
class FixedWidth(Layout):
    """Columns that begin at the same positions in each line, with at least one space before each."""

    starts: tuple[int, ...]
    name: str = "fixed width"
    columns: tuple[str, ...] = ()

    def cells(self, line: str) -> list[str] | None:
        """Return the fields without surrounding spaces; none for a rule."""
        if _RULE.fullmatch(line):
            return []
        if any(line[start - 1 : start].strip() for start in self.starts[1:]):
            return None
        ends = [*self.starts[1:], None]
        return [line[start:end].strip() for start, end in zip(self.starts, ends, strict=True)]


@dataclass(frozen=True)
class LongSeparator(Layout):
    """Fields separated by several characters, such as `::` or `+++$+++`, which occur nowhere else."""

    separator: str
    columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The separator."""
        return self.separator

    def cells(self, line: str) -> list[str]:
        """Return the fields without surrounding spaces."""
        return [cell.strip() for cell in line.split(self.separator)]


@dataclass(frozen=True)
class PrefixedText(Layout):
    """A text after its label: a digit, such as 0 or 1, or a word such as "positive"."""

    name: str = "label and text"
    columns: tuple[str, ...] = ("label", "review")

    def cells(self, line: str) -> list[str] | None:
        """Return the label and the text."""
        match = _PREFIXED.fullmatch(line)
        return list(match.groups()) if match else None


@dataclass(frozen=True)
class LabelledText(Layout):
    """A text with fastText labels before or after it."""

    name: str = "labels and text"
    columns: tuple[str, ...] = ("label", "review")

    def cells(self, line: str) -> list[str] | None:
        """Return the labels and the text."""
        labels: list[str] = []
        text = line.strip()
        while text.startswith(_LABEL) and len(labels) < _MOST_LABELS_OF_TEXT:
            label, *rest = text.split(None, 1)
            labels.append(label)
            text = rest[0] if rest else ""
        if labels:
            return [" ".join(labels), text[1:].lstrip() if text[:1] in _BETWEEN and text[1:2] == " " else text]
        while (words := text.rsplit(None, 1)) and words[-1].startswith(_LABEL) and len(labels) < _MOST_LABELS_OF_TEXT:
            labels.insert(0, words[-1])
            text = words[0] if len(words) > 1 else ""
        return [" ".join(labels), text] if labels else None


@dataclass(frozen=True)
class VowpalWabbit(Layout):
    """An example of Vowpal Wabbit: a label, optional weights and a tag, then `|` and words, for each group of them."""

    name: str = "Vowpal Wabbit"
    columns: tuple[str, ...] = ("label", "review")

    def cells(self, line: str) -> list[str] | None:
        """Return the label and the group with most words that have no weight of their own, without its name."""
        if not (match := _VOWPAL.fullmatch(line)):
            return None
        groups = [group.partition(" ")[2] for group in match["groups"].split("|")]
        unweighted = [len(group.split()) - len(_WEIGHT.findall(group)) for group in groups]
        words = max(zip(unweighted, groups, strict=True))[1]
        return [match["label"] or "", _WEIGHT.sub("", words).strip()]


def labelled_text(lines: Sequence[str]) -> LabelledText | None:
    """Return the layout of lines with fastText labels; None if most have none, or if there is another column."""
    texts = [line.rstrip("\r\n")[:_LONGEST_LINE] for line in lines if line.strip()]
    layout = LabelledText()
    below = texts[1:] or texts  # the first line may be a header
    fitting = sum(layout.cells(text) is not None for text in below)
    return layout if texts and fitting >= _VALUE_SHARE * len(below) and "\t" not in below[0] else None


def vowpal_wabbit(lines: Sequence[str]) -> VowpalWabbit | None:
    """Return the layout of examples of Vowpal Wabbit; None for a table whose columns are separated by bars.

    In a table, the words right behind the bars are not the same few in every line.
    """
    texts = [line.rstrip("\r\n")[:_LONGEST_LINE] for line in lines if line.strip()]
    matches = [match for text in texts if (match := _VOWPAL.fullmatch(text))]
    lines_of_names = [[group.partition(" ")[0] for group in match["groups"].split("|")] for match in matches]
    names = {name for each in lines_of_names for name in each}
    is_named = all(map(_NAMESPACE.fullmatch, names)) and len(names) == max(map(len, lines_of_names), default=0)
    return VowpalWabbit() if is_named and len(matches) == len(texts) >= _FEWEST_LINES else None


def other_layout(lines: Sequence[str]) -> Layout | None:
    """Return the layout of a file's first lines without a one-character delimiter; None for one text per line."""
    texts = [line.rstrip("\r\n")[:_LONGEST_LINE] for line in lines if line.strip()]
    if len(texts) < _FEWEST_LINES:
        return None
    return long_separator(texts) or _fixed_width(texts) or _prefixed(texts)


def long_separator(texts: Sequence[str], around: str = "") -> LongSeparator | None:
    """Return the separator of several characters that splits nearly all lines alike, and contains `around` if given."""
    if len(texts) < _FEWEST_LINES:
        return None
    candidates = list(dict.fromkeys(_SEPARATOR.findall(texts[0])))[:_MOST_SEPARATORS]
    for separator in sorted(candidates, key=len, reverse=True):
        if around not in separator or set(separator) == {around} or not SEPARATING & set(separator):
            continue
        rows = [LongSeparator(separator).cells(text) for text in texts]
        share = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        filled = sum(all(re.search(r"\w", cell) for cell in row) for row in rows)
        if share >= _REGULAR_SHARE and 2 * filled >= len(rows) and (around or _hold_columns(rows)):
            return LongSeparator(separator)
    return None


def _prefixed(texts: Sequence[str]) -> PrefixedText | None:
    """Return the layout of lines that each begin with one of a few labels, such as 0 and 1."""
    matches = [match for text in texts if (match := _PREFIXED.fullmatch(text))]
    labels = Counter(match[1] for match in matches)
    if len(matches) < len(texts) or len(texts) < _ENOUGH_LINES or not 1 < len(labels) <= _MOST_LABELS:
        return None
    return PrefixedText() if len(texts) >= 2 * len(labels) else None


def _fixed_width(texts: Sequence[str]) -> FixedWidth | None:
    """Return the columns between positions that are blank in all lines, or below the parts of a rule; else None."""
    for place, text in enumerate(texts[: _MOST_LINES_ABOVE_RULE + 1]):
        if place + 1 < len(texts) and _RULE.fullmatch(text):
            ruled = FixedWidth(tuple(match.start() for match in re.finditer(r"\S+", text)))
            return ruled if sum(ruled.cells(each) is not None for each in texts) >= _RULED_SHARE * len(texts) else None
    while len(texts) > _FEWEST_LINES and not _GAP.search(texts[-1]):
        texts = texts[:-1]  # without a note below the table, such as the row count
    if sum(_GAP.search(text) is not None for text in texts) < _VALUE_SHARE * len(texts):
        return None
    starts = _starts(texts)
    layout = FixedWidth(starts)
    rows = [cells for text in texts if (cells := layout.cells(text))]
    return layout if len(starts) > 1 and len(rows) == len(texts) and _hold_columns(rows) else None


def _starts(texts: Sequence[str]) -> tuple[int, ...]:
    """Return where the columns begin: after two or more blank positions, or after one next to a column of values."""
    width = max(map(len, texts))
    blank = [all(text[i : i + 1] in (" ", "") for text in texts) for i in range(width)]
    begins = [i for i in range(width) if not blank[i] and (i == 0 or blank[i - 1])]
    wide = [i for i in begins if i < 2 or blank[i - 2]]
    if len(begins) > _MOST_COLUMNS:
        begins = wide[:_MOST_COLUMNS]
    starts = [i for i, end in zip(wide, [*wide[1:], width], strict=True) if _is_mostly_filled(texts, i, end)]
    if len(texts) >= _ENOUGH_LINES:
        for i in begins:
            before = max((start for start in starts if start < i), default=i)
            after = min((start for start in starts if start > i), default=width)
            if i not in starts and (_are_values(texts, before, i) or _are_values(texts, i, after)):
                starts.append(i)
    return tuple(sorted(starts))


def _is_mostly_filled(texts: Sequence[str], start: int, end: int) -> bool:
    return 2 * sum(bool(text[start:end].strip()) for text in texts) >= len(texts)


def _are_values(texts: Sequence[str], start: int, end: int) -> bool:
    """Return whether the cells at those positions, below the first line, are numbers or dates in every line."""
    return all(is_value(text[start:end].strip() or "x") for text in texts[1:])


def _hold_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row has a usual name of a review column, or a column contains numbers or dates."""
    return has_telling_name(rows[0]) or has_sure_header(rows[0], rows[1:]) is not None
