"""What the commands of `scripts/cloud.py` have in common."""

import argparse
import sys
from collections.abc import Callable
from typing import TypeAlias

Steps: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_step(
    steps: Steps,
    name: str,
    summary: str,
    function: Callable[[argparse.Namespace], int],
    *,
    on_aws: bool = True,
    asks: bool = False,
) -> argparse.ArgumentParser:
    """Add the command that `function` runs and whose docstring describes it; return its parser for further flags.

    A command that runs `on_aws` accepts a profile and region, and one that `asks` for confirmation accepts --yes.
    """
    parser = steps.add_parser(name, help=summary, description=function.__doc__)
    if on_aws:
        parser.add_argument("--profile", help="AWS profile (default: the environment's or the default one)")
        parser.add_argument("--region", help="AWS region (default: the profile's)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    if asks:
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.set_defaults(step=function)
    return parser


def add_role(parser: argparse.ArgumentParser) -> None:
    """Add the flag for the role that SageMaker assumes."""
    parser.add_argument(
        "--role",
        default="",
        help="ARN of the role that SageMaker assumes (default: this project's, created if missing)",
    )


def say(line: str) -> None:
    """Report progress on standard error; standard output is for the result."""
    print(line, file=sys.stderr, flush=True)
