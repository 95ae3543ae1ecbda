"""Adapt a model to few labelled reviews: its network is frozen, only its output is fitted."""
