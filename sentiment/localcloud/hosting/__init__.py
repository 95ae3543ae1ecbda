"""Endpoints and transforms of the local cloud, which really serve."""
