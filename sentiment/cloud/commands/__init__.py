"""The steps of scripts/cloud.py."""
