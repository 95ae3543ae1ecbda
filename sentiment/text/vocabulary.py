"""Tokens to ids and back: the words known to a bundle, most frequent first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import BundleError
from sentiment.system.storage import write_text

PADDING = 0
UNKNOWN = 1
_RESERVED = ("<padding>", "<unknown>")
# Room for a million tokens. Indexes of a vocabulary take a hundred times its size in memory.
_LARGEST = 8 * 2**20


class Vocabulary:
    """An immutable list of tokens; the id of a token is its index in the list.

    Id 0 is padding and id 1 stands for every token outside the list.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tuple(tokens)
        self._ids = {token: number for number, token in enumerate(self.tokens)}

    @classmethod
    def build(cls, texts: Iterable[Iterable[str]], size: int, minimum_count: int = 1) -> "Vocabulary":
        """Take the `size` most frequent tokens (reserved ids included) that occur `minimum_count` times or more.

        Ties are broken alphabetically, so that the vocabulary does not depend on the order of the texts.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(text)
        common = sorted((item for item in counts.items() if item[1] >= minimum_count), key=lambda i: (-i[1], i[0]))
        return cls([*_RESERVED, *(token for token, _ in common[: size - len(_RESERVED)])])

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def find(self, token: str) -> int | None:
        """Return the id of a token, None if it is not in the list."""
        return self._ids.get(token)

    def encode(self, tokens: Iterable[str]) -> NDArray[np.int32]:
        """Return one id per token (tokens,); 1 (unknown) for a token outside the list."""
        return np.fromiter(map(self._ids.get, tokens, repeat(UNKNOWN)), dtype=np.int32)

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Return the token of each id."""
        return [self.tokens[number] for number in ids]

    def save(self, path: Path) -> None:
        """Write one token per line; the line number is the id."""
        write_text(path, "".join(f"{token}\n" for token in self.tokens))

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Load what `save` wrote.

        Raises:
            BundleError: the file is too large, is not UTF-8, does not start with the reserved tokens, or repeats one.
        """
        try:
            if path.stat().st_size > _LARGEST:
                raise BundleError(f"{path} is not a vocabulary: it is larger than {_LARGEST // 2**20} MB.")
            # Not splitlines(): a token may contain a character that Python treats as a line break.
            tokens = path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(f"{path} cannot be read as a vocabulary: {error}.") from error
        vocabulary = cls(tokens)
        if tuple(tokens[:2]) != _RESERVED or len(vocabulary._ids) != len(tokens):
            raise BundleError(f"{path} is damaged: it is not a list of distinct tokens that starts with padding.")
        return vocabulary
