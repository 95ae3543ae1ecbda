"""A pretraining run: from unlabelled reviews to a language model on disk, which `train.py --start` starts from."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.errors import ConfigError, DataError
from sentiment.model import devices
from sentiment.system.packages import recorded_versions
from sentiment.text.tokenizer import tokens_of
from sentiment.text.vocabulary import PADDING, Vocabulary
from sentiment.training.loop import checkpoint
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Fit, Listener, Loss, TrainingState
from sentiment.training.loop.log_lines import EpochRow
from sentiment.training.pretraining import network_file
from sentiment.training.pretraining.language_model import HiddenState as Memory
from sentiment.training.pretraining.language_model import LanguageModel, draw_negatives
from sentiment.training.pretraining.network_file import Pretrained

# Length of truncated backpropagation through time: the state is carried over from earlier tokens, gradients are not.
CHUNK = 64
MINIMUM_TOKENS = 100_000
_JUDGED_TOKENS = 32_768
_MINIMUM_COUNT = 2


class Reading:
    """The language-modelling task: `streams` of reviews side by side, CHUNK tokens per step, in both directions.

    Reviews are concatenated with padding between them. The padding vector is zero, and predicting it means predicting
    the end of a review.
    """

    def __init__(
        self,
        network: LanguageModel,
        train: list[NDArray[np.int32]],
        held_out: list[NDArray[np.int32]],
        config: TrainConfig,
        device: torch.device,
    ) -> None:
        self.network = network
        self.config = config
        self.device = device
        self._train = train
        self._length = sum(map(len, train)) + len(train) + 1
        self._judged = {"train": _line(train)[:_JUDGED_TOKENS], "validation": _line(held_out)[:_JUDGED_TOKENS]}
        self._lines: list[Tensor] = []
        self._memory: list[Memory | None] = []

    @property
    def steps(self) -> int:
        """Number of steps in one epoch."""
        return (self._length // self.config.batch_size - 1) // CHUNK

    def begin(self, epoch: int) -> None:
        """Shuffle the reviews, determined by seed and epoch, and reset the hidden states."""
        generator = np.random.default_rng([self.config.seed, epoch])
        line = _line([self._train[place] for place in generator.permutation(len(self._train))])
        ways = (line, line[::-1])[: self.network.directions]
        self._lines = [_streams(way, self.config.batch_size) for way in ways]
        self._memory = [None] * self.network.directions

    def learn(self, step: int) -> Loss:
        """Return the mean loss of both directions over the next chunk of each stream."""
        losses = []
        for direction in range(self.network.directions):
            part = self._lines[direction][step * CHUNK : (step + 1) * CHUNK + 1].to(self.device)
            negatives = draw_negatives(len(self.network.bias), self.device)
            guesses, self._memory[direction] = self.network(part[:-1], direction, self._memory[direction])
            losses.append(self.network.sampled_loss(guesses, part[1:], negatives))
        loss = torch.stack(losses).mean()
        return Loss(loss, loss.item(), 0, len(losses) * CHUNK * self.config.batch_size)

    @torch.inference_mode()
    def validate(self) -> EpochRow:
        """Return the cross-entropy in nats per token and the next-token accuracy, among all words.

        They have the names that all learning curves use. The training figures are recomputed on as many training
        tokens, because the loss of the steps is among sampled words only.
        """
        self.network.eval()
        row: EpochRow = {}
        for part, line in self._judged.items():
            row[f"{part}_bce"], row[f"{part}_accuracy"] = self._judge(line)
        return row

    def _judge(self, line: NDArray[np.int32]) -> tuple[float, float]:
        loss, right, count = 0.0, 0, 0
        for direction in range(self.network.directions):
            stream = _streams(line if direction == 0 else line[::-1], min(8, len(line) // 2)).to(self.device)
            memory: Memory | None = None
            for start in range(0, len(stream) - 1, CHUNK):
                part = stream[start : start + CHUNK + 1]
                guesses, memory = self.network(part[:-1], direction, memory)
                chunk_loss, chunk_right = self.network.exact_loss(guesses, part[1:])
                loss, right = loss + chunk_loss.item(), right + int(chunk_right)
                count += part[1:].numel()
        return loss / count, right / count

    def state(self) -> TrainingState:
        """Return the hidden states after the text read so far."""
        return {"memory": [list(memory) if memory is not None else None for memory in self._memory]}

    def restore(self, state: TrainingState) -> None:
        """Restore the hidden states that `state` returned."""
        self._memory = [
            None if memory is None else tuple(part.to(self.device) for part in memory) for memory in state["memory"]
        ]


class Pretraining:
    """A pretraining run over `reviews`; `saved` is the checkpoint from which a stopped run resumes."""

    def __init__(self, reviews: Sequence[str], digest: str, config: TrainConfig, saved: Path | None) -> None:
        if config.layers > 1 or config.convolution:
            raise ConfigError("Only networks of one recurrent layer and without a convolution can be pretrained.")
        texts = tokens_of(config.text, reviews)
        refuse_little(sum(map(len, texts)))
        self.digest = digest
        self.config = config
        self.saved = saved
        self.vocabulary = Vocabulary.build(texts, config.vocabulary_size, _MINIMUM_COUNT)
        readings = [self.vocabulary.encode(tokens) for tokens in texts if tokens]
        order = np.random.default_rng(config.seed).permutation(len(readings))
        held_out = max(1, round(len(readings) * config.validation_share))
        self.train = [readings[place] for place in order[held_out:]]
        self.validation = [readings[place] for place in order[:held_out]]
        self.tokens = sum(map(len, self.train))
        if self.tokens < config.batch_size * (CHUNK + 1):
            raise ConfigError(
                f"The {self.tokens:,} tokens to train on are too few for {config.batch_size:,} parallel "
                "streams; lower batch_size or give more reviews."
            )
        device = devices.choose(config.device)
        torch.manual_seed(config.seed)
        network = LanguageModel(config.architecture, len(self.vocabulary))
        self.fit = Fit(Reading(network, self.train, self.validation, config, device), config, device)

    def finish(self, output: Path, progress: Listener) -> Pretrained | None:
        """Train, or resume training, and save the best epoch so far; None if stopped before the end of the first one.

        Raises:
            ConfigError: the checkpoint is damaged, or belongs to other settings or data.
        """
        identity = checkpoint.identity(self.config, self.digest)
        if self.saved and checkpoint.restore(self.fit, self.saved, identity):
            progress.note(checkpoint.resumption(self.fit, self.saved))
        self.fit.run(progress.report, checkpoint.saver(self.fit, self.saved, identity), progress.should_stop)
        if not self.fit.history:
            return None
        weights = {
            name: weight.cpu().numpy()
            for name, weight in self.fit.best.items()
            if name.startswith(("embedding.", "layers."))
        }
        settings = {
            "training": asdict(self.config),
            "data": {"digest": self.digest, "reviews": len(self.train), "tokens": self.tokens},
            "versions": recorded_versions(),
        }
        return network_file.save(output, self.config, settings, self.vocabulary, weights, self.fit.history)


def refuse_little(tokens: int) -> None:
    """Raise DataError if there is too little text to train a language model on."""
    if tokens < MINIMUM_TOKENS:
        raise DataError(
            f"There are {tokens:,} tokens to train on; a language model needs at least "
            f"{MINIMUM_TOKENS:,}, better millions. Give more reviews; they need no labels."
        )


def _line(readings: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return all readings concatenated, with padding before, between and after them."""
    end = np.array([PADDING], dtype=np.int32)
    return np.concatenate([end, *(part for reading in readings for part in (reading, end))])


def _streams(line: NDArray[np.int32], count: int) -> Tensor:
    """Split a sequence into `count` streams side by side: (time, count), int64."""
    time = len(line) // count
    return torch.from_numpy(np.ascontiguousarray(line[: time * count].reshape(count, time).T, dtype=np.int64))
