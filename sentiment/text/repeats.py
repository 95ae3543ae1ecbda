"""Find repeated reviews: the first row of each distinct review of a table, in 24 bytes per review.

A dictionary of all of them would take some 130 bytes per review.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

# Reviews in the dictionary before they are merged into the array, which takes time linear in its length.
_MOST_RECENT = 1 << 16
_DIGEST_BYTES, _ROW_BYTES = 16, 8
# An entry of the array is a string of bytes, sorted as such; these are its parts.
_ENTRY = np.dtype(f"S{_DIGEST_BYTES + _ROW_BYTES}")
_PARTS = np.dtype([("digest", f"S{_DIGEST_BYTES}"), ("row", f">i{_ROW_BYTES}")])


def text_digest(text: str) -> bytes:
    """Return a 16-byte digest of a review, equal only for equal texts for all practical purposes."""
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()


class FirstRows:
    """The first row of each distinct review; recent ones are in a dictionary, the others in a sorted array."""

    def __init__(self, most_recent: int = _MOST_RECENT) -> None:
        self._most_recent = most_recent
        self._recent: dict[bytes, int] = {}
        self._sorted = np.zeros(0, dtype=_ENTRY)

    def of(self, digests: Sequence[bytes | None], rows: range) -> list[int | None]:
        """Return for each of the table's next rows the first one with the same review; None without a digest.

        Example:
            >>> first_rows, (a, b) = FirstRows(), map(text_digest, ["Fine.", "Dull."])
            >>> first_rows.of([a, b, None, b], range(4)), first_rows.of([a], range(4, 5))
            ([0, 1, None, 1], [0])
        """
        found = [
            None if digest is None else merged if merged >= 0 else self._recent.setdefault(digest, row)
            for digest, merged, row in zip(digests, self._merged(digests), rows, strict=True)
        ]
        if len(self._recent) > self._most_recent:
            self._merge()
        return found

    def _merged(self, digests: Sequence[bytes | None]) -> list[int]:
        """Return the row of each digest in the array, -1 if there is none."""
        if not len(self._sorted):
            return [-1] * len(digests)
        # Padded with zeros, a digest sorts just before its entry.
        wanted = np.array([digest or b"" for digest in digests], dtype=_ENTRY)
        places = np.searchsorted(self._sorted, wanted).clip(max=len(self._sorted) - 1)
        parts = self._sorted[places].view(_PARTS)
        rows: list[int] = np.where(parts["digest"] == wanted, parts["row"], -1).tolist()
        return rows

    def _merge(self) -> None:
        """Move the recent reviews to the array."""
        added = np.array([digest + row.to_bytes(_ROW_BYTES) for digest, row in self._recent.items()], dtype=_ENTRY)
        added.sort()
        self._recent = {}
        self._sorted = np.concatenate([self._sorted, added])
        self._sorted.sort(kind="stable")  # merges what is sorted already
