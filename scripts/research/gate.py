#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Say whether a new bundle may take the place of an old one: it may be more than 3 points worse in no behaviour.

Both are put through the behaviour tests of today, whatever their report cards say, and so is the sense that their
explanations give to telling words. Exit code 2 when it may not.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sentiment.evaluation import behaviour
from sentiment.system.command import BAD_INPUT, run


def main() -> int:
    """Parse, measure both, print the table."""
    arguments = _parser().parse_args()
    old, new = (_measured(directory) for directory in (arguments.old, arguments.new))
    _print(old["capabilities"], new["capabilities"])
    worse = behaviour.worsened(old, new)
    if worse:
        print(_told(worse, old["capabilities"], new["capabilities"]), file=sys.stderr)
    return BAD_INPUT if worse else 0


def _measured(directory: Path) -> dict[str, Any]:
    from sentiment.evaluation import explanation_quality
    from sentiment.model.predictor import Predictor

    # One device for both, and the one on which figures are the same tomorrow.
    predictor = Predictor.load(directory, "cpu")
    found = behaviour.run(predictor)
    explained = {"words in explanations": explanation_quality.word_sense(predictor)}
    return {**found, "capabilities": {**found["capabilities"], **explained}}


def _told(worse: list[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    parts = [f"{name} ({old[name]['share']:.1%} before, {new[name]['share']:.1%} now)" for name in worse]
    return f"The new bundle is more than 3 points worse in {', '.join(parts)}; train it again or keep the old one."


def _print(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    print("| capability | cases | old | new | change |")
    print("|---|---:|---:|---:|---:|")
    for name, before in old.items():
        change = new[name]["share"] - before["share"]
        print(f"| {name} | {before['cases']} | {before['share']:.1%} | {new[name]['share']:.1%} | {change:+.1%} |")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path, help="directory of the bundle that is shipped now")
    parser.add_argument("new", type=Path, help="directory of the bundle that is to follow it")
    return parser


if __name__ == "__main__":
    run(main)
