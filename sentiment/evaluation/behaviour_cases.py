"""Generate behaviour-test cases from templates: short reviews with the expected behaviour of the probability."""

import html
import re
import string
import tomllib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

CaseKind = Literal["verdict", "invariance", "direction"]
Expectation = Literal["positive", "negative", "unchanged", "not lower", "not higher"]

CASES_PER_TEMPLATE = 25
# The word lists whose words express a sentiment by themselves.
_VERDICTS = ("praise", "blame", "fair", "poor", "sound", "faulty", "enjoyed", "hated", "enjoy", "hate")
_DATA = Path(__file__).with_name("behaviour_templates.toml")
_ARROW = " -> "
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiou])")
_INNER_PAIR = re.compile(r"(?<=[A-Za-z])([A-Za-z])(?!\1)([A-Za-z])(?=[A-Za-z])")
_INNER_LETTER = re.compile(r"(?<=[A-Za-z])[A-Za-z](?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Case:
    """A review, the expected side of 0.5 or, for a changed review, how its probability may differ.

    `changed` is None for a verdict case.
    """

    capability: str
    template: str
    expected: Expectation
    review: str
    changed: str | None

    @property
    def kind(self) -> CaseKind:
        """Which of the three kinds of test this is."""
        if self.changed is None:
            return "verdict"
        return "invariance" if self.expected == "unchanged" else "direction"


def all_cases() -> list[Case]:
    """Return all cases, 25 per template; they are deterministic."""
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return [
        _case(template, number, data["words"]) for template in data["template"] for number in range(CASES_PER_TEMPLATE)
    ]


def telling_words() -> frozenset[str]:
    """Return the single words that express a sentiment by themselves, such as *superb* and *dull*."""
    words = tomllib.loads(_DATA.read_text(encoding="utf-8"))["words"]
    return frozenset(word for name in _VERDICTS for word in words[name] if " " not in word)


def _case(template: Mapping[str, Any], number: int, words: Mapping[str, Sequence[str]]) -> Case:
    """Return the case with this number; cases cycle through the texts of the template."""
    fill = _Fill(f"{template['capability']} {template['name']}", number, words)
    text = template["texts"][number % len(template["texts"])]
    review, *changed = (_ARTICLE.sub(r"\1n ", fill.format(part)) for part in text.split(_ARROW))
    return Case(template["capability"], template["name"], template["expected"], review, changed[0] if changed else None)


class _Fill(string.Formatter):
    """Fills slots with words, cycling through a list from case to case; each template starts at another word."""

    def __init__(self, template: str, number: int, words: Mapping[str, Sequence[str]]) -> None:
        self._template = template
        self._number = number
        self._words = words

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        name = str(key).removesuffix("2")
        words = self._words[name]
        place = zlib.crc32(f"{self._template} {name}".encode()) + self._number
        return words[(place + (len(words) // 2 if name != key else 0)) % len(words)]

    def format_field(self, value: str, format_spec: str) -> str:
        return _CHANGES[format_spec](value) if format_spec else value


def _swapped(review: str) -> str:
    """Return the review with two different adjacent letters inside a word swapped."""
    pair = _one_of(_INNER_PAIR, review)
    return review[: pair.start()] + pair[2] + pair[1] + review[pair.end() :]


def _dropped(review: str) -> str:
    """Return the review with one letter inside a word removed."""
    letter = _one_of(_INNER_LETTER, review)
    return review[: letter.start()] + review[letter.end() :]


def _one_of(pattern: re.Pattern[str], review: str) -> re.Match[str]:
    """Return one of the matches, chosen by a hash of the review."""
    places = list(pattern.finditer(review))
    return places[zlib.crc32(review.encode()) % len(places)]


def _in_lines(review: str) -> str:
    return review.replace(". ", ".<br /><br />")


def _in_paragraphs(review: str) -> str:
    return "<p>{}</p>".format(review.replace(". ", ".</p>\n<p>"))


_CHANGES: dict[str, Callable[[str], str]] = {
    "swapped": _swapped,
    "dropped": _dropped,
    "shouted": str.upper,
    "lower": str.lower,
    "escaped": html.escape,
    "lines": _in_lines,
    "paragraphs": _in_paragraphs,
}
