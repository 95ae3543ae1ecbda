"""Any file of rows to a table of reviews."""
