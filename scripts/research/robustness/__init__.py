"""Robustness tests: fuzzing, kills and load."""
