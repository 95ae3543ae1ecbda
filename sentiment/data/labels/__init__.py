"""Labels of reviews: how they are written, and which of them mean negative and positive."""
