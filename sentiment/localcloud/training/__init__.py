"""Training jobs of the local cloud: processes that really train."""
