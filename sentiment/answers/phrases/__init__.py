"""Phrases of reviews: counting them, comparing negative with positive reviews, and quoting them."""
