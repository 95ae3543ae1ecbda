"""The console command `sentiment`: one module per subcommand."""
