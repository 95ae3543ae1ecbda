"""A training run from a data set to a bundle: split, tokenize, fit, calibrate, evaluate, save."""

import math
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from sentiment.data.datasets import Dataset, Example, Unlabelled, split
from sentiment.errors import ConfigError, DataError
from sentiment.evaluation import behaviour, drift, metrics
from sentiment.model import bundle, calibration, devices, phrases
from sentiment.model.batching import Ids
from sentiment.model.bundle import Bundle, BundleConfig
from sentiment.model.calibration import Outputs
from sentiment.model.inference import logits
from sentiment.model.network import Network, parameter_count
from sentiment.model.phrases import LONGEST
from sentiment.model.predictor import Predictor, expected_stars
from sentiment.system.packages import recorded_versions
from sentiment.text import names, tokenizer
from sentiment.text.reader import Reader
from sentiment.text.vocabulary import UNKNOWN, Vocabulary
from sentiment.training.classifier import distillation, phrase_learning, short_sentences, starting_point
from sentiment.training.classifier.starting_point import StartingPoint
from sentiment.training.classifier.task import NO_STARS, Classification, Examples
from sentiment.training.loop import checkpoint
from sentiment.training.loop.config import TrainConfig, recorded
from sentiment.training.loop.fit import Fit, Listener
from sentiment.training.loop.workers import ALONE, Workers
from sentiment.training.pretraining import word_vectors

# A word seen only once does not generalise.
_MINIMUM_COUNT = 2
_MINIMUM_STAR_LEVELS = 3
# A pass over a dozen reviews is too short to be timed.
_SPEED_LEAST, _SPEED_MOST = 500, 2_000


