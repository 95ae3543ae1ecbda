"""Archives built by tests from files that they contain as text."""

import gzip
import io
import tarfile
from collections.abc import Mapping


def packed(files: Mapping[str, str]) -> bytes:
    """Return the `.tar.gz` of files (name to text); the same files give the same bytes."""
    compressed = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", fileobj=compressed, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w|") as archive,
    ):
        for name, text in files.items():
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return compressed.getvalue()
