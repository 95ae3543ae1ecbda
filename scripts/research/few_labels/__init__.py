"""Evaluation of models adapted to few labels."""
