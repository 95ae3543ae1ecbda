"""JSON Lines, and JSON documents of any structure."""
