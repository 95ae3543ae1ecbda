"""Reviews of a train journey: their verdicts are in words that say nothing of a film."""

import random

from sentiment.data.datasets import Example


def shop(count, seed, told=1.0):
    """Reviews whose verdict is in words that say nothing of a film; `told` of them are labelled as those words say."""
    dice = random.Random(seed)
    made = {}
    while len(made) < count:
        label = len(made) % 2
        says = label if dice.random() < told else 1 - label
        verdict = dice.choice(("train left on time", "seat was at the window") if says else ("second letter", "a walk"))
        made.setdefault(f"My neighbour had told me that the {verdict} number {dice.randint(1, 10**6)} it is", label)
    return [Example(text, label) for text, label in made.items()]
