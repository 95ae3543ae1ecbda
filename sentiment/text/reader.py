"""What a model reads of a review: its token ids under the length cap, and how much of it that is.

Training and scoring read through the same `Reader`, rebuilt from the bundle's settings.
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
# Kinds of tokens: a function word may begin with an apostrophe ("'s").
_OTHER, _WORD, _FUNCTION_WORD, _FUNCTION_PART = range(4)


@dataclass(frozen=True, slots=True)
class Reading:
    """One review as the network sees it.

    `ids` has shape (tokens_read,) and dtype int32. `tokens_total` is an estimate for reviews that `clean` cuts.
    `unknown_share` counts what is written in a way that the
    vocabulary does not have, also where a typing error is seen through. `legible` is False when there is
    nothing the model can read: no tokens, another language, or mostly unknown words.
    """

    ids: Ids
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
        self._token_ids = TokenIds(vocabulary, self._judged)
        self._kinds = np.array([_kind(token) for token in vocabulary.tokens], dtype=np.uint8)

    def ids(self, review: str) -> Ids:
        """Return the ids of the tokens under the cap, without judging the review: for training."""
        cleaned = clean(review)
        found, unknown = self._token_ids.find(self.tokenizer.tokens(cleaned))
        return self._resolved(self._capped(found), unknown, cleaned)[0]

    def read(self, review: str) -> Reading:
        """Return the review as the network sees it, with what there is to say about it."""
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

    def _judged(self, token: str) -> UnknownToken:
        """Describe a token that the vocabulary does not have."""
        known = self._unstretched(token)
        meant = self._spelling.meant(token) if self._spelling and known == UNKNOWN else UNKNOWN
        written = token if meant != UNKNOWN else ""
        return UnknownToken(known, meant, written, _kind(token))

    def _unstretched(self, token: str) -> int:
        """Return the id of the known word that "goooood" or "loooove" is, or that of unknown words."""
        if not self._stretched or not self._stretched.search(token):
            return UNKNOWN
        twice, once = (self.vocabulary.find(self._stretched.sub(letters, token)) for letters in (r"\1\1", r"\1"))
        return twice or once or UNKNOWN

    def _resolved(self, found: Ids, unknown: list[UnknownToken], cleaned: str) -> tuple[Ids, int]:
        """Return the ids with unknown tokens read as what they mean, and how many are unknown as they are written."""
        ids, count = found.copy(), 0
        for place in (found < 0).nonzero()[0].tolist():
            token = unknown[~ids[place]]
            ids[place] = token.known
            if token.known == UNKNOWN:
                count += 1
                # A name that is not known is not a typing error.
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
        """Return what kind of token each is, a byte for each."""
        kinds = self._kinds.take(ids, mode="clip")
        for place in (ids < 0).nonzero()[0].tolist():
            kinds[place] = unknown[~ids[place]].kind
        return kinds.tobytes()


def _kind(token: str) -> int:
    """Return whether a token begins with a letter or digit, and whether languages are recognised by it."""
    if token in FUNCTION_WORDS:
        return _FUNCTION_WORD if token[0].isalnum() else _FUNCTION_PART
    return _WORD if token[:1].isalnum() else _OTHER
