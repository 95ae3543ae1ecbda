"""Train the sentiment network."""
