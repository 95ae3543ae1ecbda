"""The console command `sentiment`: runs the requested subcommand."""

import argparse
import importlib
import sys
from typing import NoReturn

from sentiment.system.command import run

ABOUT = {
    "score": "score every review of a table",
    "train": "train a model on IMDb or on a labelled table",
    "evaluate": "evaluate a model on labelled reviews",
    "estimate": "estimate how long training would take on this machine",
    "teach": "train in rounds, each with the model of the previous one as teacher",
    "pretrain": "pretrain a language model on texts without labels",
    "get-imdb": "download the IMDb reviews",
    "cloud": "train, deploy, publish and take down on Amazon SageMaker",
}


def main() -> NoReturn:
    """Run the subcommand named by the first argument; without one, list them all."""
    parser = argparse.ArgumentParser(
        prog="sentiment",
        description="Train, serve and use a small LSTM that predicts whether a review is positive.",
        epilog="Each command has its own --help, such as: sentiment score --help",
    )
    parser.add_argument("--version", action="version", version=f"sentiment {_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for name, about in ABOUT.items():
        commands.add_parser(name, help=about, add_help=False)
    name = parser.parse_args(sys.argv[1:2]).command
    sys.argv = [f"sentiment {name}", *sys.argv[2:]]
    run_module(name.replace("-", "_"))


def run_module(name: str) -> NoReturn:
    """Run the subcommand in the module of that name with the arguments in `sys.argv`, and exit with its exit code."""

    def command() -> int:
        code: int = importlib.import_module(f"sentiment.commands.{name}").main()
        return code

    run(command)


def _version() -> str:
    from sentiment import __version__

    return __version__
