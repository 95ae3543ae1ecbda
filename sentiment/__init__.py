"""Train, serve and use a small LSTM that tells whether a review is positive."""

__version__ = "0.2.0"
