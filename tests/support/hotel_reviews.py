"""A synthetic table of hotel reviews with planted causes: the drivers, the groups and the time of change are known.

From May on, guests of the Harbour View complain that rooms smell of damp; at the Old Mill, all year, of a resort fee.
Guests everywhere praise the rooftop terrace. Write the table by `python -m tests.support.hotel_reviews FILE [ROWS]`.
"""

import csv
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sentiment.prediction import Prediction
from sentiment.scoring.score import score_table
from sentiment.scoring.view import ScoredTable
from sentiment.tables.table import inspect_table

COLUMNS = ("review", "hotel", "date", "stars", "nights")
HOTELS = ("Harbour View", "Old Mill", "Park Lodge", "Grand Meridian", "Station Inn", "Lakeside")
DAMP_HOTEL, FEE_HOTEL = "Harbour View", "Old Mill"
YEAR = 2025
DAMP_SINCE = date(YEAR, 5, 1)

_DAMP = (
    "The room smelled of damp from the moment we opened the door.",
    "Our bathroom smelled of damp, even with the window open all night.",
    "Everything in the wardrobe smelled of damp by the second morning.",
    "The whole corridor smelled of damp and nobody did anything about it.",
)
_FEE = (
    "A resort fee that nobody had mentioned was added at checkout.",
    "We were charged a resort fee for a pool that was closed.",
    "They insisted on a resort fee although we had paid in advance.",
)
_TERRACE = (
    "The rooftop terrace is lovely in the evening.",
    "We had breakfast on the rooftop terrace every morning and loved it.",
    "Do not miss the rooftop terrace, the view is wonderful.",
)
_THINGS = (
    "staff", "bed", "breakfast", "bathroom", "lift", "pool", "garden", "parking", "wifi", "shower", "view", "dinner",
    "lobby", "gym", "minibar", "heating", "mattress", "pillow", "balcony", "television", "coffee", "bar",
    "towels", "sauna",
)  # fmt: skip
_GOOD = (
    "The {} was excellent.",
    "We loved the {}.",
    "I was really happy with the {}.",
    "The {} was great.",
    "A wonderful {}.",
    "The {} was simply the best.",
)
_BAD = (
    "The {} was terrible.",
    "We were very disappointed with the {}.",
    "The {} was bad.",
    "We hated the {}.",
    "An awful {}.",
    "The {} was simply the worst.",
)
_NEUTRAL = (
    "We stayed here for two nights in a double room.",
    "I booked it because of a conference nearby.",
    "We arrived by train and left on Sunday.",
    "The hotel has four floors and a car park.",
    "My husband and I were here with our two children.",
    "Check-in was at three in the afternoon.",
)
_FOREIGN = "Das Zimmer war sauber und das Personal war sehr freundlich, wir kommen gerne wieder."


@dataclass(frozen=True)
class Stay:
    """One row; `mood` is the verdict its author intended, "positive" or "negative"; "unscored" if unreadable."""

    review: str
    hotel: str
    day: date
    stars: int
    nights: int
    mood: str


def stays(count: int = 3_000, seed: int = 0) -> list[Stay]:
    """Return that many stays over one year, the same for the same seed."""
    chosen = random.Random(seed)
    return [_stay(chosen) for _ in range(count)]


def write_table(path: Path, rows: Sequence[Stay]) -> Path:
    """Write the stays as CSV, without the moods."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([row.review, row.hotel, row.day.isoformat(), row.stars, row.nights] for row in rows)
    return path


def scored_stays(directory: Path, rows: Sequence[Stay]) -> ScoredTable:
    """Write the stays and score them by the moods of their authors, with the real engine."""
    path = write_table(directory / "hotels.csv", rows)
    table = inspect_table(path)
    score_table(table, MoodScorer(rows), directory / "hotels.parquet")
    return ScoredTable(directory / "hotels.parquet", table.text_index)


class MoodScorer:
    """A scorer that knows the mood of each review's author."""

    name = "moods"
    fingerprint = "0" * 64

    def __init__(self, rows: Sequence[Stay]) -> None:
        self._moods = {row.review: row.mood for row in rows}

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        return [_prediction(review, self._moods[review]) for review in reviews]


def shuffled(rows: Sequence[Stay], seed: int) -> list[Stay]:
    """Return the same reviews with the moods permuted: any finding in them is due to chance."""
    moods = [row.mood for row in rows if row.mood != "unscored"]
    random.Random(seed).shuffle(moods)
    drawn = iter(moods)
    return [
        row if row.mood == "unscored" else Stay(row.review, row.hotel, row.day, row.stars, row.nights, next(drawn))
        for row in rows
    ]


def _stay(chosen: random.Random) -> Stay:
    hotel = chosen.choice(HOTELS)
    day = date(YEAR, 1, 1) + timedelta(days=chosen.randrange(365))
    nights = chosen.randint(1, 9)
    if chosen.random() < 0.01:
        return Stay(chosen.choice(("", _FOREIGN)), hotel, day, 3, nights, "unscored")
    cause, unhappy = "", chosen.random() < 0.2
    if hotel == DAMP_HOTEL and day >= DAMP_SINCE and chosen.random() < 0.6:
        cause, unhappy = chosen.choice(_DAMP), True
    elif hotel == FEE_HOTEL and chosen.random() < 0.2:
        cause, unhappy = chosen.choice(_FEE), True
    elif not unhappy and chosen.random() < 0.2:
        cause = chosen.choice(_TERRACE)
    bank, other = (_BAD, _GOOD) if unhappy else (_GOOD, _BAD)
    things = chosen.sample(_THINGS, chosen.randint(1, 3))
    parts = [*(chosen.choice(bank).format(thing) for thing in things), *chosen.sample(_NEUTRAL, chosen.randint(0, 2))]
    parts += [cause] if cause else []
    parts += [chosen.choice(other).format(chosen.choice(_THINGS))] if len(parts) > 2 and chosen.random() < 0.2 else []
    chosen.shuffle(parts)
    stars = chosen.choice((1, 1, 2) if unhappy else (4, 5, 5))
    return Stay(" ".join(parts), hotel, day, stars, nights, "negative" if unhappy else "positive")


def _prediction(review: str, mood: str) -> Prediction:
    words = len(review.split())
    if mood == "unscored":
        return Prediction("unscored", None, None, words, words, 0.0, ("not_english",) if review else ("empty",))
    if mood == "negative":
        return Prediction("negative", 0.1, 1.5, words, words, 0.0)
    return Prediction("positive", 0.9, 4.5, words, words, 0.0)


if __name__ == "__main__":
    write_table(Path(sys.argv[1]), stays(*map(int, sys.argv[2:3])))
