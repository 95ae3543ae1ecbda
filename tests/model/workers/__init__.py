"""Tests of scoring in processes."""
