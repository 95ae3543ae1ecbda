"""Tokenize a cleaned review with one of the named presets.

A bundle records its preset, so that training and scoring use the same one.
"""

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from sentiment.text.cleaning import clean, foreign_characters
from sentiment.text.stop_words import STOP_WORDS

Preset = Literal["modern-2", "modern", "classic", "stems", "words"]
# Presets whose tokens are stems, which need NLTK.
STEMMED: tuple[Preset, ...] = ("classic", "stems")

# Splitting at spaces is four times as fast as matching tokens with a pattern, so the text is rewritten until spaces
# separate its tokens. Characters that must survive the rewriting are shielded: an apostrophe that belongs to a token as
# \x01, an emoticon's characters in a private block of Unicode.
_PRIVATE = 0xE000
_CONTRACTION = re.compile(r"'(?=(?:[sdm]|re|ve|ll)\b)")
_EMOTICON = re.compile(r"[:;=][-'o]?(?:[()\[\]/|\\*]|[dp]\b)|<3\b")
# A trailing mark that ends a sentence or a bracket belongs to the surrounding text, not to the address.
_ADDRESS = re.compile(r"(?:\bhttps?://|\bwww\.)\S*[^\s!?.,)]|(?<!\w)@\w(?:[\w.]*\w)?")
_ADDRESS_SIGNS = ("://", "www.", "@")
_KEPT_MARKS = "!?.,"
_NOT_KEPT = re.compile(rf"[^\w\s{_KEPT_MARKS}\x01\ue000-\ue07f]|_")
_ASCII_TABLE = _NOT_KEPT.sub(" ", "".join(map(chr, range(128)))).replace("\x01", "'")
# The same for UTF-8 bytes; bytes of non-ASCII characters are unchanged.
_BYTE_TABLE = bytes(ord(_ASCII_TABLE[byte]) if byte < 128 else byte for byte in range(256))
# With more different characters to blank out, a single pass over the text is faster.
_FEW_CHARACTERS = 16
# Symbols used in place of words. Stars in a row are a rating; any other pictograph is one token, without its skin tone.
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
    """A token and the characters `start:end` of the cleaned review that it comes from."""

    token: str
    start: int
    end: int


@dataclass(frozen=True)
class Tokenizer:
    """The tokenization of one preset.

    `_spaced` rewrites a lower-case text until spaces separate its words. `_tokens` maps each word to a token or None;
    with `_keeps_ascii`, the words of ASCII text are the tokens.
    """

    _spaced: Callable[[str], str]
    _tokens: Callable[[list[str]], list[str | None]] | None = None
    _keeps_addresses: bool = True
    _keeps_ascii: bool = False

    def tokens(self, cleaned: str) -> list[str]:
        """Return the tokens in reading order."""
        return self._tokens_of(self._spaced(self._front(lower_case(cleaned))))

    def spans(self, cleaned: str) -> list[Span]:
        """Return the same tokens, each with its position in `cleaned`."""
        lower = self._front(lower_case(cleaned))
        words = self._spaced(lower).split()
        spans, end = [], 0
        for word, token in zip(words, self._tokens(words) if self._tokens else words, strict=True):
            # The text between two words contains neither letters nor kept marks, so the first occurrence from here on
            # is the word itself.
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
        """Return the text, with its length unchanged, with blanks in place of ignored addresses."""
        if self._keeps_addresses or not any(sign in lower for sign in _ADDRESS_SIGNS):
            return lower
        return _ADDRESS.sub(lambda address: " " * len(address[0]), lower)


def tokenizer(preset: Preset) -> Tokenizer:
    """Return the tokenizer of a preset.

    `modern` is lower case and keeps every word, "n't" as a separate token, `! ? . ,` and emoticons; it drops web
    addresses and handles (@name). `modern-2` also reads what people write in place of words: emoji, and ratings such as
    4/5 or ★★★★☆, which give the same token. `classic` is the tutorials' recipe: letters and digits only, without NLTK's
    English stop words, Porter stems (Porter 1980, NLTK's variant). In between, `stems` is `classic` with stop words,
    and `words` is `stems` without stemming.
    """
    return _TOKENIZERS[preset]


def tokens_of(preset: Preset, reviews: Iterable[str]) -> list[list[str]]:
    """Return the tokens of each raw review.

    Equal tokens are interned, because 20 million separate strings would fill a laptop's memory.
    """
    tokens = tokenizer(preset).tokens
    return [list(map(sys.intern, tokens(clean(review)))) for review in reviews]


def lower_case(cleaned: str) -> str:
    """Return a text in lower case, character by character where needed to preserve the offsets of `cleaned`."""
    lower = cleaned.lower()
    if len(lower) == len(cleaned):
        return lower
    return "".join(small if len(small := character.lower()) == 1 else character for character in cleaned)


def _modern_2_spaced(lower: str) -> str:
    text = _RATING.sub(_shielded, lower) if "/5" in lower or "/10" in lower else lower
    if not text.isascii() and _SYMBOLS.search(foreign_characters(text)):
        text = _SYMBOLS.sub(r" \g<0> ", text)
    return _modern_spaced(text, _NOT_KEPT_BESIDE_PICTURES)


def _modern_2_tokens(words: list[str]) -> list[str | None]:
    return [_rating_of(word) if word[0] in _STARS else word for word in words]


def _rating_of(stars: str) -> str:
    """Return the rating shown by a row of full and empty stars, in digits, or a single star if it shows none."""
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
    """Return whether an emoticon's eyes, such as a colon, occur anywhere but before a space; a fast check."""
    return "<3" in text or any(eyes in text and text.count(eyes) > text.count(f"{eyes} ") for eyes in ":;=")


def _without_other_marks(text: str, not_kept: re.Pattern[str]) -> str:
    """Replace all but letters, digits and kept marks by blanks, and restore shielded characters."""
    if text.isascii():
        # By far the fastest, but limited to ASCII.
        return text.translate(_ASCII_TABLE)
    foreign = {character for character in set(foreign_characters(text)) if not_kept.match(character)}
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
    """Return a cached Porter stemmer: most words of a review have occurred before."""
    from nltk.stem.porter import PorterStemmer

    # NLTK is slow to import and only this preset needs it.
    return cache(PorterStemmer().stem)


_TOKENIZERS: dict[Preset, Tokenizer] = {
    "modern-2": Tokenizer(_modern_2_spaced, _modern_2_tokens, _keeps_addresses=False, _keeps_ascii=True),
    "modern": Tokenizer(_modern_spaced, _keeps_addresses=False),
    "classic": Tokenizer(_classic_spaced, _classic_tokens),
    "stems": Tokenizer(_classic_spaced, _stems),
    "words": Tokenizer(_classic_spaced),
}
