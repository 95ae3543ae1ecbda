"""A scored table as an Excel workbook."""
