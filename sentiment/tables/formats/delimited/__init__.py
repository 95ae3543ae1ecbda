"""Delimited and laid-out text: how its lines are split into fields, and the table that they make."""
