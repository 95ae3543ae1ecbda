"""Parallel calls: how many at a time, what a failure means for the others, and how long to wait before a retry."""

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
    """Make a call for each item, up to `at_once` in parallel, and return their results in order.

    The first exception of a call is raised and ends the others: `stopped`, which is cleared first, is set for the
    running calls, and the remaining ones are not started.
    """
    stopped.clear()
    with ThreadPoolExecutor(at_once, "call") as pool:
        waiting = [pool.submit(call, item) for item in items]
        try:
            done, _ = wait_for(waiting, return_when=FIRST_EXCEPTION)
            for ended in done:
                ended.result()  # raises the exception of the first call that failed
            return [ended.result() for ended in waiting]
        except BaseException:
            # Without one of the results, the others are of no use.
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def random_wait(tries: int) -> float:
    """Return the seconds before the next retry after that many failed tries, below a limit that doubles each time.

    This is the "full jitter" of Brooker (2015).
    """
    return random.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tries - 1)))


class Concurrency:
    """Limits the number of parallel calls: additive increase, multiplicative decrease (Chiu and Jain 1989).

    A throttled call halves the limit, once for all calls running at that time; each success adds its share of one. The
    limit stays between 1 and `most`, its initial value.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._busy = self._decreases = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """The number of calls currently allowed in parallel."""
        return int(self._allowed)

    @contextmanager
    def turn(self) -> Iterator["Turn"]:
        """Wait for a slot, and hold it during the block."""
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
    """The slot of one call, which should report the outcome, unless that does not depend on the rate."""

    def __init__(self, concurrency: Concurrency, decreases: int) -> None:
        self._concurrency, self._decreases = concurrency, decreases

    def succeeded(self) -> None:
        """Report that the call succeeded."""
        self._concurrency._increase()

    def throttled(self) -> None:
        """Report that the call was refused because of too many calls."""
        self._concurrency._decrease(self._decreases)
