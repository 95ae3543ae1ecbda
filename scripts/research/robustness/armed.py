"""Run a module, and kill it by SIGKILL just before one of its changes to a folder.

    python -m scripts.research.robustness.armed FOLDER EVENT MODULE [ARGUMENT ...]

Changes are counted from 1: files opened for writing, renamed, removed, directories created and removed. With EVENT 0
nothing is killed, and the number of changes is written to FOLDER/changes at the end.
"""

import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

COUNT = "changes"
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "sqlite3.connect")


class _Trigger:
    """Counts changes in a folder, and kills this process and its children before the chosen one."""

    def __init__(self, folder: Path, event: int) -> None:
        self.count = 0
        self._folder = os.fspath(folder)
        self._event = event

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._is_change(event, arguments):
            return
        self.count += 1
        if self.count == self._event:
            os.killpg(0, signal.SIGKILL)

    def _is_change(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "open":
            path, _, flags = arguments
            return bool(flags and flags & _WRITES) and self._is_inside(path)
        if event == "ctypes.dlsym":  # names are exchanged by a C function that Python lacks
            return arguments[1] in ("renameat2", "renamex_np")
        return event in _CHANGES and any(map(self._is_inside, arguments))

    def _is_inside(self, path: object) -> bool:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self._folder)


def main() -> None:
    """Arm this process and run the module."""
    folder, event, module = Path(sys.argv[1]).absolute(), int(sys.argv[2]), sys.argv[3]
    sys.argv = sys.argv[3:]
    trigger = _Trigger(folder, event)
    sys.addaudithook(trigger)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        if not event:
            (folder / COUNT).write_text(str(trigger.count))


if __name__ == "__main__":
    main()
