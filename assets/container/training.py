"""What a training job on SageMaker starts: `scripts/train.py`, with the libraries that came along behind the image's.

It runs before anything is installed, and imports only what Python brings.
"""

import os
import runpy
import sys
import tempfile
import zipfile
from pathlib import Path


def add_libraries(channel: Path) -> None:
    """Unpack the wheels in the channel's archive, and let Python look there for what the image does not have."""
    folder = tempfile.mkdtemp(prefix="libraries-")
    for path in channel.glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as wheel, zipfile.ZipFile(wheel) as contents:
                    contents.extractall(folder)
    sys.path.append(folder)


if __name__ == "__main__":
    if libraries := os.environ.get("SM_CHANNEL_LIBRARIES"):
        add_libraries(Path(libraries))
    runpy.run_path(str(Path(__file__).with_name("scripts") / "train.py"), run_name="__main__")
