"""The functions for notebooks: load a model, read and score a table, train, and explain a score."""

import dataclasses
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from sentiment.errors import BundleError, ConfigError, DataError, TableError
from sentiment.prediction import Scorer
from sentiment.system import packages, storage
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.tables.rows import ReadOptions
from sentiment.tables.table import Table, inspect_table

if TYPE_CHECKING:  # both are slow to import
    import pandas as pd

    from sentiment.model.predictor import Predictor
    from sentiment.scoring.score import Summary


@dataclass(frozen=True)
class Effect:
    """A word or sentence of a review, and its contribution to the log-odds of positive, below 0 if negative."""

    text: str
    effect: float


@dataclass(frozen=True)
class Explanation:
    """The contributions to the score of one review.

    `words` has every token in reading order. They add up to the verdict if `complete`; otherwise they should not be
    shown. `sentences` has what each sentence adds to the others; it is empty for a review of one sentence.
    """

    words: tuple[Effect, ...]
    sentences: tuple[Effect, ...]
    complete: bool


def load(directory: str | Path | None = None, device: str = "auto") -> "Predictor":
    """Load a trained model: the shipped one, or the bundle in `directory`.

    `device` is auto, cpu, cuda or mps.

    Raises:
        BundleError: the directory is not a complete bundle; the message names the file.
        DeviceError: this machine has no such device.

    Example:
        >>> from sentiment import load
        >>> model = load()
        >>> [one.sentiment for one in model.score(["A warm, funny film.", "Dull from start to end."])]
        ['positive', 'negative']
    """
    path = SHIPPED_BUNDLE if directory is None else Path(directory)
    if not path.is_dir():
        raise BundleError(
            f"There is no model at {path}: give the directory of a bundle, or none for the shipped model."
        )
    from sentiment.model.predictor import Predictor

    return Predictor.load(path, device)


def read_table(
    source: "str | Path | pd.DataFrame", text_column: str | None = None, options: ReadOptions | None = None
) -> Table:
    """Read a table of reviews: a CSV, TSV, Excel, Parquet or JSON Lines file, or a DataFrame.

    Settings that are not given are detected: the format, the encoding, the delimiter, and the review column. The index
    of a DataFrame is not part of the table.

    Raises:
        TableError: the file is missing or not a table, or no column contains text; the message lists the columns.

    Example:
        >>> import pandas as pd
        >>> from sentiment import read_table
        >>> frame = pd.DataFrame({"id": [1, 2], "review": ["Warm and funny.", "Dull from start to end."]})
        >>> read_table(frame).text_column
        'review'
    """
    reading = options or ReadOptions()
    if text_column is not None:
        reading = dataclasses.replace(reading, text_column=text_column)
    table = inspect_table(Path(source), reading) if isinstance(source, str | Path) else _from_frame(source, reading)
    table.require_text_column()
    return table


@overload
def score_table(table: Table, scorer: Scorer, output: None = None) -> "pd.DataFrame": ...
@overload
def score_table(table: Table, scorer: Scorer, output: str | Path) -> "Summary": ...
def score_table(table: Table, scorer: Scorer, output: str | Path | None = None) -> "pd.DataFrame | Summary":
    """Score every row of a table, into a file or a DataFrame.

    The result has the table's columns and rows in their original order, followed by the prediction columns. With an
    `output`, whose extension determines the format, a summary of the rows is returned, and the same call after an
    interruption resumes where it stopped; without one, the scored table itself is returned.

    Raises:
        TableError: `table` is not from `read_table`, has changed since, or does not fit the output's format.

    Example:
        >>> import pandas as pd
        >>> from sentiment import load, read_table, score_table
        >>> reviews = pd.DataFrame({"review": ["A warm, funny film.", "Dull from start to end."]})
        >>> score_table(read_table(reviews), load())["sentiment"].tolist()
        ['positive', 'negative']
    """
    from sentiment.scoring import score

    if not isinstance(table, Table):
        raise TableError(f"A {type(table).__name__} must be read first: score_table(read_table(...), model).")
    if output is not None:
        return score.score_table(table, scorer, Path(output))
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        scored = Path(folder) / "scored.parquet"
        score.score_table(table, scorer, scored)
        return pd.read_parquet(scored)


