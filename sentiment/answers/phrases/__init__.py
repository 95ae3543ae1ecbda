"""Phrases of reviews: counted, compared between the unhappy and the happy, quoted."""
