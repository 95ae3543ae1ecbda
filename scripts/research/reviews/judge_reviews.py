#!/usr/bin/env -S sh -c 'p="$(dirname "$0")/../../../.venv/bin/python"; [ -x "$p" ] || p=python3; exec "$p" "$0" "$@"'
"""Train the teacher and label texts with it, from word pieces alone: ten minutes on a GPU, an hour on two cores.

`prepare` writes the word pieces on the machine that has the reviews; `run` needs only that file.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np

from scripts.research.reviews import corpus, lessons, minilm, teacher
from scripts.research.reviews.material import Amounts
from sentiment.model import devices
from sentiment.system.command import run
from sentiment.system.storage import written_whole


def main() -> int:
    """Parse the arguments, then prepare or run."""
    arguments = _parser().parse_args()
    return _prepare(arguments) if arguments.command == "prepare" else _run(arguments)


def _prepare(arguments: argparse.Namespace) -> int:
    found = corpus.load(arguments.archive, arguments.reviews, arguments.hold_out)
    for problem in found.problems:
        print(problem, file=sys.stderr)
    learnt, texts = lessons.labelled(found), lessons.unjudged(found, Amounts())
    if arguments.rows:
        learnt, texts = learnt[: arguments.rows], texts[: arguments.rows]
    lessons.save(arguments.output, learnt, texts)
    print(f"{arguments.output}: {len(learnt):,} texts to train on, {len(texts):,} to label.")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    learnt, texts = lessons.load(arguments.pieces)
    device = devices.choose(arguments.device)
    model = minilm.pretrained()
    teacher.fit(model, learnt, arguments.epochs, device, _note)
    judged = teacher.judge(model, texts, device, _note)
    with written_whole(arguments.output) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, logits=judged, words=model.words.weight.detach().cpu().numpy().astype(np.float16))
    if arguments.teacher:
        minilm.save(model, arguments.teacher)
    print(f"{arguments.output}: {len(judged):,} texts labelled.")
    return 0


def _note(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("prepare", help="write the word pieces of all texts")
    prepare.add_argument("--archive", type=Path, required=True, help="the IMDb archive")
    prepare.add_argument("--reviews", type=Path, required=True, help="folder of labelled tables, one per kind of goods")
    prepare.add_argument("--hold-out", nargs="*", default=[], metavar="KIND", help="tables to hold out")
    prepare.add_argument(
        "--rows", type=int, default=0, help="limit on the texts of each sort, for a trial run; 0 for all"
    )
    prepare.add_argument("--output", type=Path, required=True, help="output file of word pieces (.npz)")
    work = commands.add_parser("run", help="train the teacher and label the texts with it")
    work.add_argument("--pieces", type=Path, required=True, help="output file of prepare")
    work.add_argument("--epochs", type=int, default=2, help="passes over the labelled texts (2)")
    work.add_argument("--device", default="auto", choices=("auto", "cuda", "cpu"), help="where to train")
    work.add_argument("--teacher", type=Path, help="output file of the trained teacher, to evaluate it (.safetensors)")
    work.add_argument("--output", type=Path, required=True, help="output file of the labels (.npz), in half precision")
    return parser


if __name__ == "__main__":
    run(main)
