"""Everything in this project that writes files, as commands that can be killed and rerun, and checks of their results.

Run as a module with `feedback FOLDER` or `upload FOLDER`, it does the work of a page, which has no command.
"""

import csv
import hashlib
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentiment.model import bundle
from sentiment.training.classifier.short_sentences import sentences
from sentiment.training.pretraining import network_file

_SMALL = (
    "--embedding-size 8 --hidden-size 6 --batch-size 16 --learning-rate 0.01 --average 0.9 --device cpu --epochs 2"
).split()
_ARCHIVE_BYTES = 64 * 2**20
_OPINIONS = 60
_UPLOADS = 12
_MODULE = "scripts.research.robustness.writers"


@dataclass(frozen=True)
class Writer:
    """Something that writes to a folder.

    `prepare` creates the inputs in the folder, `command` returns the module and its arguments, and `found` the result
    in the folder: a text that is equal for equal results, or None if there is none yet. It raises an exception if the
    result is half-written. `grows` means that the result is written incrementally, so that any prefix of it is valid.
    """

    prepare: Callable[[Path], None]
    command: Callable[[Path], list[str]]
    found: Callable[[Path], str | None]
    grows: bool = False


def writers(archive_url: str, archive_md5: str) -> dict[str, Writer]:
    """Return every writer by name; `archive_url` is where `fetch` downloads a file with that MD5."""
    return {
        "score": Writer(_write_table, _score, lambda folder: _digest(folder / "scored.csv")),
        "train": Writer(_write_labelled, _train, lambda folder: _bundle(folder / "model")),
        "pretrain": Writer(_write_plain, _pretrain, lambda folder: _network(folder / "words")),
        "teach": Writer(_write_imdb, _teach, lambda folder: _bundle(folder / "taught")),
        "feedback": Writer(_nothing, lambda folder: [_MODULE, "feedback", str(folder)], _opinions, grows=True),
        "upload": Writer(_nothing, lambda folder: [_MODULE, "upload", str(folder)], _uploads, grows=True),
        "fetch": Writer(_nothing, _fetch(archive_url, archive_md5), lambda folder: _digest(folder / "archive.tar.gz")),
        "report": Writer(_write_short_table, _report, lambda folder: _digest(folder / "report.html")),
    }


def archive() -> bytes:
    """Return enough bytes for a download to be killed midway."""
    return random.Random(0).randbytes(_ARCHIVE_BYTES)


def _score(folder: Path) -> list[str]:
    return ["sentiment", "score", str(folder / "table.csv"), "--output", str(folder / "scored.csv"), "--workers", "2"]


def _report(folder: Path) -> list[str]:
    return ["sentiment", "score", str(folder / "table.csv"), "--report", str(folder / "report.html")]


def _train(folder: Path) -> list[str]:
    return ["sentiment", "train", "--data", str(folder / "labelled.csv"), "--output", str(folder / "model"), *_SMALL]


def _pretrain(folder: Path) -> list[str]:
    return ["sentiment", "pretrain", "--data", str(folder / "plain.csv"), "--output", str(folder / "words"), *_SMALL]


def _teach(folder: Path) -> list[str]:
    rounds = ["--rounds", "1", "--further", "1", "--vector-epochs", "0", "--short-sentences", "3", "--phrases", "200"]
    return [*"sentiment teach --data".split(), str(folder), "--output", str(folder / "taught"), *rounds, *_SMALL]


def _fetch(url: str, md5: str) -> Callable[[Path], list[str]]:
    return lambda folder: ["sentiment", "get-imdb", "--output", str(folder), "--url", url, "--md5", md5]


def _nothing(folder: Path) -> None:
    pass


def _reviews(number: int) -> list[tuple[str, int]]:
    """Return distinct labelled reviews of a few sentences, half of each class."""
    dice = random.Random(number)
    texts = sentences(4 * number, 0, [])
    by_label = {label: [text for text, each in texts if each == label] for label in (0, 1)}
    labels = [place % 2 for place in range(number)]
    return [(f"Visit {place}. " + " ".join(dice.sample(by_label[each], 4)), each) for place, each in enumerate(labels)]


