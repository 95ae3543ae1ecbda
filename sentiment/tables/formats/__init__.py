"""The file formats of tables, each read into rows of cells."""
