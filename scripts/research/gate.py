#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Check whether a new bundle may replace an old one: it must not be over 3 points worse in any behaviour.

Both are evaluated on the current behaviour tests, whatever their report cards contain, and on how their explanations
rate sentiment words. The exit code is 2 if it may not.
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
    """Parse the arguments, evaluate both, print the table."""
    arguments = _parser().parse_args()
    old, new = (_measured(directory) for directory in (arguments.old, arguments.new))
    _print(old["capabilities"], new["capabilities"])
    worse = behaviour.worsened(old, new)
    if worse:
        print(_losses_in_words(worse, old["capabilities"], new["capabilities"]), file=sys.stderr)
    return BAD_INPUT if worse else 0


def _measured(directory: Path) -> dict[str, Any]:
    from sentiment.evaluation import explanation_quality
    from sentiment.model.predictor import Predictor

    # One device for both, and the one whose figures are reproducible.
    predictor = Predictor.load(directory, "cpu")
    found = behaviour.run(predictor)
    explained = {"words in explanations": explanation_quality.word_sense(predictor)}
    return {**found, "capabilities": {**found["capabilities"], **explained}}


def _losses_in_words(worse: list[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
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
    parser.add_argument("old", type=Path, help="directory of the currently shipped bundle")
    parser.add_argument("new", type=Path, help="directory of the bundle to replace it")
    return parser


if __name__ == "__main__":
    run(main)
