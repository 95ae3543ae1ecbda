"""Exported results: a report as one HTML file, charts as images, an Excel workbook."""
