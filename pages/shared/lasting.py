"""The lifetime of a choice on the launch page."""

from typing import Any

from sentiment.jobs.sagemaker_run import Place
from sentiment.jobs.training_request import TrainingRequest


def lasting(key: str, cloned: TrainingRequest | Place | None) -> dict[str, Any]:
    """Return key and lifetime of a widget: choices are kept when the page is left, but a cloned job resets them."""
    return {"key": key, "persist_state": "session"} if cloned is None else {"key": f"{key} cloned"}
