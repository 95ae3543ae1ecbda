"""Tools that try to break the project."""
