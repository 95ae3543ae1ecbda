"""Waiting for a condition instead of for some time."""

import time


def until(condition, seconds=300):
    """Look at the condition again and again and return what it gives once that is true; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)
    return found
