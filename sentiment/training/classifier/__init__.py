"""One training run of the sentiment network."""
