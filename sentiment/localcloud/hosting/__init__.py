"""Endpoints and batch transforms of the local cloud: processes that really serve."""
