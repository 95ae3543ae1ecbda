"""The commands of `scripts/cloud.py`."""
