"""From a review to token ids."""
