"""Scoring of tables: a table of reviews through any scorer, and the result as a file."""
