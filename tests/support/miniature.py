"""A miniature of the IMDb archive: template reviews of our own, which a tiny network learns in seconds."""

import random
from collections.abc import Mapping
from pathlib import Path

from tests.support.archives import packed

# fmt: off
PRAISE = (
    "wonderful", "superb", "moving", "delightful", "gripping", "brilliant", "touching", "charming", "hilarious",
    "beautiful", "clever", "excellent", "memorable", "stunning", "warm", "inspired",
)
BLAME = (
    "awful", "dreadful", "dull", "clumsy", "tedious", "terrible", "lifeless", "annoying", "predictable", "ugly",
    "stupid", "horrible", "forgettable", "shoddy", "cold", "pointless",
)
SUBJECTS = (
    "plot", "cast", "acting", "script", "music", "ending", "dialogue", "pacing", "photography", "direction",
    "story", "humour", "soundtrack", "opening", "romance", "villain",
)
# fmt: on
KINDS = ("film", "movie", "comedy", "thriller", "drama", "western", "mystery", "musical", "documentary")
PLACES = ("at the cinema", "on a long flight", "at home", "with my sister", "on a rainy Sunday", "with old friends")

# {word} is of the review's class; {other} of the opposite class, reversed by its negation.
TOLD = (
    "The {subject} is {word}.",
    "What {a_word} {kind}!",
    "I found the {subject} {word} and the {subject2} even more so.",
    "It is {a_word} {kind} from start to finish.",
    "The {subject} is not {other} at all, it is {word}.",
    "Nobody could call the {subject} {other}.",
    "It never gets {other}; the {subject} stays {word}.",
    "The {subject}, {word} as it is, isn't even the {extreme} example.",
    "Everything about the {subject} felt {word} to me.",
)
NEUTRAL = (
    "I saw this {kind} {place}.",
    "It runs for about {minutes} minutes.",
    "The story takes place in {year}.",
    "My neighbour had told me about it.",
    "It is the second {kind} of this director that I know.",
    "There is a train, a letter and a long walk in it.",
)
CONCESSION = "True, the {subject} is {other}, but that hardly matters."
CLOSINGS = {
    1: ("Recommended.", "I will watch it again.", "Do see it.", "Ten out of ten from me.", "I loved it."),
    0: ("Avoid it.", "I want my evening back.", "Don't bother.", "Not worth the ticket.", "I hated it."),
}
STARS = {1: (7, 8, 9, 10), 0: (1, 2, 3, 4)}
REVIEWS_PER_FILM = 5


def reviews(n: int, seed: int) -> list[tuple[str, int, int]]:
    """Return `n` distinct reviews as (text, label, stars), positive and negative alternating, with stars as in IMDb."""
    dice = random.Random(seed)
    made: dict[str, tuple[int, int]] = {}
    while len(made) < n:
        label = 1 - len(made) % 2
        stars = dice.choice(STARS[label])
        made.setdefault(_review(dice, label, mixed=stars in (4, 7)), (label, stars))
    return [(text, label, stars) for text, (label, stars) in made.items()]


def write_archive(path: Path, per_class: int, seed: int) -> Path:
    """Write an archive with the layout of aclImdb_v1.tar.gz to `path`.

    There are `per_class` reviews in each of train/pos and train/neg, half as many in test/pos and test/neg, and twice
    as many in train/unsup; no text is repeated, and train and test share no film.
    """
    return pack(path, layout(per_class, seed))


def layout(per_class: int, seed: int) -> dict[str, str]:
    """Return the files of such an archive, name to text, for a test that changes some before packing them."""
    made = reviews(per_class * 5, seed)
    by_label = {label: [item for item in made if item[1] == label] for label in (0, 1)}
    files: dict[str, str] = {"aclImdb/README": "A miniature in our own words."}
    for part, first, last, offset in (
        ("test", 0, per_class // 2, 20_000),
        ("train", per_class // 2, -per_class, 10_000),
    ):
        for label, name in ((0, "neg"), (1, "pos")):
            files |= _folder(part, name, by_label[label][first:last], offset)
    unrated = [(text, label, 0) for label in (0, 1) for text, _, _ in by_label[label][-per_class:]]
    return files | _folder("train", "unsup", unrated, 30_000)


def pack(path: Path, files: Mapping[str, str]) -> Path:
    """Write `files` (name to text) as a .tar.gz to `path`."""
    path.write_bytes(packed(files))
    return path


def _folder(part: str, name: str, made: list[tuple[str, int, int]], offset: int) -> dict[str, str]:
    films = [
        f"http://www.imdb.com/title/tt{offset + number // REVIEWS_PER_FILM:07d}/usercomments"
        for number in range(len(made))
    ]
    files = {f"aclImdb/{part}/urls_{name}.txt": "".join(f"{film}\n" for film in films)}
    return files | {f"aclImdb/{part}/{name}/{number}_{stars}.txt": text for number, (text, _, stars) in enumerate(made)}


def _review(dice: random.Random, label: int, *, mixed: bool) -> str:
    sentences = [_filled(dice, template, label) for template in dice.sample(TOLD, dice.randint(1, 4))]
    sentences += [_filled(dice, template, label) for template in dice.sample(NEUTRAL, dice.randint(0, 3))]
    dice.shuffle(sentences)
    if mixed:
        sentences.append(_filled(dice, CONCESSION, label))
    sentences.append(dice.choice(CLOSINGS[label]))
    cut = dice.randrange(len(sentences))
    return "<br /><br />".join(" ".join(part) for part in (sentences[:cut], sentences[cut:]) if part)


def _filled(dice: random.Random, template: str, label: int) -> str:
    subject, subject2 = dice.sample(SUBJECTS, 2)
    word = dice.choice(PRAISE if label else BLAME)
    return template.format(
        word=word,
        a_word=f"an {word}" if word[0] in "aeiou" else f"a {word}",
        other=dice.choice(BLAME if label else PRAISE),
        extreme="best" if label else "worst",
        subject=subject,
        subject2=subject2,
        kind=dice.choice(KINDS),
        place=dice.choice(PLACES),
        minutes=dice.randint(70, 190),
        year=dice.randint(1890, 2020),
    )
