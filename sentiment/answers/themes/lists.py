"""Themes as word lists: the built-in ones, and reading and writing a user's own."""

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sentiment.errors import StorageError, ThemeError

MOST_THEMES = 60
_MOST_CHARACTERS = 200_000
# More dots in a line than any name of a theme has. The memory of the TOML parser grows with the square of the parts of
# a dotted key: a line of 200 kB would take all there is.
_MOST_DOTS = 20
_SHIPPED = Path(__file__).with_name("themes.toml")
_EXAMPLE = 'noise = ["loud*", "thin walls"]'
_WORDS = re.compile(r"[\w'-]+(?: [\w'-]+)*\*?")


@dataclass(frozen=True)
class Theme:
    """A topic of reviews, and the words by which a sentence mentions it.

    Words and phrases are in lower case; a trailing asterisk matches any ending ("clean*").
    """

    name: str
    words: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The regular expression, in the syntax of RE2 and Python, that finds a mention, ignoring case."""
        words = (re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in self.words)
        return rf"(?i)\b(?:{'|'.join(words)})\b"


@cache
def shipped_themes() -> tuple[Theme, ...]:
    """Return the built-in themes: those of hotels, shops, goods, apps and films."""
    return themes_from_toml(_SHIPPED.read_text(encoding="utf-8"))


def read_themes(path: Path) -> tuple[Theme, ...]:
    """Read themes from a TOML file.

    Raises:
        ThemeError: the file does not exist or is not text, or `themes_from_toml` finds an error in it.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return themes_from_toml(file.read(_MOST_CHARACTERS + 1))
    except OSError as error:
        raise ThemeError(str(StorageError.of(error))) from None
    except UnicodeDecodeError:
        raise ThemeError(f"The file of themes {path} is not text in UTF-8.") from None


def themes_from_toml(text: str) -> tuple[Theme, ...]:
    """Parse themes from TOML: one name and its list of words per line, `noise = ["loud*", "thin walls"]`.

    Raises:
        ThemeError: the text is not TOML, or a theme is not a list of words; the message states which theme and where.
    """
    if len(text) > _MOST_CHARACTERS:
        raise ThemeError(f"The themes have more than {_MOST_CHARACTERS:,} characters. Remove some.")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > _MOST_DOTS:
            raise ThemeError(f"The themes cannot be read: line {number} has too many dots. Write each as: {_EXAMPLE}")
    try:
        read = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also for integers with more digits than Python reads
        raise ThemeError(f"The themes cannot be read: {error}. Write each as: {_EXAMPLE}") from None
    if not read:
        raise ThemeError(f"There is no theme. Write each as: {_EXAMPLE}")
    if len(read) > MOST_THEMES:
        raise ThemeError(f"There are {len(read)} themes; at most {MOST_THEMES} can be used. Remove some.")
    return tuple(_theme(" ".join(name.split()), words) for name, words in read.items())


def themes_to_toml(themes: Sequence[Theme]) -> str:
    """Return themes as TOML that `themes_from_toml` reads, one theme per line."""
    return "".join(
        f"{json.dumps(theme.name, ensure_ascii=False)} = {json.dumps(theme.words, ensure_ascii=False)}\n"
        for theme in themes
    )


def _theme(name: str, words: object) -> Theme:
    if not name:
        raise ThemeError(f"A theme has no name. Write each as: {_EXAMPLE}")
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ThemeError(f'The theme "{name}" needs a list of words, such as: {name} = ["loud*", "thin walls"]')
    known = tuple(dict.fromkeys(" ".join(word.lower().split()) for word in words))
    for word in known:
        if not _WORDS.fullmatch(word):
            raise ThemeError(
                f'The theme "{name}" has the word "{word[:60]}": use letters, digits, hyphens and spaces, '
                "with an asterisk at the end at most."
            )
    return Theme(name, known)
