"""Texts for the teacher to label: whole reviews, single sentences, passages of film reviews, and rewordings."""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sentiment.text.cleaning import clean

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')]*\s+|\n+")
_CLAUSE_END = re.compile(r"(?<=[,.;!?])\s+")
_SHORTEST, _LONGEST = 3, 40  # words of a sentence
_PASSAGE_SENTENCES, _LONGEST_PASSAGE = (2, 5), 100
_SHORTEST_REWORDED, _LONGEST_REWORDED = 4, 60
# Shares of its words that a text may lose.
_LOST_WORDS = (0.1, 0.2, 0.35)


@dataclass(frozen=True)
class Amounts:
    """The maximum number of texts of each sort."""

    film_sentences: int = 150_000
    film_passages: int = 37_500
    sentences_of_kind: int = 6_000
    rewordings_of_kind: int = 2_500


def of_films(reviews: Sequence[str], amounts: Amounts, dice: random.Random) -> list[str]:
    """Return single sentences and passages of unlabelled film reviews."""
    split = [_sentences(review) for review in dice.sample(reviews, len(reviews))]
    singles = [one for own in split for one in own if _SHORTEST <= _words(one) <= _LONGEST]
    passages = [_passage(own, dice) for own in split if len(own) > _PASSAGE_SENTENCES[1]]
    passages = [one for one in passages if _words(one) <= _LONGEST_PASSAGE]
    return [*_some(singles, amounts.film_sentences, dice), *_some(passages, amounts.film_passages, dice)]


def of_kind(reviews: Sequence[str], amounts: Amounts, dice: random.Random) -> list[str]:
    """Return single sentences of reviews of one kind of goods, and reworded short reviews."""
    singles = [
        one for own in map(_sentences, reviews) if len(own) > 1 for one in own if _SHORTEST <= _words(one) <= _LONGEST
    ]
    short = [one for one in reviews if _SHORTEST_REWORDED <= _words(one) <= _LONGEST_REWORDED]
    reworded = (_reworded(one, dice) for one in _some(short, amounts.rewordings_of_kind, dice))
    return [*_some(singles, amounts.sentences_of_kind, dice), *(one for one in reworded if one)]


def _sentences(review: str) -> list[str]:
    return [one.strip() for one in _SENTENCE_END.split(clean(review)) if one.strip()]


def _passage(sentences: Sequence[str], dice: random.Random) -> str:
    count = dice.randint(*_PASSAGE_SENTENCES)
    first = dice.randrange(len(sentences) - count + 1)
    return " ".join(sentences[first : first + count])


def _reworded(text: str, dice: random.Random) -> str:
    """Return a text with some words dropped or with its clauses reordered."""
    if dice.random() < 0.5:
        lost = dice.choice(_LOST_WORDS)
        return " ".join(word for word in text.split() if dice.random() > lost)
    clauses = _CLAUSE_END.split(text)
    return " ".join(dice.sample(clauses, len(clauses)))


def _words(text: str) -> int:
    return len(text.split())


def _some(texts: Iterable[str], most: int, dice: random.Random) -> list[str]:
    distinct = list(dict.fromkeys(texts))
    return dice.sample(distinct, min(most, len(distinct)))
