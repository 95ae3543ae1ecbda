"""What a model reads of a review: its token ids under the length cap, and how much of it that is.

Training and scoring read through the same `Reader`, rebuilt from the bundle's settings.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.prediction import Flag
from sentiment.text import tokenizer
from sentiment.text.cleaning import clean, tokens_cut
from sentiment.text.language import other_language
from sentiment.text.names import stands_as_name
from sentiment.text.spelling import Spelling
from sentiment.text.tokenizer import Preset, Span
from sentiment.text.vocabulary import UNKNOWN, Vocabulary

# A cut review keeps this share of the cap from its opening and the rest from its end, where the
# verdict stands.
HEAD_SHARE = 0.35
# With fewer known words than this, a verdict rests on almost nothing.
SHORT = 4
# Above this share of unknown tokens a reader should be warned; above the other, the model did not read the review.
UNKNOWN_WORTH_TELLING = 0.25
UNKNOWN_TOO_MANY = 0.5


_WHOLE_WORDS: tuple[Preset, ...] = ("modern-2", "modern")
# One letter three times or more in a row is written for its sound.
_STRETCHED = re.compile(r"([a-z])\1{2,}")


@dataclass(frozen=True, slots=True)
class Reading:
    """One review as the network sees it.

    `ids` has shape (tokens_read,) and dtype int32. `tokens_total` is an estimate for reviews that `clean` cuts.
    `unknown_share` counts what is written in a way that the
    vocabulary does not have, also where a typing error is seen through. `legible` is False when there is
    nothing the model can read: no tokens, another language, or mostly unknown words.
    """

    ids: NDArray[np.int32]
    tokens_total: int
    unknown_share: float
    flags: tuple[Flag, ...]
    legible: bool


@dataclass(frozen=True, slots=True)
class Located:
    """A reading, the cleaned `text` it was made from, the `spans` of its tokens, and those that are `kept`."""

    text: str
    spans: list[Span]
    kept: list[int]
    reading: Reading


class Reader:
    """Turns raw reviews into readings, by one preset, vocabulary and maximum length (in tokens)."""

    def __init__(self, preset: Preset, vocabulary: Vocabulary, maximum_length: int) -> None:
        self.tokenizer = tokenizer.tokenizer(preset)
        self.vocabulary = vocabulary
        self.maximum_length = maximum_length
        self._head = round(maximum_length * HEAD_SHARE)
        # Only a modern vocabulary keeps the words that a language is recognised by, and whole words.
        self._knows_function_words = preset in _WHOLE_WORDS
        self._spelling = Spelling(vocabulary.tokens) if preset in _WHOLE_WORDS else None
        self._stretched = _STRETCHED if preset == "modern-2" else None

    def ids(self, review: str) -> NDArray[np.int32]:
        """Return the ids of the tokens under the cap, without judging the review: for training."""
        cleaned = clean(review)
        return self._encoded(self._capped(self.tokenizer.tokens(cleaned)), cleaned)[0]

    def read(self, review: str) -> Reading:
        """Return the review as the network sees it, with what there is to say about it."""
        cleaned = clean(review)
        tokens = self.tokenizer.tokens(cleaned)
        tokens_total = len(tokens) + tokens_cut(review)
        ids, unknown = self._encoded(self._capped(tokens), cleaned)
        unknown_share = int(np.count_nonzero(unknown)) / len(ids) if len(ids) else 0.0
        flags = self._flags(cleaned, tokens, tokens_total > len(ids), unknown_share)
        legible = len(ids) > 0 and "not_english" not in flags and unknown_share <= UNKNOWN_TOO_MANY
        return Reading(ids, tokens_total, unknown_share, flags, legible)

    def located(self, review: str) -> "Located":
        """Return the review as read, with the place of each token in the cleaned text; slower than `read`."""
        cleaned = clean(review)
        spans = self.tokenizer.spans(cleaned)
        return Located(cleaned, spans, self.kept(len(spans)), self.read(review))

    def kept(self, tokens_total: int) -> list[int]:
        """Return the positions, among `tokens_total` tokens, of those that are read."""
        if tokens_total <= self.maximum_length:
            return list(range(tokens_total))
        tail = self.maximum_length - self._head
        return [*range(self._head), *range(tokens_total - tail, tokens_total)]

    def _encoded(self, tokens: list[str], cleaned: str) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return the id of each token (tokens,), typing errors seen through, and whether it is unknown as written."""
        ids = self.vocabulary.encode(tokens)
        if self._stretched:
            for place in np.flatnonzero(ids == UNKNOWN).tolist():
                ids[place] = self._unstretched(self._stretched, tokens[place])
        unknown = ids == UNKNOWN
        for place in np.flatnonzero(unknown).tolist():
            ids[place] = self._meant(tokens[place], cleaned)
        return ids, unknown

    def _unstretched(self, stretched: re.Pattern[str], token: str) -> int:
        """Return the id of the known word that "goooood" or "loooove" is, or that of unknown words."""
        if not stretched.search(token):
            return UNKNOWN
        twice, once = self.vocabulary.encode([stretched.sub(r"\1\1", token), stretched.sub(r"\1", token)]).tolist()
        return int(once if twice == UNKNOWN else twice)

    def _meant(self, token: str, cleaned: str) -> int:
        meant = self._spelling.meant(token) if self._spelling else UNKNOWN
        # A name that is not known is no typing error.
        return UNKNOWN if meant != UNKNOWN and stands_as_name(token, cleaned) else meant

    def _capped(self, tokens: list[str]) -> list[str]:
        if len(tokens) <= self.maximum_length:
            return tokens
        return [*tokens[: self._head], *tokens[len(tokens) - (self.maximum_length - self._head) :]]

    def _flags(self, cleaned: str, tokens: list[str], is_truncated: bool, unknown_share: float) -> tuple[Flag, ...]:
        if not tokens:
            return ("empty",)
        flags: list[Flag] = []
        known_words = sum(token[0].isalnum() for token in tokens[:100]) * (1 - unknown_share)
        if known_words < SHORT:
            flags.append("short")
        if is_truncated:
            flags.append("truncated")
        if unknown_share > UNKNOWN_WORTH_TELLING:
            flags.append("unknown_words")
        if self._knows_function_words and other_language(cleaned, tokens, unknown_share):
            flags.append("not_english")
        return tuple(flags)
