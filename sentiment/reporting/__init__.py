"""What is handed on: a report as one HTML file, charts as pictures, an Excel workbook."""
