"""Pack a bundle into a `.tar.gz` file and unpack it, to move a model from one machine to another."""

import io
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import BinaryIO

from sentiment.errors import BundleError
from sentiment.model import bundle
from sentiment.model.bundle import FILES, Card

MAXIMUM_BYTES = 1_000_000_000


def packed(directory: Path) -> bytes:
    """Return the bundle in `directory` as a gzipped tar file with the bundle's files at its top level.

    Raises:
        BundleError: the directory is not a bundle.
    """
    bundle.describe(directory)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name in FILES:
            archive.add(directory / name, arcname=name)
    return content.getvalue()


def unpack(archive: BinaryIO, directory: Path) -> Card:
    """Write the bundle in `archive` to `directory`, which must not exist, and return its card.

    Only the files of a bundle are extracted, from the top level of the archive or from one folder in it. They are
    verified before they appear in `directory`.

    Raises:
        BundleError: the archive cannot be read, is too large or does not hold a complete bundle.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import.", dir=directory.parent) as staging:
        unpacked = Path(staging) / "model"
        unpacked.mkdir()
        try:
            _extract(archive, unpacked)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise BundleError(f"The file is not a bundle archive (.tar.gz): {error}.") from error
        missing = [name for name in FILES if not (unpacked / name).is_file()]
        if missing:
            raise BundleError(f"The archive is not a bundle: {', '.join(missing)} missing.")
        try:
            bundle.load(unpacked)
        except BundleError as error:
            raise BundleError(str(error).replace(f"{unpacked}/", "")) from error
        unpacked.rename(directory)
    return bundle.describe(directory)


def _extract(archive: BinaryIO, target: Path) -> None:
    """Copy the files of a bundle by name, so that no path in the archive determines where anything is written."""
    left = MAXIMUM_BYTES
    with tarfile.open(fileobj=archive, mode="r:gz") as opened:
        for member in opened:
            path = Path(member.name)
            if not member.isfile() or path.name not in FILES or len([part for part in path.parts if part != "."]) > 2:
                continue
            left -= member.size
            source = opened.extractfile(member)
            if left < 0 or source is None:
                raise BundleError(f"The archive is larger than {MAXIMUM_BYTES // 1_000_000:,} MB.")
            with (target / path.name).open("wb") as file:
                shutil.copyfileobj(source, file)
