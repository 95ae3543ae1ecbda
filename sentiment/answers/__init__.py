"""Answers from a scored table: what drives the verdicts, in which groups, since when, and which rows to read."""
