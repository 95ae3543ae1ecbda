"""Scoring in several processes, each of which computes on one thread: `parallel`; `python -m` runs their host."""
