"""The request of a training run: data, columns, the meaning of labels, and every setting."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from sentiment.data.labels.mapping import LabelMapping
from sentiment.errors import ConfigError
from sentiment.tables.rows import ReadOptions
from sentiment.training.loop import config, config_flags
from sentiment.training.loop.config import PRESETS, PRETRAINING, TrainConfig

Learning = Literal["train", "pretrain"]


@dataclass(frozen=True)
class TrainingRequest:
    """One run of `scripts/train.py` or `scripts/pretrain.py`, as made by the launch form and stored in a job.

    The columns and the mapping are None for IMDb, and if they should be detected; pretraining ignores labels.
    `options` are the other settings for reading a table.
    """

    data: Path
    config: TrainConfig
    text_column: str | None = None
    label_column: str | None = None
    mapping: LabelMapping | None = None
    kind: Learning = "train"
    options: ReadOptions = field(default_factory=ReadOptions)

    @property
    def reading(self) -> ReadOptions:
        """How to read the table, including its review column."""
        return dataclasses.replace(self.options, text_column=self.text_column)

    def arguments(self) -> list[str]:
        """The arguments of the script for this request, without the output location."""
        arguments = ["--data", str(self.data)]
        arguments += self.reading.written()
        if self.label_column is not None:
            arguments.append(f"--label-column={self.label_column}")
        if self.mapping is not None:
            arguments += ["--label-mapping", self.mapping.to_json()]
        if self.kind == "pretrain":
            return [*arguments, "--preset", "pretrain", *config_flags.written(self.config, PRETRAINING["pretrain"])]
        return arguments + config_flags.written(self.config, PRESETS["modern"])

    def settings(self) -> dict[str, Any]:
        """The request as plain values for a job's `config.json`, with data that shows whether the file has changed."""
        seen = self.data.stat() if self.data.exists() else None
        return {
            "kind": self.kind,
            "data": str(self.data),
            "data_bytes": seen.st_size if seen else None,
            "data_changed": seen.st_mtime if seen else None,
            "text_column": self.text_column,
            "label_column": self.label_column,
            "label_mapping": json.loads(self.mapping.to_json()) if self.mapping else None,
            "reading": dataclasses.asdict(self.options),
        } | dataclasses.asdict(self.config)


def from_settings(settings: Mapping[str, Any]) -> TrainingRequest:
    """Return the request with these `settings()`; missing settings get their defaults.

    Raises:
        ConfigError, DataError: a value is not usable.
    """
    mapping = settings.get("label_mapping")
    kind = settings.get("kind", "train")
    if kind not in get_args(Learning):
        raise ConfigError(f"A job of kind {kind!r} trains no model; it must be {' or '.join(get_args(Learning))}.")
    known = {item.name for item in dataclasses.fields(TrainConfig)}
    return TrainingRequest(
        Path(settings.get("data", "")),
        config.from_dict({name: value for name, value in settings.items() if name in known}),
        settings.get("text_column"),
        settings.get("label_column"),
        LabelMapping.from_json(json.dumps(mapping)) if mapping else None,
        kind,
        ReadOptions(**settings.get("reading") or {}),
    )
