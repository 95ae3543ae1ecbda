"""Short labelled sentences in our own words, for training: negation, time, questions and other people's opinions.

Reviews are long, and one "not" hardly moves them, so a network that has seen nothing else does not learn what it does.
"""

import random
import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path

_DATA = Path(__file__).with_name("short_sentences.toml")
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")


def sentences(count: int, seed: int) -> list[tuple[str, float]]:
    """Return so many sentences and their labels (1.0 positive, 0.0 negative), half of each; the same for one seed."""
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    dice = random.Random(seed)
    groups = {label: [one for one in data["sentence"] if one["label"] == label] for label in ("positive", "negative")}
    made = []
    for label in islice(cycle(groups), count):
        text = dice.choice(dice.choice(groups[label])["texts"])
        made.append((_filled(text, data["words"], dice), float(label == "positive")))
    return made


def _filled(text: str, words: Mapping[str, Sequence[str]], dice: random.Random) -> str:
    """Return the text with a word in every slot, and a capital at the start of each sentence."""
    slots = {slot for _, slot, _, _ in string.Formatter().parse(text) if slot}
    chosen = {slot: dice.choice(words[slot]) for slot in sorted(slots) if not slot.endswith("2")}
    for slot in sorted(slots - set(chosen)):
        first = slot.removesuffix("2")
        chosen[slot] = dice.choice([word for word in words[first] if word != chosen[first]])
    return _SENTENCE_START.sub(lambda start: start[0].upper(), text.format(**chosen))
