"""Fit a model to few labelled reviews: its network stays as it is, what it judges by is weighed anew."""
