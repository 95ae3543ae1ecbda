"""Runs a command of the package that lies beside this folder, installed or not."""

import sys
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sentiment.commands.main import run_module


def run_command(name: str) -> NoReturn:
    """Run `sentiment.commands.NAME` with the words of this program's command line, and leave with its exit code."""
    run_module(name)
