"""Pack a bundle into a `.tar.gz` file and unpack it, to move a model from one machine to another.

Archives come from untrusted sources: they are unpacked and tried in a process with limits on memory and time. This
module is also the program of that process.
"""

import argparse
import gzip
import io
import json
import shutil
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sentiment.errors import BundleError
from sentiment.model import bundle
from sentiment.model.bundle import FILES, Card
from sentiment.system import bounded
from sentiment.system.storage import named
from sentiment.wording import counted

MAXIMUM_BYTES = 1_000_000_000
# The file of an archive with texts about the model that are no part of the bundle; archives of earlier versions and
# those made by hand have none.
ABOUT = "about.json"
MAXIMUM_ABOUT_BYTES = 100_000
# The longest review that any model reads takes the most memory and time.
_TRIALS = ("A warm, funny film.", "It was good but too long. " * 5_000)


def packed(directory: Path, about: Mapping[str, str] | None = None) -> bytes:
    """Return the bundle in `directory` as a gzipped tar file with the bundle's files at its top level.

    `about` holds texts by name, such as notes, which `unpack` returns.

    Raises:
        BundleError: the directory is not a bundle.
    """
    bundle.describe(directory)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name in FILES:
            archive.add(directory / name, arcname=name)
        if about:
            written = json.dumps(dict(about)).encode()
            member = tarfile.TarInfo(ABOUT)
            member.size = len(written)
            archive.addfile(member, io.BytesIO(written))
    return content.getvalue()


def unpack(archive: IO[bytes], directory: Path) -> tuple[Card, dict[str, str]]:
    """Write the bundle in `archive` to `directory`, which must not exist; return its card and the texts about it.

    Only the files of a bundle are extracted, from the top level of the archive or from one folder in it. They are
    verified, and the model scores a review, before they appear in `directory`. The texts about the
    model are not written; unreadable ones are ignored.

    Raises:
        BundleError: the archive cannot be read, does not hold a complete bundle that can score, or exceeds the limits
            on size, memory or time.
        OSError: the disk is full or cannot be written.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import.", dir=directory.parent) as staging:
        source, unpacked = Path(staging, "model.tar.gz"), Path(staging, "model")
        with named(directory), source.open("wb") as file:
            shutil.copyfileobj(archive, file)
        _unpack_bounded(source, unpacked)
        about = _texts(Path(staging, ABOUT))
        unpacked.rename(directory)
    return bundle.describe(directory), about


def _unpack_bounded(source: Path, directory: Path) -> None:
    """Run `_unpack` and `_try` in a process with limits on memory and time. Raises BundleError."""
    with tempfile.TemporaryFile() as nothing:
        outcome, message = bounded.run_bounded(__name__, [str(source), str(directory)], nothing)
    if outcome == "done":
        return
    gigabytes, seconds = bounded.memory_limit() / 2**30, bounded.seconds_limit()
    sentences = {
        "refused": message,
        "memory": f"This model takes more than {gigabytes:.1f} GB of memory. "
        f"({bounded.MEMORY_VARIABLE} sets the limit.)",
        "time": f"This model takes longer than {counted(seconds, 'second')} to load and to score a review. "
        f"({bounded.SECONDS_VARIABLE} sets the limit.)",
        "failed": "This model is damaged and cannot be loaded: export it again.",
    }
    raise BundleError(sentences[outcome])


def _unpack(source: Path, directory: Path) -> None:
    """Unpack the archive `source` into the new folder `directory`, its `ABOUT` next to it, and verify the bundle.

    Raises:
        BundleError: the archive cannot be read, is too large or does not hold a complete bundle.
    """
    directory.mkdir()
    try:
        _extract(source, directory)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BundleError("The file is not an exported model (.tar.gz), or it is damaged.") from error
    missing = [name for name in FILES if not (directory / name).is_file()]
    if len(missing) == len(FILES):
        raise BundleError("The archive holds no model: none of the files of a bundle are in it.")
    if missing:
        raise BundleError(f"The archive does not hold a complete model: {', '.join(missing)} missing.")
    with _without_folder(directory):
        bundle.load(directory)


def _try(directory: Path) -> int:
    """Score reviews with the bundle in `directory`, and return the exit code for it."""
    # Imported before the limit applies, which is for the model and not for the libraries.
    from sentiment.model.predictor import Predictor

    def score() -> None:
        with _without_folder(directory):
            predictor = Predictor.load(directory, "cpu")
            predictor.score(_TRIALS)
            predictor.log_odds(_TRIALS)  # also if it knows none of the words

    return bounded.exit_code(score)


@contextmanager
def _without_folder(directory: Path) -> Iterator[None]:
    """Remove the name of a temporary folder from the sentences of errors."""
    try:
        yield
    except BundleError as error:
        raise BundleError(str(error).replace(f"{directory}/", "")) from error


def _extract(source: Path, target: Path) -> None:
    """Copy the files of a bundle by name, so that no path in the archive determines where anything is written."""
    left = MAXIMUM_BYTES
    with tarfile.open(source, mode="r:gz") as opened:
        for member in opened:
            path = Path(member.name)
            depth = len([part for part in path.parts if part != "."])
            if not member.isfile() or path.name not in (*FILES, ABOUT) or depth > 2:
                continue
            left -= member.size
            content = opened.extractfile(member)
            if left < 0 or content is None:
                raise BundleError(f"The archive is larger than {MAXIMUM_BYTES // 1_000_000:,} MB.")
            folder = target.parent if path.name == ABOUT else target
            with named(target), (folder / path.name).open("wb") as file:
                shutil.copyfileobj(content, file)


def _texts(path: Path) -> dict[str, str]:
    """Return the texts of a JSON object in a small file by name; none if there is no such file."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAXIMUM_ABOUT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    texts = found.items() if isinstance(found, dict) else ()
    return {name: text for name, text in texts if isinstance(text, str)}


def main() -> int:
    """Unpack an archive; the exit code is 2, with a sentence, if it does not hold a bundle that can score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("directory", type=Path)
    arguments = parser.parse_args()
    return bounded.exit_code(lambda: _unpack(arguments.archive, arguments.directory)) or _try(arguments.directory)


if __name__ == "__main__":
    sys.exit(main())
