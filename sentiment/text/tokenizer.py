"""Cleaned review to tokens, by one of the named presets.

A preset is recorded in the bundle, so that training and scoring cannot drift apart.
"""

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from sentiment.text.cleaning import clean
from sentiment.text.stop_words import STOP_WORDS

Preset = Literal["modern-2", "modern", "classic", "stems", "words"]
# Presets whose tokens are stems, for which NLTK is needed.
STEMMED: tuple[Preset, ...] = ("classic", "stems")

# Splitting at spaces is four times as fast as finding tokens with a pattern, so text is rewritten
# until its tokens stand between spaces. What must survive the rewriting is shielded: an apostrophe
# that belongs to a token as \x01, an emoticon's characters in a private block of Unicode.
_PRIVATE = 0xE000
_CONTRACTION = re.compile(r"'(?=(?:[sdm]|re|ve|ll)\b)")
_EMOTICON = re.compile(r"[:;=][-'o]?(?:[()\[\]/|\\*]|[dp]\b)|<3\b")
# The mark that ends a sentence or a bracket belongs to the text around the address.
_ADDRESS = re.compile(r"(?:\bhttps?://|\bwww\.)\S*[^\s!?.,)]|(?<!\w)@\w(?:[\w.]*\w)?")
_ADDRESS_SIGNS = ("://", "www.", "@")
_KEPT_MARKS = "!?.,"
_NOT_KEPT = re.compile(rf"[^\w\s{_KEPT_MARKS}\x01\ue000-\ue07f]|_")
_ASCII_TABLE = _NOT_KEPT.sub(" ", "".join(map(chr, range(128)))).replace("\x01", "'")
# The same for the bytes of UTF-8, where those of other characters stay.
_BYTE_TABLE = bytes(ord(_ASCII_TABLE[byte]) if byte < 128 else byte for byte in range(256))
_FOREIGN = re.compile(r"[^\x00-\x7f]")
# With more different characters to blank out, going through the text once is faster.
_FEW_CHARACTERS = 16
# What people write in place of words. Stars in a row are a rating; any other picture is a token of its own, without
# the tone of its skin.
_STARS = "\u2b50★☆✩✪✫✬✭✮✯✰🌟"
_EMPTY_STARS = "☆✩✰"
_MOST_STARS = 10
_PICTURES = "\u2600-\u27bf\u2b50\u2b55\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
_SYMBOLS = re.compile(f"[{_STARS}]+|[{_PICTURES}]")
_NOT_KEPT_BESIDE_PICTURES = re.compile(rf"[^\w\s{_KEPT_MARKS}{_PICTURES}\x01\ue000-\ue07f]|_")
_RATING = re.compile(r"(?<![\w/.,])\d{1,2}/(?:5|10)(?![\w/])")
_SHIELDED = re.compile(r"[\ue000-\ue07f]")
_CLASSIC_TABLE = {n: " " for n in range(128) if not chr(n).isalnum()}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class Span(NamedTuple):
    """A token and the characters `start:end` of the cleaned review that it was made from."""

    token: str
    start: int
    end: int


@dataclass(frozen=True)
class Tokenizer:
    """One preset's way from a cleaned review to tokens.

    `_spaced` rewrites a text in lower case until its words stand between spaces. `_tokens` turns each word into a token
    or None; with `_keeps_ascii`, the words of ASCII text are the tokens.
    """

    _spaced: Callable[[str], str]
    _tokens: Callable[[list[str]], list[str | None]] | None = None
    _keeps_addresses: bool = True
    _keeps_ascii: bool = False

    def tokens(self, cleaned: str) -> list[str]:
        """Return the tokens in reading order."""
        return self._tokens_of(self._spaced(self._front(lower_case(cleaned))))

    def spans(self, cleaned: str) -> list[Span]:
        """Return the same tokens, each with the place in `cleaned` that it was made from."""
        lower = self._front(lower_case(cleaned))
        words = self._spaced(lower).split()
        spans, end = [], 0
        for word, token in zip(words, self._tokens(words) if self._tokens else words, strict=True):
            # What lies between two words holds neither letters nor kept marks, so the first
            # occurrence from here is the word's own.
            start = lower.index(word, end)
            end = start + len(word)
            if token is not None:
                spans.append(Span(token, start, end))
        return spans

    def _tokens_of(self, spaced: str) -> list[str]:
        words = spaced.split()
        if self._tokens is None or (self._keeps_ascii and spaced.isascii()):
            return words
        return [token for token in self._tokens(words) if token is not None]

    def _front(self, lower: str) -> str:
        """Return the text, as long as it was, with blanks for addresses that do not count."""
        if self._keeps_addresses or not any(sign in lower for sign in _ADDRESS_SIGNS):
            return lower
        return _ADDRESS.sub(lambda address: " " * len(address[0]), lower)


