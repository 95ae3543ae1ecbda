"""AWS's PyTorch inference image without Docker: its toolkit and TorchServe, in a private `/opt/ml` and `/etc`."""

import hashlib
import os
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sentiment.localcloud.training.containers import Container, ContainerFolder, namespaces_available
from sentiment.system.storage import PROJECT
from tests.support.image_libraries import link_libraries
from tests.support.java import java_version
from tests.support.serving_process import Endpoint, free_port

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
JAVA = 17
_SECONDS_TO_START = 300
# The toolkit writes to /etc; the container has its own.
_START = 'cp -r /etc "$1" 2>/dev/null; mount --bind "$1/etc" /etc && exec serve'


def missing() -> str | None:
    """Return why it cannot run here; None if it can."""
    if not os.environ.get("SENTIMENT_TEST_ALL"):
        return "runs with scripts/test --all only"
    if not namespaces_available():
        return "this user may not make namespaces, which give TorchServe its own /opt/ml and /etc"
    if java_version() < JAVA:
        return f"TorchServe needs Java {JAVA} (on Debian: sudo apt-get install default-jre-headless)"
    return None


def installed() -> Path:
    """Return the environment with the image's packages, in `.venv/torchserve`, (re)created if missing or outdated."""
    folder = PROJECT / ".venv" / "torchserve"
    stamp = folder / hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
        stamp.touch()
    return folder


@contextmanager
def serving(archive: Path, folder: Path) -> Iterator[tuple[Endpoint, Path]]:
    """Serve a `model.tar.gz` during the block; yields the address and the log file."""
    image, port = ContainerFolder(folder / "container", private=True), free_port()
    image.create()
    with tarfile.open(archive) as packed:
        packed.extractall(image.ml / "model", filter="data")
    libraries = link_libraries(folder / "libraries", ["torch", "numpy", "scipy", "boto3"])
    command = ["bash", "-c", _START, "start", str(image.folder)]
    (folder / "tmp").mkdir()
    # TorchServe records in its temporary folder that it runs, and refuses to start if another instance has done so.
    own = {"TMPDIR": str(folder / "tmp"), "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={folder / 'tmp'}"}
    environment = _environment(port, libraries) | own
    container = Container(image, command, environment, image.folder)
    log = folder / "log"
    copying = threading.Thread(target=_copy, args=(container.output, log), daemon=True)
    copying.start()
    try:
        endpoint = Endpoint(port)
        _wait_for(endpoint, container, log)
        yield endpoint, log
    finally:
        container.ask_to_end()
        container.kill()
        container.wait()
        copying.join(10)


def _environment(port: int, libraries: Path) -> dict[str, str]:
    path = f"{installed() / 'bin'}:{os.environ['PATH']}"
    # TorchServe listens only on this machine, on free ports.
    addresses = {
        "TS_INFERENCE_ADDRESS": f"http://127.0.0.1:{port}",
        "TS_MANAGEMENT_ADDRESS": f"http://127.0.0.1:{port}",
        "TS_METRICS_ADDRESS": f"http://127.0.0.1:{free_port()}",
        "TS_GRPC_INFERENCE_ADDRESS": "127.0.0.1",
        "TS_GRPC_MANAGEMENT_ADDRESS": "127.0.0.1",
        "TS_GRPC_INFERENCE_PORT": str(free_port()),
        "TS_GRPC_MANAGEMENT_PORT": str(free_port()),
    }
    settings = {"SAGEMAKER_BIND_TO_PORT": str(port), "SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
    return {"PATH": path, "PYTHONPATH": str(libraries), **addresses, **settings}


def _copy(output, log: Path) -> None:
    with log.open("wb", buffering=0) as file:
        for line in output:
            file.write(line)


def _wait_for(endpoint: Endpoint, container: Container, log: Path) -> None:
    """Wait for a first prediction: a ping succeeds before the worker has loaded the model, or even if it never will."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while True:
        assert container.running, f"the server ended: {log.read_text()[-4000:]}"
        assert time.monotonic() < deadline, f"the server does not answer: {log.read_text()[-4000:]}"
        try:
            if endpoint.invoke(b"Fine.", "text/plain").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
