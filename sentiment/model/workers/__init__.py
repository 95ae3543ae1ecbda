"""Score in several single-threaded processes: see `parallel`; `python -m` runs the host that forks them."""
