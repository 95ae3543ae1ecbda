"""Run a command of the package next to this folder, whether installed or not."""

import sys
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sentiment.commands.main import run_module


def run_command(name: str) -> NoReturn:
    """Run `sentiment.commands.NAME` with this program's command-line arguments, and exit with its exit code."""
    run_module(name)
