"""The conclusion from the curves of one training run, in one plain sentence.

Rules over the epoch rows, in order: diverged, not learning, overfitting, stalled, improving.
"""

import math
from collections.abc import Sequence

from sentiment.errors import BundleError
from sentiment.jobs.registry import Job
from sentiment.model import bundle
from sentiment.training.loop.log_lines import EpochRow, best_epoch, epoch_rows

# A constant guess on a balanced data set scores 0.5 accuracy and ln 2 = 0.693 BCE; a model whose best is within noise
# of that has not started to learn.
CHANCE_ACCURACY = 0.55
CHANCE_BCE = 0.68


def gain(job: Job) -> str:
    """Return a sentence on what fine-tuning gained; "" for a model that was not fine-tuned or is not finished."""
    if job.bundle is None:
        return ""
    try:
        return str(bundle.describe(job.bundle).report.get("gain", ""))
    except BundleError:
        return ""


def verdict(rows: Sequence[EpochRow], *, finished: bool = False, of_language: bool = False) -> str:
    """Return the sentence for these rows (step rows are ignored); `finished` when no more epochs will follow.

    Validation loss is the validation BCE, the best epoch the one with the lowest. The rows of a language model
    (`of_language`) are about next words, for which there is no chance level.
    """
    epochs = epoch_rows(rows)
    best = best_epoch(epochs)
    if not epochs:
        return "No epoch was finished." if finished else "No epoch is finished yet: the first verdict comes after it."
    if best is None or not math.isfinite(epochs[-1]["train_bce"]):
        return "The loss is no longer a number: training has diverged, try a lower learning rate."
    if not of_language and _near_chance(epochs):
        return "Not learning: accuracy is near chance; check the labels or try another learning rate."
    if len(epochs) == 1:
        return _after_one(best, finished, "share of next words guessed" if of_language else "validation accuracy")
    return _of_trend(epochs, best, finished)


def _near_chance(epochs: Sequence[EpochRow]) -> bool:
    accuracy = max(max(row["train_accuracy"], row["validation_accuracy"]) for row in epochs)
    bce = min(row["validation_bce"] for row in epochs)
    return accuracy < CHANCE_ACCURACY and bce > CHANCE_BCE


def _after_one(best: EpochRow, finished: bool, measure: str) -> str:
    accuracy = f"{best['validation_accuracy']:.3f}"
    if finished:
        return f"One epoch only, {measure} {accuracy}: more epochs may help."
    return f"Learning: {measure} is {accuracy} after one epoch, too early to say more."


def _of_trend(epochs: Sequence[EpochRow], best: EpochRow, finished: bool) -> str:
    number = int(best["epoch"])
    waited = int(epochs[-1]["epoch"]) - number
    rising = _rising(epochs, "validation_bce")
    if waited == 0:
        return "Still improving when it ended: more epochs may help." if finished else "Still improving."
    if rising >= 2 and _rising(epochs, "train_bce") >= rising:
        return f"Training and validation loss have risen for {rising} epochs: the learning rate may be too high."
    if rising >= 2:
        return f"Validation loss has risen for {rising} epochs: overfitting, best was epoch {number}."
    return f"Validation loss has not improved for {_epochs(waited)}; best was epoch {number}."


def _rising(epochs: Sequence[EpochRow], field: str) -> int:
    """Return for how many consecutive epochs, up to the last, `field` was higher than in the epoch before."""
    count = 0
    for before, after in zip(reversed(epochs[:-1]), reversed(epochs[1:]), strict=True):
        if not after[field] > before[field]:
            break
        count += 1
    return count


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"
