"""Pretraining of word vectors and of the language model."""
