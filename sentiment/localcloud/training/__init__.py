"""Training jobs of the local cloud: containers that really train."""
