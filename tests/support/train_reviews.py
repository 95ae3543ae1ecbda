"""Reviews of train journeys, whose verdicts depend on words that are neutral for films."""

import random

from sentiment.data.datasets import Example


def shop(count, seed, told=1.0):
    """Return reviews whose verdict depends on words neutral for films; the share `told` is labelled accordingly."""
    dice = random.Random(seed)
    made = {}
    while len(made) < count:
        label = len(made) % 2
        says = label if dice.random() < told else 1 - label
        verdict = dice.choice(("train left on time", "seat was at the window") if says else ("second letter", "a walk"))
        made.setdefault(f"My neighbour had told me that the {verdict} number {dice.randint(1, 10**6)} it is", label)
    return [Example(text, label) for text, label in made.items()]
