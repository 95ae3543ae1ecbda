"""Word vectors and the language model."""
