"""How often AWS is asked how far something is that takes it minutes."""

import os
import time


def poll_seconds() -> float:
    """Seconds between two questions: AWS allows few of them, for all users of the account together.

    SENTIMENT_POLL_SECONDS is for a cloud that may be asked often, such as the one on this machine.
    """
    return float(os.environ.get("SENTIMENT_POLL_SECONDS") or 5)


def pause() -> None:
    """Wait until the next question."""
    time.sleep(poll_seconds())
