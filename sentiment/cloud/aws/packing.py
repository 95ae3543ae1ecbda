"""Pack a bundle and everything that scoring imports into one `model.tar.gz`, so that the container needs no pip.

The same bundle, code and target give the same bytes. AWS's PyTorch inference image runs `code/inference.py` from the
archive; this project's own image runs `sentiment.serving` from `code/`.
"""

import gzip
import hashlib
import io
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Literal

from sentiment.errors import PackingError
from sentiment.model import bundle
from sentiment.system.command import of_module
from sentiment.system.storage import ASSETS, PROJECT, home, written_whole
from sentiment.text.tokenizer import STEMMED

CONTAINER = ASSETS / "container"
# Modules started by name, which no import reveals: the server and its scoring worker processes.
_ENTRIES = ("sentiment.serving.torchserve", "sentiment.serving.__main__", "sentiment.model.workers.__main__")

Processor = Literal["x86_64", "aarch64"]
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Target:
    """Where the archive is served: the image's Python version and its processor (aarch64 is Graviton)."""

    python: str = "3.12"
    processor: Processor = "x86_64"

    @property
    def pip_options(self) -> list[str]:
        """Options that make pip choose wheels for this target, with glibc 2.28 or newer as in both images."""
        platforms = [f"manylinux_2_28_{self.processor}", f"manylinux2014_{self.processor}", "any"]
        tags = ["cp" + "".join(self.python.split(".")[:2]), "abi3", "none"]
        chosen = ["--python-version", self.python, "--implementation", "cp"]
        return chosen + [f"--platform={name}" for name in platforms] + [f"--abi={tag}" for tag in tags]


AWS_IMAGE = Target()


@dataclass(frozen=True)
class Archive:
    """A written `model.tar.gz`; `sha256` is the hash of its bytes.

    `name`, `fingerprint` and `band` are the bundle's; `band` is its uncertain range of probabilities.
    """

    path: Path
    size: int
    sha256: str
    name: str
    fingerprint: str
    band: tuple[float, float]


def pack(directory: Path, output: Path, target: Target = AWS_IMAGE) -> Archive:
    """Write the bundle in `directory` with its code to `output`, atomically.

    Libraries are downloaded the first time and cached under `home()`.

    Raises:
        BundleError: the directory is not a complete bundle.
        PackingError: a library is not available for the target.
    """
    loaded = bundle.load(directory)
    lists = [CONTAINER / "scoring.txt"]
    if loaded.config.text in STEMMED:
        lists.append(CONTAINER / "stemming.txt")
    code = {
        **_libraries(lists, target),
        **own_modules(_ENTRIES),
        "inference.py": (CONTAINER / "inference.py").read_bytes(),
    }
    files = {name: (directory / name).read_bytes() for name in bundle.FILES}
    content = _archived(files | {f"code/{name}": content for name, content in code.items()})
    with written_whole(output) as temporary:
        temporary.write_bytes(content)
    band = loaded.config.calibration.low, loaded.config.calibration.high
    return Archive(output, len(content), hashlib.sha256(content).hexdigest(), loaded.name, loaded.fingerprint, band)


def own_modules(entries: Sequence[str]) -> Files:
    """Return the source of these modules and of all project modules that they import, by path."""
    finder = ModuleFinder(path=[str(PROJECT)])
    for entry in entries:
        finder.import_hook(entry)
    # The finder also reports built-in modules, which have no file.
    paths = [Path(file) for module in finder.modules.values() if (file := vars(module)["__file__"])]
    return {path.relative_to(PROJECT).as_posix(): path.read_bytes() for path in paths}


def _libraries(lists: Sequence[Path], target: Target) -> Files:
    """Return the files of the libraries listed in requirements files, for the target."""
    files: dict[str, bytes] = {}
    for wheel in sorted(wheels(lists, target).glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            files |= {member.filename: archive.read(member) for member in archive.infolist() if not member.is_dir()}
    return files


def wheels(lists: Sequence[Path], target: Target = AWS_IMAGE) -> Path:
    """Return the folder with the wheels listed in requirements files, downloading them if necessary.

    Raises:
        PackingError: a library is not available for the target.
    """
    asked = "".join(path.read_text(encoding="utf-8") for path in lists) + repr(target)
    kept = home() / "wheels" / hashlib.sha256(asked.encode()).hexdigest()[:16]
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".partial.") as folder:
            whole = Path(folder) / "wheels"
            _download(lists, target, whole)
            if not kept.is_dir():  # another process may have created it meanwhile
                whole.rename(kept)
    return kept


def _download(lists: Sequence[Path], target: Target, folder: Path) -> None:
    pip = of_module("pip", "download", "--quiet", "--disable-pip-version-check")
    options = ["--no-deps", "--only-binary=:all:", f"--dest={folder}", *target.pip_options]
    done = subprocess.run(
        [*pip, *options, *(f"--requirement={path}" for path in lists)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1].removeprefix("ERROR: ").rstrip(".")
        raise PackingError(
            f"The libraries for Python {target.python} on {target.processor} could not be downloaded ({reason}); "
            "check the connection and try again."
        )


def _archived(files: Files) -> bytes:
    """Return a reproducible .tar.gz, without the time, machine or user that created it."""
    compressed = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", fileobj=compressed, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            archive.addfile(member, io.BytesIO(files[name]))
    return compressed.getvalue()
