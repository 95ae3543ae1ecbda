from sentiment.errors import SentimentError
from sentiment.model.predictor import Predictor
from sentiment.notebook import explain, load, read_table, score_table, train
from sentiment.prediction import Prediction

__version__: str
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
