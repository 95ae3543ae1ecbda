"""What is known on this machine of a transform that is under way: a small file, from which a killed run goes on."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sentiment.errors import CloudError
from sentiment.system.storage import write_json

_FILE = "transform.json"


@dataclass(frozen=True)
class Record:
    """What is under way; `key` says for what, `model` is "" until it is registered."""

    key: str
    job: str
    account: str
    region: str
    model: str = ""

    def folder(self, name: str) -> str:
        """Where its files are, under our prefix of the bucket."""
        return f"transform/{self.job}/{name}"


def read(directory: Path) -> Record | None:
    """Return what is kept in a directory, None when nothing is. CloudError when it is damaged."""
    path = directory / _FILE
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise CloudError(f"{path} is damaged: delete it, and look in the console for its job.") from error


def write(directory: Path, record: Record) -> None:
    """Keep a record in a directory, which is made when it is missing."""
    write_json(directory / _FILE, asdict(record))
