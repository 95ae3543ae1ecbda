"""Waiting for a condition instead of a fixed time."""

import time


def until(condition, seconds=300):
    """Poll the condition and return its result once that is true; fail after that many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)
    return found
