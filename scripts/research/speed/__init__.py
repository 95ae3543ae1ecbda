"""Parts of the benchmark: multiprocessing and compiled libraries."""
