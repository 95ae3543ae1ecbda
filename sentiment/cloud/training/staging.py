"""Stage the inputs of a SageMaker training job: the code that training imports, its libraries and its data."""

import dataclasses
import gzip
import shutil
import tarfile
import zipfile
from pathlib import Path

from sentiment.cloud.aws import packing
from sentiment.cloud.aws.packing import CONTAINER, Files
from sentiment.data import imdb, labelled
from sentiment.jobs.training_request import TrainingRequest
from sentiment.system import storage
from sentiment.tables.rows import ReadOptions

ENTRY = "training.py"
_COMMAND = "sentiment.commands.train"
_DATA_FILES = ("sentiment/evaluation/behaviour_templates.toml", "sentiment/training/classifier/short_sentences.toml")
# Settings whose value is a local directory, unless it is one of these words.
_DIRECTORIES = ("start", "teacher")
_WORDS = ("", "shipped", "phrases")
# The same date for every member, so that the same content gives the same bytes; the earliest that zip can store.
_DATE = (1980, 1, 1, 0, 0, 0)


def stage(request: TrainingRequest, folder: Path) -> None:
    """Fill the empty `folder` with the source directory of a job that does what `request` asks.

    It holds `training.py`, which starts `sentiment train`, the project modules that this imports, and the bundle that
    training starts from or is distilled from.
    """
    files = {name: (storage.PROJECT / name).read_bytes() for name in _DATA_FILES}
    files |= {ENTRY: (CONTAINER / ENTRY).read_bytes()}
    _write({**packing.own_modules([_COMMAND, "sentiment.commands.main"]), **files}, folder)
    for name in _DIRECTORIES:
        value = getattr(request.config, name)
        if value == "shipped":
            shipped = storage.SHIPPED_BUNDLE.relative_to(storage.PROJECT)
            shutil.copytree(storage.SHIPPED_BUNDLE, folder / shipped, dirs_exist_ok=True)
        elif value not in _WORDS:
            shutil.copytree(value, folder / name)


def hyperparameters(request: TrainingRequest) -> dict[str, str]:
    """Return the flags of `sentiment train` by name, with paths as in the container; data arrives in a channel."""
    words = iter(request.arguments())
    given: dict[str, str] = {}
    for word in words:
        flag, equals, value = word.removeprefix("--").partition("=")
        given[flag] = value if equals else next(words)
    del given["data"]
    return given | {name: name for name in _DIRECTORIES if given.get(name, "") not in _WORDS}


def with_staged_data(request: TrainingRequest, folder: Path) -> TrainingRequest:
    """Return the request with its data as the single file to upload, written to `folder` if it has to be created.

    The IMDb archive is sent unchanged, and a directory as an archive of its files. Of a table, only the two columns
    needed for training are sent: everything else in it, such as names or addresses, stays on this machine.

    Raises:
        DataError, TableError: the table cannot be read, or lacks these columns.
    """
    path = request.data
    if path.is_dir():
        packed = folder / f"{path.name}.tar.gz"
        with gzip.GzipFile(packed, "wb", mtime=0) as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    archive.add(file, str(Path(path.name) / file.relative_to(path)), filter=_nameless)
        return dataclasses.replace(request, data=packed)
    if imdb.is_imdb(path):
        return request
    needed = folder / f"{path.stem}.csv"
    text, label = labelled.write_columns(
        path, needed, reading=request.reading, label_column=request.label_column, mapping=request.mapping
    )
    return dataclasses.replace(request, data=needed, text_column=text, label_column=label, options=ReadOptions())


def libraries(target: packing.Target = packing.AWS_IMAGE) -> Path:
    """Return a .zip with the wheels that training needs beyond torch and numpy, creating it if necessary.

    Raises:
        PackingError: a library is not available for the target.
    """
    wheels = packing.wheels([CONTAINER / f"{name}.txt" for name in ("scoring", "stemming", "training")], target)
    archive = wheels.parent / f"libraries-{wheels.name}.zip"
    if not archive.exists():
        with storage.written_whole(archive) as temporary, zipfile.ZipFile(temporary, "w") as packed:
            for wheel in sorted(wheels.glob("*.whl")):
                packed.writestr(zipfile.ZipInfo(wheel.name, _DATE), wheel.read_bytes())
    return archive


def _write(files: Files, folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _nameless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
    return member
