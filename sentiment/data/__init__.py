"""Labelled reviews to learn from and to judge on."""
