"""Many calls at once: how many, what becomes of all when one fails, and how long to wait before one is made again."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from typing import TypeVar

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0  # seconds
Item = TypeVar("Item")
Value = TypeVar("Value")


def results(
    call: Callable[[Item], Value], items: Sequence[Item], at_once: int, stopped: threading.Event
) -> list[Value]:
    """Make a call for each item, so many at once, and return what they give, in order.

    The first exception of a call is raised, and ends the others: `stopped`, which is cleared before, is set for those
    under way, and what has not begun does not begin.
    """
    stopped.clear()
    with ThreadPoolExecutor(at_once, "call") as pool:
        waiting = [pool.submit(call, item) for item in items]
        try:
            done, _ = wait_for(waiting, return_when=FIRST_EXCEPTION)
            for ended in done:
                ended.result()  # raises what the first call to fail has raised
            return [ended.result() for ended in waiting]
        except BaseException:
            # Without the result of one, those of the others are of no use.
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def random_wait(tries: int) -> float:
    """Seconds before a call is made again of which so many tries failed, up to a limit that doubles.

    This is the "full jitter" of Brooker (2015).
    """
    return random.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tries - 1)))


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
