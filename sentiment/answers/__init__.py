"""Answers from a scored table: what drives the verdicts, where, since when, and which rows to read."""
