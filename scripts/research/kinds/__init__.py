"""Evaluation of models on unseen kinds of goods."""
