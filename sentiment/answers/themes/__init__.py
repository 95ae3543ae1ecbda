"""Themes: word lists, the sentences that mention them, and the verdicts on these sentences."""