def tokenizer(preset: Preset) -> Tokenizer:
    """Return the tokenizer of a preset.

    `modern-2` is `modern` and reads what people write in place of words too: emoji, and ratings such as 4/5 or ★★★★☆,
    which are the same token. `modern` is lower case and keeps every word, "n't" as a token of its own, `! ? . ,` and
    emoticons; addresses of pages and people (@name) go. `classic` is the tutorials' recipe: letters
    and digits only, NLTK's English stop words out, Porter stems (Porter 1980, NLTK's variant).
    Between them, `stems` is `classic` with its stop words, and `words` is `stems` unstemmed.
    """
    return _TOKENIZERS[preset]


def tokens_of(preset: Preset, reviews: Iterable[str]) -> list[list[str]]:
    """Return the tokens of each raw review; equal ones are one object, or 20 million would fill a laptop's memory."""
    tokens = tokenizer(preset).tokens
    return [list(map(sys.intern, tokens(clean(review)))) for review in reviews]


def lower_case(cleaned: str) -> str:
    """Return a text in lower case, character by character where needed, so that offsets stay those of `cleaned`."""
    lower = cleaned.lower()
    if len(lower) == len(cleaned):
        return lower
    return "".join(small if len(small := character.lower()) == 1 else character for character in cleaned)


def _modern_2_spaced(lower: str) -> str:
    text = _RATING.sub(_shielded, lower) if "/5" in lower or "/10" in lower else lower
    if not text.isascii():
        text = _SYMBOLS.sub(r" \g<0> ", text)
    return _modern_spaced(text, _NOT_KEPT_BESIDE_PICTURES)


def _modern_2_tokens(words: list[str]) -> list[str | None]:
    return [_rating_of(word) if word[0] in _STARS else word for word in words]


def _rating_of(stars: str) -> str:
    """Return the rating that a row of stars shows, full and empty ones, in figures; one star where it shows none."""
    if not 2 <= len(stars) <= _MOST_STARS:
        return _STARS[0]
    full = sum(star not in _EMPTY_STARS for star in stars)
    return f"{full}/{5 if len(stars) <= 5 else _MOST_STARS}"


def _modern_spaced(lower: str, not_kept: re.Pattern[str] = _NOT_KEPT) -> str:
    text = lower.replace("\x01", " ")
    if "'" in text:
        text = _CONTRACTION.sub(" \x01", text.replace("n't", " n\x01t "))
    if _may_hold_emoticon(text):
        text = _EMOTICON.sub(_shielded, text)
    text = _without_other_marks(text, not_kept)
    for mark in _KEPT_MARKS:
        text = text.replace(mark, f" {mark} ")
    return text


def _may_hold_emoticon(text: str) -> bool:
    """Return whether an emoticon's eyes stand anywhere but before a space, as a colon does: found out fast."""
    return "<3" in text or any(eyes in text and text.count(eyes) > text.count(f"{eyes} ") for eyes in ":;=")


def _without_other_marks(text: str, not_kept: re.Pattern[str]) -> str:
    """Blanks for all but letters, digits and the marks that are kept; what was shielded stands as it was written."""
    if text.isascii():
        # By far the fastest, but for ASCII only.
        return text.translate(_ASCII_TABLE)
    foreign = {character for character in _FOREIGN.findall(text) if not_kept.match(character)}
    if len(foreign) > _FEW_CHARACTERS:
        return _SHIELDED.sub(_unshielded, not_kept.sub(" ", text).replace("\x01", "'"))
    for character in foreign:
        text = text.replace(character, " ")
    text = text.encode("utf-8", "surrogatepass").translate(_BYTE_TABLE).decode("utf-8", "surrogatepass")
    return _SHIELDED.sub(_unshielded, text)


def _shielded(emoticon: re.Match[str]) -> str:
    return f" {''.join(chr(_PRIVATE + ord(character)) for character in emoticon[0])} "


def _unshielded(character: re.Match[str]) -> str:
    return chr(ord(character[0]) - _PRIVATE)


def _classic_spaced(lower: str) -> str:
    if not lower.isascii():
        lower = _NOT_ASCII.sub(" ", lower)
    return lower.translate(_CLASSIC_TABLE)


def _classic_tokens(words: list[str]) -> list[str | None]:
    stem = _stem_of()
    return [None if word in STOP_WORDS else stem(word) for word in words]


def _stems(words: list[str]) -> list[str | None]:
    return list(map(_stem_of(), words))


@cache
def _stem_of() -> Callable[[str], str]:
    """Porter's stem of a word, remembered: a review's words are mostly words seen before."""
    from nltk.stem.porter import PorterStemmer

    # NLTK loads slowly and only this preset needs it.
    return cache(PorterStemmer().stem)


_TOKENIZERS: dict[Preset, Tokenizer] = {
    "modern-2": Tokenizer(_modern_2_spaced, _modern_2_tokens, _keeps_addresses=False, _keeps_ascii=True),
    "modern": Tokenizer(_modern_spaced, _keeps_addresses=False),
    "classic": Tokenizer(_classic_spaced, _classic_tokens),
    "stems": Tokenizer(_classic_spaced, _stems),
    "words": Tokenizer(_classic_spaced),
}
