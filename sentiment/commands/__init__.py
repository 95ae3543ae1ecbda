"""The console command `sentiment`: one module for each of its commands."""
