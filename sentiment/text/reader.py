"""Encode a review for a model: its token ids, truncated to the maximum length, and statistics on what was read.

Training and scoring use the same `Reader`, created from the bundle's settings.
"""

import re
from dataclasses import dataclass

import numpy as np

from sentiment.prediction import Flag
from sentiment.text import tokenizer
from sentiment.text.cleaning import clean, tokens_cut
from sentiment.text.language import FUNCTION_WORDS, SAMPLE_TOKENS, other_language
from sentiment.text.names import stands_as_name
from sentiment.text.spelling import Spelling
from sentiment.text.token_ids import Ids, TokenIds, UnknownToken
from sentiment.text.tokenizer import Preset, Span
from sentiment.text.vocabulary import UNKNOWN, Vocabulary

# The share of the maximum length that a truncated review keeps from its beginning; the rest is kept from its end, where
# the verdict usually is.
HEAD_SHARE = 0.35
# With fewer known words than this, a verdict has almost no basis.
SHORT = 4
# Above the first share of unknown tokens users are warned; above the second, the review counts as unreadable.
UNKNOWN_WORTH_TELLING = 0.25
UNKNOWN_TOO_MANY = 0.5


_WHOLE_WORDS: tuple[Preset, ...] = ("modern-2", "modern")
# A letter repeated three times or more imitates speech.
_STRETCHED = re.compile(r"([a-z])\1{2,}")
# Token types: a function word may start with an apostrophe ("'s").
_OTHER, _WORD, _FUNCTION_WORD, _FUNCTION_PART = range(4)


@dataclass(frozen=True, slots=True)
class Reading:
    """A review as encoded for the network.

    `ids` has shape (tokens_read,) and dtype int32. `tokens_total` is an estimate for reviews truncated by `clean`.
    `unknown_share` counts tokens that are not spelt as in the vocabulary, even if a typing error is recognised.
    `legible` is False if there is nothing that the model can read: no tokens, another language, or mostly unknown
    words.
    """

    ids: Ids
    tokens_total: int
    unknown_share: float
    flags: tuple[Flag, ...]
    legible: bool


@dataclass(frozen=True, slots=True)
class Located:
    """A reading, the cleaned `text` it was made from, the `spans` of its tokens, and the indices of those `kept`."""

    text: str
    spans: list[Span]
    kept: list[int]
    reading: Reading


