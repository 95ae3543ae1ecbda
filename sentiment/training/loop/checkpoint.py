"""The checkpoint of a training run: the whole state of its fit, tied to its settings and data."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch

from sentiment.errors import ConfigError
from sentiment.system.storage import remove_interrupted, written_whole
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Fit, TrainingState


def identity(config: TrainConfig, digest: str) -> TrainingState:
    """Return what a checkpoint shares with the run that resumes from it: the data, and all settings but the device."""
    settings = {name: value for name, value in asdict(config).items() if name != "device"}
    return {"settings": settings, "data": digest}


def saver(fit: Fit, path: Path | None, identity: TrainingState) -> Callable[[], None]:
    """Return a function that writes the state of `fit` to `path` atomically; without a path it does nothing.

    Partial files left there by a killed run are removed, which is safe because a run locks its output and checkpoint.
    """
    if path:
        remove_interrupted(path)

    def save() -> None:
        if path:
            with written_whole(path) as temporary:
                torch.save({"identity": identity, "fit": fit.state()}, temporary)

    return save


def restore(fit: Fit, path: Path, identity: TrainingState) -> bool:
    """Restore `fit` to the saved state; return False if there is no checkpoint.

    All workers resume from the checkpoint on the leader's machine.

    Raises:
        ConfigError: the checkpoint is damaged, or belongs to other settings or data.
    """
    workers = fit.workers
    if not workers.any(workers.leads and path.exists()):
        return False
    content = workers.lead(path.read_bytes)
    try:
        stored = torch.load(io.BytesIO(content), map_location=fit.device, weights_only=True)
        same = stored["identity"] == identity
    except Exception as error:  # the type depends on what is damaged
        raise ConfigError(f"{path} is damaged: delete it to train from the start.") from error
    if not same:
        raise ConfigError(f"{path} is from a run with other settings or data; delete it, or give another folder.")
    try:
        fit.restore(stored["fit"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{path} was written by another version; delete it to train from the start.") from error
    return True


def discard(path: Path) -> None:
    """Delete the checkpoint of a finished run, and its folder if it is the one that was created next to an output.

    Call it once the result is saved: a run that dies in between saves the same result again when it is resumed.
    """
    path.unlink(missing_ok=True)
    if path.parent.suffix == ".checkpoint":
        with contextlib.suppress(OSError):  # something else is in it
            path.parent.rmdir()


def resumption(fit: Fit, path: Path) -> str:
    """Return a sentence about where a restored run continues."""
    return f"Resuming from {path}: epoch {fit.epoch}, step {fit.step} of {fit.task.steps}."