class Run:
    """A training run over `dataset`; `saved` is the checkpoint from which a stopped run resumes.

    `unlabelled` are more reviews of the same kind, used for the vocabulary, the word vectors, names and the teacher.
    With `config.start`, vocabulary, shape and initial weights come from that bundle (fine-tuning) or pretrained
    network, and no word vectors are trained. With several `workers`, all train on the same data; everything but
    gradient descent is done by the leader alone.
    """

    def __init__(
        self,
        dataset: Dataset,
        config: TrainConfig,
        saved: Path | None,
        unlabelled: Sequence[Unlabelled] = (),
        workers: Workers = ALONE,
    ) -> None:
        if not dataset.train:
            raise DataError(f"{dataset.name} has no reviews to train on, only a test part.")
        if workers.size > config.batch_size:
            raise ConfigError(
                f"batch_size is {config.batch_size}, too small for {workers.size} processes: raise it, "
                "or start fewer processes."
            )
        start = starting_point.load(config.start) if config.start else None
        self.dataset = dataset
        self.config = config = start.laid_over(config) if start else config
        self.saved = saved
        self.workers = workers
        self.device = workers.own(devices.choose(config.device))
        self.train, self.validation = split(dataset.train, config.validation_share, config.seed)
        reviews = [*(one.review for one in self.train), *(one.review for one in unlabelled)]
        self._texts = [] if start else tokenizer.tokens_of(config.text, reviews)
        vocabulary = (
            start.vocabulary if start else Vocabulary.build(self._texts, config.vocabulary_size, _MINIMUM_COUNT)
        )
        self.reader = Reader(config.text, vocabulary, config.maximum_length)
        wanted = config.short_sentences or not config.names
        found = names.names_in(reviews) if wanted else []
        known = {UNKNOWN, *vocabulary.encode(name.lower() for name in found).tolist()}
        self._alike = np.array([] if config.names else sorted(known), dtype=np.int32)
        self.star_scale = start.star_scale if start else starting_point.STAR_SCALE
        self.star_levels = _star_levels(self.train, self.star_scale, start) if config.stars_weight else ()
        torch.manual_seed(config.seed)
        network = self._network(len(start.weights.get(phrases.KEYS, ())) if start else 0)
        learnt_from = self._with_taught(self._softened(self._examples(self.train)), unlabelled)
        self._reviews_learnt = len(learnt_from.readings)
        learnt_from = self._with_short_sentences(learnt_from, found)
        self.task = Classification(network, learnt_from, self._examples(self.validation), config, self.device, workers)
        self.fit = Fit(self.task, config, self.device, workers)
        if start:
            self.fit.start_from(start.weights_for(network, self.star_levels))

    @property
    def about(self) -> str:
        """A sentence about what is trained on which data."""
        return f"Training on {len(self.train):,} labelled reviews, validating on {len(self.validation):,}."

    def finish(self, output: Path, name: str, progress: Listener) -> Bundle | None:
        """Train, or resume training, and save the bundle of the best epoch so far.

        Returns None if stopped before the end of the first epoch, when there is nothing to save yet, and in every
        worker but the leader, which saves.

        Raises:
            ConfigError: the checkpoint is damaged, or belongs to other settings or data.
        """
        identity = checkpoint.identity(self.config, self.dataset.digest)
        if self.saved and checkpoint.restore(self.fit, self.saved, identity):
            progress.note(checkpoint.resumption(self.fit, self.saved))
        else:
            self._learn_word_vectors(progress)
            if self.workers.any(progress.should_stop()):
                return None
        self._texts.clear()
        kept = self.saved if self.workers.leads else None
        self.fit.run(progress.report, checkpoint.saver(self.fit, kept, identity), progress.should_stop)
        if not self.fit.history or not self.workers.leads:
            return None
        return self._save_bundle(output, name, progress.note)

    def _learn_word_vectors(self, progress: Listener) -> None:
        tokens = sum(map(len, self._texts))
        if not self.config.vector_epochs or tokens < word_vectors.MINIMUM_TOKENS:
            return
        progress.note(f"Training word vectors on {len(self._texts):,} reviews, {tokens / 1e6:.1f} million tokens.")
        vocabulary, size, seed = self.reader.vocabulary, self.config.embedding_size, self.config.seed
        epochs, stop = self.config.vector_epochs, progress.should_stop
        vectors = self._led(lambda: word_vectors.learn(self._texts, vocabulary, size, epochs, seed, stop))
        vectors = vectors.reshape(len(vocabulary), size)
        self.fit.start_from({"embedding.weight": torch.from_numpy(vectors)})

    def _led(self, learn: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the array that the leader computes, flattened."""
        return np.frombuffer(self.workers.lead(lambda: learn().tobytes()), np.float32).copy()

    def _ids(self, review: str) -> Ids:
        """Return the token ids of a review, truncated; names become unknown words unless the settings keep them."""
        ids = self.reader.ids(review)
        return np.where(np.isin(ids, self._alike), np.int32(UNKNOWN), ids)

    def _examples(self, examples: list[Example]) -> Examples:
        place: dict[float | None, int] = {level: index for index, level in enumerate(self.star_levels)}
        return Examples(
            [self._ids(one.review) for one in examples],
            np.array([one.label for one in examples], dtype=np.float32),
            np.array([place.get(_level(one, self.star_scale), NO_STARS) for one in examples], dtype=np.int64),
        )

    def _softened(self, labelled: Examples) -> Examples:
        """Return the labelled reviews with their labels mixed with the predictions of the starting model."""
        share = self.config.label_share
        if share == 1:
            return labelled
        start, reviews = starting_point.directory_of(self.config.start), [one.review for one in self.train]
        judged = self._led(lambda: expit(distillation.by_bundle(start, reviews, self.device)))
        return replace(labelled, labels=share * labelled.labels + np.float32(1 - share) * judged)

    def _with_taught(self, labelled: Examples, unlabelled: Sequence[Unlabelled]) -> Examples:
        """Return the labelled reviews and, if there is a teacher, the unlabelled ones with its soft targets."""
        if not self.config.teacher:
            return labelled
        if not unlabelled:
            raise ConfigError(
                "There are no unlabelled reviews for the teacher to label; leave the setting teacher empty."
            )
        readings = [self._ids(one.review) for one in unlabelled]
        return labelled.extended(readings, self._led(lambda: self._taught(labelled, readings, unlabelled)))

    def _taught(self, labelled: Examples, readings: list[Ids], unlabelled: Sequence[Unlabelled]) -> NDArray[np.float32]:
        if self.config.teacher == "phrases":
            judged = [*self._examples(self.validation).readings, *readings]
            verdicts = distillation.by_phrases(labelled, judged, len(self.reader.vocabulary), self.config.phrases)
        else:
            reviews = [*(one.review for one in self.validation), *(one.review for one in unlabelled)]
            verdicts = distillation.by_bundle(Path(self.config.teacher), reviews, self.device)
        judged_by_group = distillation.by_group(verdicts, self.train, self.validation, unlabelled)
        taught: NDArray[np.float32] = expit(judged_by_group[len(self.validation) :])
        return taught

    def _with_short_sentences(self, examples: Examples, found: Sequence[str]) -> Examples:
        # With more of them, they would dominate a small data set.
        count = min(self.config.short_sentences, len(examples.readings))
        # The starting model was trained on some of these sentences already, so use different ones.
        seed = self.config.seed ^ zlib.crc32(recorded(self.config)["start"].encode())
        made = short_sentences.sentences(count, seed, found)
        labels = np.array([label for _, label in made], dtype=np.float32)
        return examples.extended([self._ids(sentence) for sentence, _ in made], labels)

    def _network(self, phrases: int) -> Network:
        return Network(self.config.architecture, len(self.reader.vocabulary), len(self.star_levels), phrases)

    def _with_phrases(self, note: Callable[[str], None]) -> Network:
        """Return the network of the best epoch blended with phrases, in shares fitted on the validation part."""
        network = self.task.network
        network.load_state_dict(self.fit.best)
        if not self.config.phrases or network.phrases:
            return network
        note(f"Fitting phrases of up to {LONGEST} words.")
        train, validation = self.task.train, self.task.validation
        words, most = len(self.reader.vocabulary), self.config.phrases
        # Phrases are not fitted to the short sentences: they could memorise their words, but not learn what a "not"
        # does.
        reviews = slice(self._reviews_learnt)
        learnt = phrase_learning.learn(train.readings[reviews], train.labels[reviews], words, most)
        verdicts, _ = logits(network, validation.readings, self.device)
        shares = phrase_learning.blend(verdicts, learnt.sums(validation.readings), validation.labels)
        weights = {name: weight.cpu().numpy() for name, weight in self.fit.best.items()}
        blended = phrase_learning.blended(weights, learnt, shares)
        whole = self._network(len(learnt.keys))
        whole.load_state_dict({name: torch.from_numpy(weight) for name, weight in blended.items()})
        return whole.to(self.device)

    def _save_bundle(self, output: Path, name: str, note: Callable[[str], None]) -> Bundle:
        network = self._with_phrases(note)
        verdicts, _ = logits(network, self.task.validation.readings, self.device)
        config = BundleConfig(
            name=name,
            text=self.config.text,
            maximum_length=self.config.maximum_length,
            architecture=self.config.architecture,
            star_levels=self.star_levels,
            star_scale=self.star_scale,
            calibration=calibration.fit(verdicts, self.task.validation.labels),
            training=recorded(self.config),
            data={
                "name": self.dataset.name,
                "digest": self.dataset.digest,
                "train": len(self.train),
                "validation": len(self.validation),
                "test": len(self.dataset.test),
                "notes": list(self.dataset.notes),
            },
            versions=recorded_versions(),
        )
        weights = {key: weight.cpu().numpy() for key, weight in network.state_dict().items()}
        # Names are in the vocabulary, since they are not unknown words, but they must not move a verdict by themselves.
        weights["embedding.weight"][self._alike] = weights["embedding.weight"][UNKNOWN]
        saved = bundle.save(output, config, self.reader.vocabulary, weights, self.fit.history, {})
        bundle.rewrite_report(saved, report(saved, self.device, self.validation, self.dataset.test))
        return bundle.load(output)


def report(saved: Bundle, device: torch.device, validation: list[Example], test: list[Example]) -> dict[str, Any]:
    """Return the report card of a bundle as saved on disk: its weights are rounded, unlike those in memory."""
    predictor = Predictor(saved, device)
    judged = {"validation": judge(predictor, validation)} | ({"test": judge(predictor, test)} if test else {})
    return judged | measured(predictor, [one.review for one in validation])


def measured(predictor: Predictor, reviews: list[str]) -> dict[str, Any]:
    """Return the figures of a report card other than accuracy; `reviews` must resemble the training data."""
    return {
        "sizes": sizes(predictor.bundle, predictor),
        "speed": speed(predictor, reviews),
        "behaviour": behaviour.run(predictor),
        "data_profile": asdict(drift.profile(predictor.score(reviews))),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def judge(predictor: Predictor, examples: list[Example], outputs: Outputs | None = None) -> dict[str, Any]:
    """Return the figures of a bundle on labelled reviews: `evaluation.report_card`, and `stars` if ratings are known.

    Every review counts, even one that the dashboard would leave unscored. `outputs` are those of the reviews, if they
    have been computed already.
    """
    found = outputs or predictor.outputs([one.review for one in examples])
    labels = np.array([one.label for one in examples], dtype=np.float32)
    settings = predictor.bundle.config
    log_odds = settings.calibration.log_odds(found.logits, found.lengths)
    card = metrics.report_card(log_odds, labels, settings.calibration)
    rated = np.array([one.stars is not None for one in examples])
    if settings.star_levels and rated.any():
        scale = settings.star_scale
        given = np.array([one.stars for one in examples if one.stars is not None], dtype=np.float64) * scale / 10
        stars = expected_stars(found.stars, settings.star_levels, calibration.logistic(log_odds), scale)
        card["stars"] = metrics.star_card(stars[rated], given)
    return card


def sizes(saved: Bundle, predictor: Predictor) -> dict[str, int]:
    """Return the bundle's size on disk in bytes and its numbers of words and weights."""
    return {
        "bytes": sum((saved.directory / name).stat().st_size for name in bundle.FILES),
        "vocabulary": len(saved.vocabulary),
        "weights": parameter_count(predictor.network),
    }


def speed(predictor: Predictor, reviews: list[str]) -> dict[str, Any]:
    """Measure reviews per second, from text to prediction, on this machine; other machines differ."""
    sample = reviews[:_SPEED_MOST]
    passes = -(-_SPEED_LEAST // max(len(sample), 1))
    predictor.score(sample[:64])
    started = time.perf_counter()
    for _ in range(passes):
        predictor.score(sample)
    seconds = time.perf_counter() - started
    return {
        "reviews_per_second": passes * len(sample) / seconds,
        "reviews": len(sample),
        "device": predictor.device.type,
        "threads": torch.get_num_threads(),
    }


def _star_levels(examples: list[Example], scale: int, start: StartingPoint | None) -> tuple[float, ...]:
    """Return the distinct star levels if the reviews have more than two of them, else none.

    If the starting model has all of these levels, return its own levels, so that its star outputs can be kept.
    """
    levels = tuple(sorted({level for one in examples if (level := _level(one, scale)) is not None}))
    if len(levels) < _MINIMUM_STAR_LEVELS:
        return ()
    return start.star_levels if start and set(levels) <= set(start.star_levels) else levels


def _level(example: Example, scale: int) -> float | None:
    """Return the rating of a review out of `scale` stars; half stars out of five are rounded up."""
    if example.stars is None:
        return None
    return example.stars if scale == 10 else float(math.ceil(example.stars * scale / 10))