def _write_rows(path: Path, header: list[str], rows: list[tuple[str, int]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def _write_table(folder: Path) -> None:
    _write_rows(folder / "table.csv", ["review", "number"], _reviews(6_000))


def _write_short_table(folder: Path) -> None:
    _write_rows(folder / "table.csv", ["review", "number"], _reviews(400))


def _write_labelled(folder: Path) -> None:
    _write_rows(folder / "labelled.csv", ["review", "label"], _reviews(1_200))


def _write_plain(folder: Path) -> None:
    _write_rows(folder / "plain.csv", ["review", "number"], _reviews(1_700))


def _write_imdb(folder: Path) -> None:
    """Write a few reviews in the layout of the IMDb archive, five per film."""
    reviews = iter(_reviews(1_000))
    for part, count in (("train/pos", 90), ("train/neg", 90), ("train/unsup", 60), ("test/pos", 40), ("test/neg", 40)):
        (folder / part).mkdir(parents=True, exist_ok=True)
        wanted = 1 if part.endswith("pos") else 0
        for number in range(count):
            text, label = next(reviews)
            while label != wanted and not part.endswith("unsup"):
                text, label = next(reviews)
            stars = 0 if part.endswith("unsup") else 9 if label else 2
            (folder / part / f"{number}_{stars}.txt").write_text(text, encoding="utf-8")
        urls = "".join(f"http://www.imdb.com/title/tt{number // 5:07d}/usercomments\n" for number in range(count))
        where, name = part.split("/")
        (folder / where / f"urls_{name}.txt").write_text(urls, encoding="utf-8")


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _bundle(path: Path) -> str | None:
    return bundle.load(path).fingerprint if path.exists() else None


def _network(path: Path) -> str | None:
    if not path.exists():
        return None
    network_file.load(path)  # raises if files do not belong together
    return _digest(path / bundle.WEIGHTS)


def _opinions(folder: Path) -> str | None:
    import sqlalchemy as sql

    from sentiment.data.feedback import Feedback

    if not (folder / "feedback.sqlite").exists():
        return None
    engine = sql.create_engine(f"sqlite:///{folder / 'feedback.sqlite'}")
    try:
        return Feedback(engine).table().decode()
    finally:
        engine.dispose()


def _uploads(folder: Path) -> str | None:
    kept = [path for path in folder.glob("tables/*/*") if not path.name.startswith(".")]
    for path in kept:
        if _digest(path) != path.parent.name:
            raise ValueError(f"{path} is half-written")
    names = sorted((path.name, path.parent.name) for path in kept)
    return "".join(f"{name} {digest}\n" for name, digest in names) or None


def _work_of_feedback(folder: Path) -> None:
    """Add the missing opinions one by one."""
    import sqlalchemy as sql

    from sentiment.data.feedback import Feedback, Opinion

    feedback = Feedback(sql.create_engine(f"sqlite:///{folder / 'feedback.sqlite'}"))
    for number in range(len(feedback), _OPINIONS):
        feedback.add(Opinion(f"Visit {number}", "positive", "negative", 0.25, "ab" * 32, f"2024-01-01T00:00:{number}Z"))


def _work_of_upload(folder: Path) -> None:
    """Store one upload after another."""
    import os

    from sentiment.tables.uploads import keep_upload

    os.environ["SENTIMENT_HOME"] = str(folder)
    for number in range(_UPLOADS):
        keep_upload(f"table-{number:02d}.csv", memoryview(random.Random(number).randbytes(4 * 2**20)))


if __name__ == "__main__":
    {"feedback": _work_of_feedback, "upload": _work_of_upload}[sys.argv[1]](Path(sys.argv[2]))
