"""Tests of planned ends."""
