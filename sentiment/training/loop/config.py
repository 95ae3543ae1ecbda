"""Every setting of a training run, in one dataclass used by the flags, the form and the cloud.

Each field is explained in `metadata["help"]`, which becomes the flag's help and the form's hint. `metadata["section"]`
is the section of the form that shows it.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sentiment.errors import ConfigError
from sentiment.model.architecture import Architecture, require_at_least, require_at_most, setting
from sentiment.text.tokenizer import Preset

Device = Literal["auto", "cuda", "mps", "cpu"]


@dataclass(frozen=True)
class TrainConfig(Architecture):
    """A network's shape and how it is trained."""

    text: Preset = setting(
        "modern",
        "Text",
        "modern keeps every word, modern-2 also emoji and ratings such as 4/5; classic is the "
        "tutorials' recipe, without stop words and stemmed; stems is classic with stop words, "
        "and words is that without stemming: they show what each step costs",
    )
    vocabulary_size: int = setting(
        30_000, "Text", "size of the vocabulary: the most frequent words; all others are read as unknown"
    )
    names: bool = setting(
        False,
        "Text",
        "distinguish names of people and places; a model that does so favours some of them, "
        "one that does not judges by the words around them",
    )
    maximum_length: int = setting(
        800, "Text", "tokens read per review; a longer one keeps its beginning and its end, where verdicts usually are"
    )
    start: str = setting(
        "",
        "Training",
        "directory of a bundle or pretrained network to start from, or shipped: best with few "
        "reviews; empty to start from scratch",
    )
    freeze: bool = setting(
        False,
        "Training",
        "freeze the network of the starting model, and fit only the weights of its states and "
        "of the phrases in the reviews: best with few reviews, and takes seconds; the settings "
        "of epochs and steps then have no effect",
    )
    epochs: int = setting(
        2,
        "Training",
        "maximum number of passes over the training reviews, of which the best one is kept; "
        "with few reviews, an epoch repeats them for at least 100 steps",
    )
    vector_epochs: int = setting(
        3,
        "Training",
        "passes over all reviews, including unlabelled ones, to train word vectors in advance; 0 for none",
    )
    teacher: str = setting(
        "",
        "Training",
        "model that labels the unlabelled reviews (optional), so that the network is trained "
        "on them too: phrases, or the directory of a bundle; empty for none",
    )
    label_share: float = setting(
        1.0,
        "Training",
        "weight of a review's label relative to the starting model's prediction; below 1, "
        "training forgets less of what that model knows, which matters if it has memorised the "
        "labels",
    )
    short_sentences: int = setting(
        50_000,
        "Training",
        "short sentences about negation and the like, added to the training reviews, at most "
        "one per review: long reviews hardly teach the effect of a not",
    )
    learn_words: bool = setting(
        True,
        "Training",
        "train the word vectors, not only the layers above them; best left off when continuing "
        "from a model on short sentences, which use few of its words",
    )
    batch_size: int = setting(32, "Training", "reviews per step; larger batches are faster on a GPU, not on two cores")
    learning_rate: float = setting(0.0015, "Training", "peak learning rate; it is warmed up first and then falls to 0")
    weight_decay: float = setting(0.01, "Against overfitting", "weight decay of AdamW: pulls all weights towards 0")
    clip: float = setting(1.0, "Training", "gradient clipping norm; limits how far a single step can move the weights")
    adversarial: float = setting(
        0.0,
        "Against overfitting",
        "adversarial training: perturb the word vectors of each review in the worst direction, "
        "by this many standard deviations; 5 suits whole reviews, 0 for none; doubles the time",
    )
    average: float = setting(
        0.998,
        "Against overfitting",
        "decay of the moving average of the weights, which is the model that is kept; 0 for none",
    )
    stars_weight: float = setting(
        0.3, "Training", "weight of the loss of the star rating, where the data has stars; 0 for none"
    )
    patience: int = setting(2, "Training", "stop after this many epochs without a lower validation BCE")
    validation_share: float = setting(
        0.1, "Training", "share of the reviews, by whole films, held out to choose the epoch and to calibrate"
    )
    seed: int = setting(1, "Training", "the same seed, data and machine give the same model")
    device: Device = setting("auto", "Training", "where to train: auto takes cuda, then mps, then cpu")

    def __post_init__(self) -> None:
        """Reject values that cannot be trained with, naming the setting.

        Raises:
            ConfigError: a value is out of range.
        """
        super().__post_init__()
        require_at_least(self, 3, "vocabulary_size")
        require_at_most(self, 500_000, "vocabulary_size")
        require_at_least(self, 8, "maximum_length")
        require_at_most(self, 100_000, "maximum_length")
        require_at_most(self, 2**63 - 1, "seed")
        # Infinite ones would be noticed only after the training, by its weights.
        require_at_most(self, 1_000_000, "learning_rate", "weight_decay", "adversarial", "stars_weight")
        require_at_least(self, 1, "epochs", "batch_size", "patience")
        require_at_least(
            self, 0, "vector_epochs", "weight_decay", "stars_weight", "adversarial", "short_sentences", "seed"
        )
        if not (self.learning_rate > 0 and self.clip > 0):
            raise ConfigError("learning_rate and clip must be above 0.")
        if not 0 <= self.average < 1:
            raise ConfigError(f"average is {self.average}; it must be at least 0 and below 1.")
        if not 0 <= self.label_share <= 1:
            raise ConfigError(f"label_share is {self.label_share}; it must be at least 0 and at most 1.")
        if self.label_share < 1 and not self.start:
            raise ConfigError(
                f"label_share is {self.label_share} without a model to start from; choose start, or set it to 1."
            )
        if self.freeze and not self.start:
            raise ConfigError("freeze is true without a model to start from; choose start, or set it to false.")
        if not 0 < self.validation_share < 1:
            raise ConfigError(f"validation_share is {self.validation_share}; it must be between 0 and 1.")

    @property
    def architecture(self) -> Architecture:
        """The settings that define the network's shape."""
        return Architecture(**{f.name: getattr(self, f.name) for f in dataclasses.fields(Architecture)})


