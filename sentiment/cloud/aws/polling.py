"""How often AWS is polled for the state of a long-running operation."""

import os
import time


def poll_seconds() -> float:
    """Return the seconds between two polls: AWS limits their number for all users of the account together.

    Set SENTIMENT_POLL_SECONDS for a cloud without such a limit, such as the local one.
    """
    return float(os.environ.get("SENTIMENT_POLL_SECONDS") or 5)


def pause() -> None:
    """Wait until the next poll."""
    time.sleep(poll_seconds())
