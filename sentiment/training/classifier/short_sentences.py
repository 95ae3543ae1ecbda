"""Short labelled sentences written for this project, to train on negation, tense, questions and others' opinions.

Reviews are long and a single "not" hardly changes their label, so a network trained on reviews alone does not learn
what negation does. Some of the sentences are combined with neutral text, so that one unfamiliar word does not flip the
verdict.
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
_LONG_WORD = re.compile(r"\b[a-z]{5,}\b")
# Shares of the sentences that get a second one with the same label, a neutral remark, or a typing error.
_ANOTHER, _REMARK, _SLIP = 0.25, 0.3, 0.3
_ENOUGH_NAMES = 100


def sentences(count: int, seed: int, names: Sequence[str] = ()) -> list[tuple[str, float]]:
    """Return `count` sentences with labels (1.0 positive, 0.0 negative), half of each, determined by `seed`.

    If `names` holds enough names, people and places are drawn from it, so that no single name predicts a label.
    """
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    dice = random.Random(seed)
    if len(names) >= _ENOUGH_NAMES:
        data["words"] |= _named(names, dice)
    groups = {label: [one for one in data["sentence"] if one["label"] == label] for label in ("positive", "negative")}
    made = []

    def sentence(label: str) -> str:
        (group,) = dice.choices(groups[label], [one.get("weight", 1) for one in groups[label]])
        return _filled(dice.choice(group["texts"]), data["words"], dice)

    for label in islice(cycle(groups), count):
        text = sentence(label)
        if dice.random() < _ANOTHER:
            text = f"{text} {sentence(label)}"
        if dice.random() < _SLIP:
            text = _mistyped(text, dice)
        if dice.random() < _REMARK:
            pair = [text, _filled(dice.choice(data["remarks"]), data["words"], dice)]
            text = " ".join(dice.sample(pair, 2))
        made.append((text, float(label == "positive")))
    return made


def _named(names: Sequence[str], dice: random.Random) -> dict[str, list[str]]:
    """Return the fillers of the slots for friends and towns (one name each) and for makers (two names)."""
    makers = [f"{dice.choice(names)} {dice.choice(names)}" for _ in names]
    return {"friend": list(names), "town": list(names), "maker": makers}


def _filled(text: str, words: Mapping[str, Sequence[str]], dice: random.Random) -> str:
    """Return the text with a word in every slot and a capital letter at the start of each sentence."""
    slots = {slot for _, slot, _, _ in string.Formatter().parse(text) if slot}
    chosen = {slot: dice.choice(words[slot]) for slot in sorted(slots) if not slot.endswith("2")}
    for slot in sorted(slots - set(chosen)):
        first = slot.removesuffix("2")
        chosen[slot] = dice.choice([word for word in words[first] if word != chosen[first]])
    return _SENTENCE_START.sub(lambda start: start[0].upper(), text.format(**chosen))


def _mistyped(text: str, dice: random.Random) -> str:
    """Return the text with two inner letters of a long word swapped, or one of them dropped."""
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    word = dice.choice(words)
    place = dice.randrange(word.start() + 1, word.end() - 2)
    swapped = text[place + 1] + text[place] if dice.random() < 0.5 else text[place + 1]
    return text[:place] + swapped + text[place + 2 :]
