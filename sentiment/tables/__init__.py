"""Reading files of any tabular format into tables of reviews."""
