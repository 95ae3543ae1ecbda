"""How long a choice on the launch page lasts."""

from typing import Any

from sentiment.jobs.sagemaker_run import Place
from sentiment.jobs.training_request import TrainingRequest


def lasting(key: str, cloned: TrainingRequest | Place | None) -> dict[str, Any]:
    """Return key and lifetime of a widget: a choice outlives leaving the page, but a cloned job opens as it was."""
    return {"key": key, "persist_state": "session"} if cloned is None else {"key": f"{key} cloned"}
