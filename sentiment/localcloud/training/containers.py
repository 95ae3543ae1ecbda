"""Containers without Docker: processes with a private `/opt/ml` that end together with this process.

Where Linux lets ordinary users create namespaces, a container has its own folder as `/opt/ml` and its own `/etc/hosts`,
without any change to the machine. Elsewhere it shares those of the machine, and environment variables give the paths.
"""

import functools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path(__file__).with_name("container.sh")
KEPT_VARIABLES = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")


@functools.cache
def namespaces_available() -> bool:
    """Whether this user may create a user namespace and a mount namespace, and mount in it."""
    if not shutil.which("unshare"):
        return False
    trial = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/opt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class ContainerFolder:
    """The directory that becomes a container's `/opt/ml`, with its path outside and inside the container."""

    folder: Path
    private: bool = field(default_factory=namespaces_available)

    @property
    def ml(self) -> Path:
        """Path of `/opt/ml` as seen by this process."""
        return self.folder / "ml"

    @property
    def ml_inside(self) -> Path:
        """Path of `/opt/ml` as seen by the container."""
        return Path("/opt/ml") if self.private else self.ml

    def create(self, hosts: Sequence[str] = ("algo-1",)) -> None:
        """Create the folder empty, with every name in `hosts` resolving to this machine."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.ml.mkdir(parents=True)
        names = "".join(f"127.0.0.1 {name}\n" for name in ("localhost", *hosts))
        (self.folder / "hosts").write_text(names)


class Container:
    """A running process; `output` combines its standard output and standard error."""

    def __init__(
        self,
        folder: ContainerFolder,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path | None = None,
    ) -> None:
        mode = "private" if folder.private else "shared"
        launch = ["bash", str(SCRIPT), mode, str(folder.folder), str(directory or folder.ml_inside), *command]
        self._process = subprocess.Popen(
            ["unshare", "-Urm", *launch] if folder.private else launch,
            env=_bare_environment() | {"HOME": str(folder.folder)} | dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout
        self.output = self._process.stdout

    @property
    def pid(self) -> int:
        """Process id of the command, which is also its process group id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the command is still running."""
        return self._process.poll() is None

    def ask_to_end(self) -> None:
        """Send SIGTERM to all of its processes."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to all of its processes."""
        self._signal(signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the command and return its exit code, negative for a signal; kill processes that it left running."""
        code = self._process.wait()
        self.kill()
        if self._process.stdin:
            self._process.stdin.close()
        self.output.close()
        return code

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return


def _bare_environment() -> dict[str, str]:
    """Return an image's environment: this Python first on the path, and no variables of the user, so no credentials."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
