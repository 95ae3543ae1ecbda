"""Every setting of a training run, in one dataclass used by the flags, the form and the cloud.

Each field is explained in `metadata["help"]`, which becomes the flag's help and the form's hint. `metadata["section"]`
is the section of the form that shows it.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sentiment.errors import ConfigError
from sentiment.model.architecture import Architecture, require_at_least, setting
from sentiment.text.tokenizer import Preset

Device = Literal["auto", "cuda", "mps", "cpu"]


@dataclass(frozen=True)
class TrainConfig(Architecture):
    """A network's shape and how it is trained."""

    text: Preset = setting(
        "modern",
        "Text",
        "modern keeps every word, modern-2 emoji and ratings such as 4/5 too; classic is the tutorials' recipe: no "
        "stop words, stems; stems is that with all words, words has no stems either: they show what each costs",
    )
    vocabulary_size: int = setting(30_000, "Text", "words the model knows, commonest first; the rest read as unknown")
    names: bool = setting(
        False,
        "Text",
        "tell names of people and places apart; a model that does has favourites among them, one that does not judges "
        "the words around them",
    )
    maximum_length: int = setting(
        800, "Text", "tokens read of a review; a longer one keeps its opening and its end, where verdicts stand"
    )
    start: str = setting(
        "",
        "Training",
        "directory of a bundle or pretrained network to go on from, or shipped: best with few reviews; empty for none",
    )
    freeze: bool = setting(
        False,
        "Training",
        "keep the network of the model that training goes on from, and learn only how its states and the phrases of "
        "the reviews count: best with few reviews, and done in seconds; the settings of passes and steps then do "
        "nothing",
    )
    epochs: int = setting(
        2,
        "Training",
        "passes over the training reviews at most, of which the best one is kept; few reviews are passed over several "
        "times an epoch, for at least 100 steps",
    )
    vector_epochs: int = setting(
        3, "Training", "passes over all reviews, also unlabelled ones, to learn word vectors before; 0 for none"
    )
    teacher: str = setting(
        "",
        "Training",
        "model that labels unlabelled reviews (optional), so that the network learns from them too: "
        "phrases, or the directory of a bundle; empty for none",
    )
    label_share: float = setting(
        1.0,
        "Training",
        "how much a review's label counts against what the model says of it that training goes on from; below 1, what "
        "that model knows is not lost to labels that it has learnt by heart",
    )
    short_sentences: int = setting(
        50_000,
        "Training",
        "short sentences of our own, full of negation, learnt beside the reviews, at most one for each: "
        "what a not does is hardly learnt from long reviews",
    )
    learn_words: bool = setting(
        True,
        "Training",
        "learn what words mean, and not only how they go together; a model that goes on from another knows its words, "
        "and only short sentences would have it know them worse",
    )
    batch_size: int = setting(32, "Training", "reviews a step; larger ones are faster on a GPU, not on two cores")
    learning_rate: float = setting(0.0015, "Training", "the highest step size; it warms up first and then falls to 0")
    weight_decay: float = setting(0.01, "Against overfitting", "pull of all weights towards 0 (AdamW)")
    clip: float = setting(1.0, "Training", "gradient clipping norm; limits how far a single step can move the weights")
    adversarial: float = setting(
        0.0,
        "Against overfitting",
        "learn reviews changed so as to mislead the network most, by this many standard deviations of its word "
        "vectors; 5 suits whole reviews, 0 for none; takes twice the time",
    )
    average: float = setting(
        0.998, "Against overfitting", "the model kept is a moving average of the weights with this decay; 0 for none"
    )
    stars_weight: float = setting(
        0.3, "Training", "weight of learning the star rating beside the verdict, where the data has stars; 0 for none"
    )
    patience: int = setting(2, "Training", "stop after this many epochs without a better validation BCE")
    validation_share: float = setting(
        0.1, "Training", "share of the reviews, whole films at a time, kept out to choose the epoch and calibrate"
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
        require_at_least(self, 8, "maximum_length")
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
                f"label_share is {self.label_share} without a model to go on from; choose start, or make it 1."
            )
        if self.freeze and not self.start:
            raise ConfigError("freeze is true without a model to go on from; choose start, or make it false.")
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
