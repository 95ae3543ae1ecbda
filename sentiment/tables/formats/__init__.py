"""The kinds of files that hold a table, each read into rows of cells."""
