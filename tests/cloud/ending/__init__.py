"""Tests of the ends."""
