"""Labelled reviews to train and evaluate on."""
