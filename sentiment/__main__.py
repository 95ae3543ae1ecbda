"""`python -m sentiment`: the console command `sentiment`."""

from sentiment.commands.main import main

main()
