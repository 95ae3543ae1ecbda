"""Parts of the benchmark: processes, and compiled libraries."""
