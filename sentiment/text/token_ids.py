"""Map tokens to ids for many texts, caching how each unknown token is resolved."""

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.text.vocabulary import Vocabulary

# Total number of letters of cached unknown tokens: some 30,000 tokens of ordinary text.
_MOST_LETTERS = 1 << 18

Ids = NDArray[np.int32]


class UnknownToken(NamedTuple):
    """A token that is not in the vocabulary as spelt.

    `known` is the id of the word that it is a variant spelling of, `meant` the id of the word that it is a typing error
    of; each is `UNKNOWN` if there is none. `written` is the token if it is a typing error, else "". `kind` is defined
    by `judge`.
    """

    known: int
    meant: int
    written: str
    kind: int


class TokenIds:
    """Maps tokens to ids; thread-safe.

    `judge` describes a token that is not in the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary, judge: Callable[[str], UnknownToken]) -> None:
        self._judge = judge
        numbers = np.arange(len(vocabulary), dtype=np.int32)
        # As bytes, the ids of a text are joined instead of being converted one by one.
        self._vocabulary = {token: number.tobytes() for token, number in zip(vocabulary.tokens, numbers, strict=True)}
        self._lock = threading.Lock()
        self._forget()

    def find(self, tokens: Sequence[str]) -> tuple[Ids, list[UnknownToken]]:
        """Return the id of each token (tokens,), read-only, and the list to which negative ids refer.

        The id of an unknown token is `~index` with its index in the list. The list is shared with other texts and must
        not be modified.
        """
        ids, unknown = self._memory
        found = list(map(ids.get, tokens))
        if None in found:
            for place in [place for place, number in enumerate(found) if number is None]:
                found[place] = self._remembered(tokens[place], ids, unknown)
        return np.frombuffer(b"".join(found), dtype=np.int32), unknown  # type: ignore[arg-type]  # none is None

    def _remembered(self, token: str, ids: dict[str, bytes], unknown: list[UnknownToken]) -> bytes:
        """Describe an unknown token and cache it."""
        with self._lock:
            if token not in ids:
                unknown.append(self._judge(token))
                ids[token] = np.int32(-len(unknown)).tobytes()
                self._letters += len(token)
            if self._letters > _MOST_LETTERS:
                self._forget()
            return ids[token]

    def _forget(self) -> None:
        """Clear the cache; texts being read keep the cache that they started with."""
        no_unknown: list[UnknownToken] = []
        self._memory = dict(self._vocabulary), no_unknown
        self._letters = 0
