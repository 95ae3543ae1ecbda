"""Themes: word lists, the sentences that mention them, and what these say."""