class Reader:
    """Encodes raw reviews, given a preset, a vocabulary and a maximum length (in tokens)."""

    def __init__(self, preset: Preset, vocabulary: Vocabulary, maximum_length: int) -> None:
        self.tokenizer = tokenizer.tokenizer(preset)
        self.vocabulary = vocabulary
        self.maximum_length = maximum_length
        self._head = round(maximum_length * HEAD_SHARE)
        # Only a modern vocabulary has whole words, including the function words that identify a language.
        self._knows_function_words = preset in _WHOLE_WORDS
        self._spelling = Spelling(vocabulary.tokens) if preset in _WHOLE_WORDS else None
        self._stretched = _STRETCHED if preset == "modern-2" else None
        self._token_ids = TokenIds(vocabulary, self._judged)
        self._kinds = np.array([_kind(token) for token in vocabulary.tokens], dtype=np.uint8)

    def ids(self, review: str) -> Ids:
        """Return the ids of the review's tokens, truncated, without further analysis; used for training."""
        cleaned = clean(review)
        found, unknown = self._token_ids.find(self.tokenizer.tokens(cleaned))
        return self._resolved(self._capped(found), unknown, cleaned)[0]

    def read(self, review: str) -> Reading:
        """Return the encoded review with statistics and flags."""
        cleaned = clean(review)
        found, unknown = self._token_ids.find(self.tokenizer.tokens(cleaned))
        tokens_total = len(found) + tokens_cut(review)
        ids, unknown_count = self._resolved(self._capped(found), unknown, cleaned)
        unknown_share = unknown_count / len(ids) if len(ids) else 0.0
        start = found[:SAMPLE_TOKENS]
        flags = self._flags(cleaned, start, unknown, tokens_total > len(ids), unknown_share)
        legible = len(ids) > 0 and "not_english" not in flags and unknown_share <= UNKNOWN_TOO_MANY
        return Reading(ids, tokens_total, unknown_share, flags, legible)

    def located(self, review: str) -> "Located":
        """Return the encoded review with the position of each token in the cleaned text; slower than `read`."""
        cleaned = clean(review)
        spans = self.tokenizer.spans(cleaned)
        return Located(cleaned, spans, self.kept(len(spans)), self.read(review))

    def kept(self, tokens_total: int) -> list[int]:
        """Return the indices, among `tokens_total` tokens, of those that are read."""
        if tokens_total <= self.maximum_length:
            return list(range(tokens_total))
        tail = self.maximum_length - self._head
        return [*range(self._head), *range(tokens_total - tail, tokens_total)]

    def _judged(self, token: str) -> UnknownToken:
        """Describe a token that is not in the vocabulary."""
        known = self._unstretched(token)
        meant = self._spelling.meant(token) if self._spelling and known == UNKNOWN else UNKNOWN
        written = token if meant != UNKNOWN else ""
        return UnknownToken(known, meant, written, _kind(token))

    def _unstretched(self, token: str) -> int:
        """Return the id of the known word behind "goooood" or "loooove", or that of unknown words."""
        if not self._stretched or not self._stretched.search(token):
            return UNKNOWN
        twice, once = (self.vocabulary.find(self._stretched.sub(letters, token)) for letters in (r"\1\1", r"\1"))
        return twice or once or UNKNOWN

    def _resolved(self, found: Ids, unknown: list[UnknownToken], cleaned: str) -> tuple[Ids, int]:
        """Return the ids with unknown tokens resolved, and the number of tokens that are unknown as spelt."""
        ids, count = found.copy(), 0
        for place in (found < 0).nonzero()[0].tolist():
            token = unknown[~ids[place]]
            ids[place] = token.known
            if token.known == UNKNOWN:
                count += 1
                # An unknown name is not a typing error.
                if token.meant != UNKNOWN and not stands_as_name(token.written, cleaned):
                    ids[place] = token.meant
        return ids, count

    def _capped(self, ids: Ids) -> Ids:
        if len(ids) <= self.maximum_length:
            return ids
        return np.concatenate([ids[: self._head], ids[len(ids) - (self.maximum_length - self._head) :]])

    def _flags(
        self, cleaned: str, start: Ids, unknown: list[UnknownToken], is_truncated: bool, unknown_share: float
    ) -> tuple[Flag, ...]:
        """Return the flags of a review whose first tokens are `start`."""
        if not len(start):
            return ("empty",)
        kinds = self._kinds_of(start, unknown)
        words = kinds.count(_WORD) + kinds.count(_FUNCTION_WORD)
        flags: list[Flag] = []
        if words * (1 - unknown_share) < SHORT:
            flags.append("short")
        if is_truncated:
            flags.append("truncated")
        if unknown_share > UNKNOWN_WORTH_TELLING:
            flags.append("unknown_words")
        if self._knows_function_words:
            function_words = kinds.count(_FUNCTION_WORD) + kinds.count(_FUNCTION_PART)
            if other_language(cleaned, function_words / len(start), unknown_share):
                flags.append("not_english")
        return tuple(flags)

    def _kinds_of(self, ids: Ids, unknown: list[UnknownToken]) -> bytes:
        """Return the type of each token, one byte per token."""
        kinds = self._kinds.take(ids, mode="clip")
        for place in (ids < 0).nonzero()[0].tolist():
            kinds[place] = unknown[~ids[place]].kind
        return kinds.tobytes()


def _kind(token: str) -> int:
    """Return the type of a token: whether it starts with a letter or digit, and whether it is a function word."""
    if token in FUNCTION_WORDS:
        return _FUNCTION_WORD if token[0].isalnum() else _FUNCTION_PART
    return _WORD if token[:1].isalnum() else _OTHER
