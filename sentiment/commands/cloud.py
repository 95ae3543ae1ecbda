"""Train, deploy, publish and clean up on Amazon SageMaker, one step at a time; each step has its own --help."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from sentiment.cloud.commands import hosting, housekeeping, publishing, training, transform
from sentiment.cloud.commands.step import Steps, add_step
from sentiment.system.storage import SHIPPED_BUNDLE


def main() -> int:
    """Parse the arguments and run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(metavar="STEP", required=True)
    for add in (
        _add_pack,
        training.add_train,
        training.add_fetch,
        hosting.add_steps,
        transform.add_transform,
        publishing.add_steps,
        housekeeping.add_steps,
    ):
        add(steps)
    arguments = parser.parse_args()
    code: int = arguments.step(arguments)
    return code


def _add_pack(steps: Steps) -> None:
    from sentiment.cloud.aws.packing import AWS_IMAGE, Processor

    parser = add_step(steps, "pack", "pack a bundle with all that scoring needs as model.tar.gz", pack, on_aws=False)
    parser.add_argument("--model", type=Path, default=SHIPPED_BUNDLE, help="the bundle (default: the shipped one)")
    parser.add_argument("--output", type=Path, required=True, help="the archive to write: model.tar.gz")
    parser.add_argument(
        "--platform",
        choices=get_args(Processor),
        default=AWS_IMAGE.processor,
        help="processor of the serving instance; aarch64 for Graviton (%(default)s)",
    )


def pack(arguments: argparse.Namespace) -> int:
    """Pack a bundle with all code that scoring imports, so that a container installs nothing."""
    from sentiment.cloud.aws import packing

    target = packing.Target(processor=arguments.platform)
    archive = packing.pack(arguments.model, arguments.output, target)
    if arguments.json:
        print(json.dumps({**asdict(archive), "path": str(archive.path), **asdict(target)}, indent=2))
    else:
        place = f"Python {target.python} on {target.processor}"
        print(f"{archive.path}: {archive.name} ({archive.fingerprint[:12]}), {archive.size / 1e6:.1f} MB, for {place}.")
    return 0