PRESETS: dict[str, TrainConfig] = {
    "modern": TrainConfig(),
    "quick": TrainConfig(epochs=1, vector_epochs=1),
    "fine-tune": TrainConfig(start="shipped", freeze=True, epochs=1),
    "classic": TrainConfig(
        text="classic",
        names=True,
        vocabulary_size=5_000,
        maximum_length=500,
        embedding_size=32,
        hidden_size=100,
        bidirectional=False,
        pooling="last",
        convolution=0,
        stride=1,
        phrases=0,
        dropout_words=0.0,
        dropout_embedding=0.0,
        dropout_output=0.0,
        epochs=10,
        patience=10,
        batch_size=50,
        learning_rate=0.001,
        weight_decay=0.0,
        average=0.0,
        stars_weight=0.0,
        vector_epochs=0,
        short_sentences=0,
    ),
}


PRETRAINING: dict[str, TrainConfig] = {
    "pretrain": TrainConfig(
        hidden_size=128,
        convolution=0,
        stride=1,
        epochs=3,
        batch_size=64,
        learning_rate=0.002,
        weight_decay=0.0,
        validation_share=0.01,
    ),
}
# The settings that apply to a language model; the rest apply to the classifier.
PRETRAINING_SETTINGS = (
    "text",
    "vocabulary_size",
    "cell",
    "embedding_size",
    "hidden_size",
    "bidirectional",
    "epochs",
    "batch_size",
    "learning_rate",
    "weight_decay",
    "clip",
    "average",
    "patience",
    "validation_share",
    "seed",
    "device",
)


def recorded(config: TrainConfig) -> dict[str, Any]:
    """Return the settings as stored in a bundle: directories by name only, since their location is private."""
    values = dataclasses.asdict(config)
    return values | {name: _name_of(values[name]) for name in ("start", "teacher")}


def _name_of(directory: str) -> str:
    path = Path(directory)
    # The model of a training job is stored in a directory that carries the job's name.
    return path.parent.name if path.name == "model" and path.parent.name else path.name


def from_dict(values: dict[str, Any]) -> TrainConfig:
    """Return the settings stored as JSON; settings unknown to this version are an error.

    Raises:
        ConfigError: a setting is unknown or a value is out of range.
    """
    known = {f.name for f in dataclasses.fields(TrainConfig)}
    if unknown := sorted(set(values) - known):
        raise ConfigError(f"Unknown setting {', '.join(unknown)}; this version knows {', '.join(sorted(known))}.")
    return TrainConfig(**values)