def train(
    data: str | Path,
    output: str | Path,
    *,
    preset: str = "modern",
    text_column: str | None = None,
    label_column: str | None = None,
    **settings: Any,
) -> "Predictor":
    """Train a model on the IMDb archive or on a labelled table, save it as a bundle, and load it.

    `preset` is modern, quick, fine-tune or classic; `settings` are fields of `TrainConfig` that override it, such as
    `epochs=1`. After an interruption, the same call resumes from the checkpoint next to `output`.

    Raises:
        ConfigError: there is no such preset or setting, or a value is not usable.
        DataError: the data cannot be read or used for training.
        MissingExtraError: a package that training requires is not installed.
        StorageError: `output` is a file, or a folder that holds files that are not part of a model.

    Example:
        >>> from sentiment import train
        >>> model = train("reviews.csv", "my-model", preset="fine-tune", label_column="stars")  # doctest: +SKIP
    """
    from sentiment.training.loop.config import PRESETS, TrainConfig

    if preset not in PRESETS:
        raise ConfigError(f"There is no preset {preset!r}; choose from {', '.join(PRESETS)}.")
    if unknown := sorted(settings.keys() - {field.name for field in dataclasses.fields(TrainConfig)}):
        raise ConfigError(f"There is no setting {', '.join(unknown)}; `sentiment train --help` lists them all.")
    config = dataclasses.replace(PRESETS[preset], **settings)
    directory = Path(output)
    with packages.explained():
        from sentiment.data import datasets
        from sentiment.model import bundle
        from sentiment.training.loop import checkpoint
        from sentiment.training.loop.fit import Listener
        from sentiment.training.runs import run_of

        storage.require_replaceable(directory, bundle.FILES)
        reading = ReadOptions(text_column=text_column)
        dataset = datasets.load(Path(data), reading=reading, label_column=label_column, test_part=not config.freeze)
        wanted = config.teacher or (config.vector_epochs and not config.start)
        unlabelled = datasets.unlabelled(Path(data)) if wanted else []
        state = directory.with_name(f"{directory.name}.checkpoint") / "state.pt"
        run = run_of(dataset, config, state, unlabelled)
        saved = run.finish(directory, directory.name, Listener(_ignore, _ignore, lambda: False))
        if saved is None:
            raise DataError(f"Training on {data} ended before its first epoch; call it again to go on.")
        checkpoint.discard(state)
    return load(directory)


def explain(review: str, model: "Predictor | None" = None) -> Explanation:
    """Return which words and sentences of a review moved its score, with the shipped model unless one is given.

    Words are attributed by integrated gradients (Sundararajan et al. 2017), sentences by leaving each of them out.

    Raises:
        DataError: `review` is not a text.

    Example:
        >>> from sentiment import explain
        >>> words = explain("The cast is wonderful.").words
        >>> max(words, key=lambda word: word.effect).text
        'wonderful'
    """
    from sentiment.explanation import attribution
    from sentiment.text.cleaning import clean

    if not isinstance(review, str):
        raise DataError(f"The review is {review!r:.80} and not a text.")
    predictor = model or load()
    text = clean(review)
    words = attribution.word_effects(predictor, review)
    return Explanation(
        words=_effects(text, words.passages),
        sentences=_effects(text, attribution.sentence_effects(predictor, review)),
        complete=words.complete,
    )


def _effects(text: str, passages: Sequence[Any]) -> tuple[Effect, ...]:
    return tuple(Effect(text[one.start : one.end].strip(), one.effect) for one in passages)


def _from_frame(frame: "pd.DataFrame", options: ReadOptions) -> Table:
    """Read a DataFrame through a temporary Parquet file, which is deleted with the table."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise TableError(f"A {type(frame).__name__} is not a table; give the path of a file, or a DataFrame.")
    plain = frame.reset_index(drop=True)
    plain.columns = pd.Index([str(name) for name in plain.columns])
    if not plain.columns.is_unique:
        twice = plain.columns[plain.columns.duplicated()][0]
        raise TableError(f'The DataFrame has several columns "{twice}"; rename all but one.')
    folder = tempfile.TemporaryDirectory(prefix="sentiment-")
    path = Path(folder.name) / "DataFrame.parquet"
    try:
        plain.to_parquet(path)
    except (ValueError, TypeError, ArithmeticError) as error:  # pyarrow's errors for cells of mixed types
        folder.cleanup()
        raise TableError(f"The DataFrame has a column of mixed types; convert it to text first ({error}).") from error
    table = inspect_table(path, options)
    weakref.finalize(table, folder.cleanup)
    return table


def _ignore(_: object) -> None:
    """Report nothing."""
