"""Train, serve and use a small LSTM that predicts whether a review is positive.

Names are imported on first use, so that `import sentiment` is fast and does not import torch:

>>> import sentiment
>>> sentiment.load().score(["A warm, funny film."])[0].sentiment
'positive'
"""

import importlib
from typing import Any

__version__ = "0.2.0.dev0"

_HOMES = {
    "load": "sentiment.notebook",
    "read_table": "sentiment.notebook",
    "score_table": "sentiment.notebook",
    "train": "sentiment.notebook",
    "explain": "sentiment.notebook",
    "Predictor": "sentiment.model.predictor",
    "Prediction": "sentiment.prediction",
    "SentimentError": "sentiment.errors",
}
__all__ = [
    "Prediction",
    "Predictor",
    "SentimentError",
    "__version__",
    "explain",
    "load",
    "read_table",
    "score_table",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
