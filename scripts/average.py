#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Make one model of several that went on from one another: the mean of their weights, calibrated and judged anew."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sentiment import datasets
from sentiment.command import run
from sentiment.errors import ConfigError


def main() -> int:
    """Parse, average, say what the model reads."""
    arguments = _parser().parse_args()
    shares = arguments.shares or [1.0] * len(arguments.models)
    if len(shares) != len(arguments.models) or min(shares) <= 0:
        raise ConfigError("Give --shares one number above 0 for each model.")
    from sentiment import weight_average

    data = datasets.load(arguments.data)
    saved = weight_average.save(arguments.models, shares, data, arguments.output, arguments.output.name)
    validation = saved.report["validation"]
    told = f"validation accuracy {validation['accuracy']:.4f}, BCE {validation['bce']:.4f}"
    print(f"Saved {arguments.output}: {told}.", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="+", help="directories of the bundles")
    parser.add_argument("--shares", type=float, nargs="+", help="how much each counts; all the same when not given")
    parser.add_argument("--data", type=Path, required=True, help="what they learnt from, as for scripts/train.py")
    parser.add_argument("--output", type=Path, required=True, help="directory of the new bundle")
    return parser


if __name__ == "__main__":
    run(main)
