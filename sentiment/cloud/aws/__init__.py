"""Building blocks that every step on AWS shares."""
