"""The local record of a running batch transform: a small file from which an interrupted run resumes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sentiment.errors import CloudError
from sentiment.system.storage import write_json

_FILE = "transform.json"


@dataclass(frozen=True)
class Record:
    """A running job; `key` identifies its input and plan, `model` is "" until the model is registered."""

    key: str
    job: str
    account: str
    region: str
    model: str = ""

    def folder(self, name: str) -> str:
        """Return the folder of its files, relative to the owner's prefix of the bucket."""
        return f"transform/{self.job}/{name}"


def read(directory: Path) -> Record | None:
    """Return the record in a directory, None if there is none. CloudError if it is damaged."""
    path = directory / _FILE
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise CloudError(f"{path} is damaged: delete it, and look in the console for its job.") from error


def write(directory: Path, record: Record) -> None:
    """Write a record to a directory, creating the directory if necessary."""
    write_json(directory / _FILE, asdict(record))
