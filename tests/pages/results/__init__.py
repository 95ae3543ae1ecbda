"""Tests of the result page."""
