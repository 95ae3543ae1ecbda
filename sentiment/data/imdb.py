"""The IMDb reviews of Maas et al. (2011), read from the original archive or from its unpacked directory.

The archive is read in one pass and never unpacked: 100,000 small files take minutes to write and seconds to stream.
"""

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sentiment.data.examples import CLASS_NAMES, NEGATIVE, POSITIVE, Dataset, Example, Unlabelled
from sentiment.errors import DataError

IMDB = "IMDb"
"""The name of the data set."""
ARCHIVE_SUFFIXES = (".tar.gz", ".tgz")
_FOLDERS = {"neg": NEGATIVE, "pos": POSITIVE}
_REVIEW = re.compile(r"(?:^|/)(train|test)/(neg|pos|unsup)/(\d+)_(\d+)\.txt$")
_FILMS = re.compile(r"(?:^|/)(train|test)/urls_(neg|pos|unsup)\.txt$")
_TITLE = re.compile(r"tt\d+")
_GET_IT = "Get the archive again with scripts/get_imdb.py or Get IMDb on the launch page."


@dataclass(frozen=True, slots=True)
class _File:
    number: int
    stars: int
    text: str


@dataclass(frozen=True)
class _Folder:
    """A directory such as train/pos: its reviews, and its films by review number."""

    files: list[_File] = field(default_factory=list)
    films: list[str] = field(default_factory=list)

    def film(self, number: int) -> str:
        return self.films[number] if number < len(self.films) else ""


def is_imdb(path: Path) -> bool:
    """Whether `path` looks like the archive, its unpacked directory, or the parent of the latter."""
    return path.is_dir() or path.name.lower().endswith(ARCHIVE_SUFFIXES)


def load(path: Path) -> Dataset:
    """Read the labelled reviews, with stars from their file names and films as groups.

    Training texts that also occur in test are dropped, and a note gives their number. Either part may be missing, for
    example if a model is only evaluated. Raises DataError if the archive is damaged or a part has only one label.
    """
    folders = _read(path, ("train/neg", "train/pos", "test/neg", "test/pos"))
    train, test = _examples(folders, "train"), _examples(folders, "test")
    for examples in (train, test) if train and test else (train or test,):
        if {example.label for example in examples} != set(CLASS_NAMES):
            raise DataError(
                f"{path} holds no reviews in train/pos and train/neg, so it is not the IMDb data. {_GET_IT}"
            )
    tested = {example.review for example in test}
    fresh = [example for example in train if example.review not in tested]
    return Dataset(fresh, test, IMDB, _notes(train, fresh, test))


def unlabelled(path: Path) -> list[Unlabelled]:
    """Return the reviews of train/unsup, in order of their numbers, except texts that also occur in test.

    Raises DataError if the archive is damaged.
    """
    folders = _read(path, ("train/unsup", "test/neg", "test/pos"))
    tested = {example.review for example in _examples(folders, "test")}
    folder = folders["train/unsup"]
    files = sorted(folder.files, key=lambda file: file.number)
    return [Unlabelled(file.text, folder.film(file.number)) for file in files if file.text not in tested]


def _read(path: Path, wanted: tuple[str, ...]) -> dict[str, _Folder]:
    folders = {name: _Folder() for name in wanted}
    for name, content in _members(path):
        if (match := _REVIEW.search(name)) and (folder := folders.get(f"{match[1]}/{match[2]}")):
            text = content.decode("utf-8", errors="replace").strip()
            folder.files.append(_File(int(match[3]), int(match[4]), text))
        elif (match := _FILMS.search(name)) and (folder := folders.get(f"{match[1]}/{match[2]}")):
            titles = (_TITLE.search(line) for line in content.decode("utf-8", errors="replace").splitlines())
            folder.films.extend(title[0] if title else "" for title in titles)
    return folders


def _examples(folders: dict[str, _Folder], part: str) -> list[Example]:
    """Return the examples of train or test, negative first, by number; 0 stars in a file name mean unknown."""
    return [
        Example(file.text, label, float(file.stars) or None, folders[f"{part}/{name}"].film(file.number))
        for name, label in _FOLDERS.items()
        for file in sorted(folders[f"{part}/{name}"].files, key=lambda file: file.number)
    ]


def _notes(train: list[Example], fresh: list[Example], test: list[Example]) -> list[str]:
    notes = []
    texts = len({example.review for example in train} - {example.review for example in fresh})
    if texts:
        notes.append(f"Dropped {texts:,} texts of train that also occur in test ({len(train) - len(fresh):,} reviews).")
    if not test:
        notes.append("There is no test part, so accuracy is measured on the validation part only.")
    if unknown := sum(not example.group for example in fresh):
        notes.append(
            f"The film of {unknown:,} of {len(fresh):,} train reviews is unknown "
            "(train/urls_pos.txt, urls_neg.txt), so the validation part may share films with train "
            "and its accuracy may be about a point too high."
        )
    return notes


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file that holds reviews or films."""
    yield from _directory_members(path) if path.is_dir() else _archive_members(path)


def _directory_members(path: Path) -> Iterator[tuple[str, bytes]]:
    root = path / "aclImdb" if (path / "aclImdb").is_dir() else path
    for part in ("train", "test"):
        for file in sorted((root / part).glob("urls_*.txt")) + sorted((root / part).glob("*/*.txt")):
            yield file.relative_to(root).as_posix(), file.read_bytes()


def _archive_members(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        # Through gzip rather than tarfile's own "r|gz", which accepts an archive truncated at a header and does not
        # check the checksum at the end.
        with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            while member := archive.next():
                if (_REVIEW.search(member.name) or _FILMS.search(member.name)) and (
                    file := archive.extractfile(member)
                ):
                    yield member.name, file.read()
                # tarfile stores every member, 100 MB for the whole archive; typeshed lacks this list.
                archive.members.clear()  # type: ignore[attr-defined]
            while stream.read(1 << 20):
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged or cut short ({error}). {_GET_IT}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
