"""Runs as processes that outlive the page: start, follow, find again."""
