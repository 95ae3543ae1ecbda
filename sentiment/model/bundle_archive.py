"""Pack a bundle into a `.tar.gz` file and unpack it, to move a model from one machine to another."""

import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from sentiment.errors import BundleError
from sentiment.model import bundle
from sentiment.model.bundle import FILES, Card

MAXIMUM_BYTES = 1_000_000_000
# The file of an archive with texts about the model that are no part of the bundle; archives of earlier versions and
# those made by hand have none.
ABOUT = "about.json"
MAXIMUM_ABOUT_BYTES = 100_000


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


def unpack(archive: BinaryIO, directory: Path) -> tuple[Card, dict[str, str]]:
    """Write the bundle in `archive` to `directory`, which must not exist; return its card and the texts about it.

    Only the files of a bundle are extracted, from the top level of the archive or from one folder in it. They are
    verified before they appear in `directory`. The texts about the model are not written; unreadable ones are ignored.

    Raises:
        BundleError: the archive cannot be read, is too large or does not hold a complete bundle.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import.", dir=directory.parent) as staging:
        unpacked = Path(staging) / "model"
        unpacked.mkdir()
        try:
            about = _extract(archive, unpacked)
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
    return bundle.describe(directory), about


def _extract(archive: BinaryIO, target: Path) -> dict[str, str]:
    """Copy the files of a bundle by name, and return the texts about the model.

    No path in the archive determines where anything is written.
    """
    left = MAXIMUM_BYTES
    about: dict[str, str] = {}
    with tarfile.open(fileobj=archive, mode="r:gz") as opened:
        for member in opened:
            path = Path(member.name)
            depth = len([part for part in path.parts if part != "."])
            if not member.isfile() or path.name not in (*FILES, ABOUT) or depth > 2:
                continue
            left -= member.size
            source = opened.extractfile(member)
            if left < 0 or source is None:
                raise BundleError(f"The archive is larger than {MAXIMUM_BYTES // 1_000_000:,} MB.")
            if path.name == ABOUT:
                about = _texts(source.read(MAXIMUM_ABOUT_BYTES))
                continue
            with (target / path.name).open("wb") as file:
                shutil.copyfileobj(source, file)
    return about


def _texts(content: bytes) -> dict[str, str]:
    """Return the texts of a JSON object by name; none if it is not one."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    texts = found.items() if isinstance(found, dict) else ()
    return {name: text for name, text in texts if isinstance(text, str)}
