"""How many calls are made at once: fewer as soon as they are throttled, more again while all goes well."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Concurrency:
    """Lets so many threads in at once: additive increase, multiplicative decrease (Chiu and Jain 1989).

    A throttled call halves the number, once for all the calls that were in hand at that time; each success
    adds its share of one. The number stays between 1 and `most`, where it begins.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._busy = self._decreases = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many may be in at once now."""
        return int(self._allowed)

    @contextmanager
    def turn(self) -> Iterator["Turn"]:
        """Wait for a place, and keep it for the block."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy < self.allowed)
            self._busy += 1
            turn = Turn(self, self._decreases)
        try:
            yield turn
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _increase(self) -> None:
        with self._changed:
            self._allowed = min(self._most, self._allowed + 1 / self._allowed)
            self._changed.notify_all()

    def _decrease(self, seen: int) -> None:
        with self._changed:
            if seen == self._decreases:
                self._allowed = max(1.0, self._allowed / 2)
                self._decreases += 1


class Turn:
    """One call's place; it is to say how the call went, or nothing when that tells nothing about the pace."""

    def __init__(self, concurrency: Concurrency, decreases: int) -> None:
        self._concurrency, self._decreases = concurrency, decreases

    def succeeded(self) -> None:
        """The call was answered."""
        self._concurrency._increase()

    def throttled(self) -> None:
        """The call was refused because there are too many."""
        self._concurrency._decrease(self._decreases)
