"""What a training job on SageMaker starts: `sentiment train`, with the libraries that came along behind the image's.

It runs before anything is installed, and imports only what Python brings. Where there are several instances or graphics
processors it becomes torchrun, which starts it again, once for each of them.
"""

import json
import os
import re
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

# Instances of NVIDIA's processors, such as ml.g5.xlarge and ml.p4d.24xlarge.
_WITH_GRAPHICS = re.compile(r"ml\.(g|p)\d")
UNPACKED = "SENTIMENT_LIBRARIES"  # says to the processes of torchrun where they are
# SageMaker kills a container two minutes after it was asked to stop; torchrun by itself waits for half a minute.
_STOP_SECONDS = "110"
_FIRST_PORT, _PORTS = 20_000, 10_000


def add_libraries(channel: Path) -> None:
    """Unpack the wheels in the channel's archive, and let Python look there for what the image does not have."""
    if UNPACKED not in os.environ:
        os.environ[UNPACKED] = tempfile.mkdtemp(prefix="libraries-")
        for path in channel.glob("*.zip"):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    with archive.open(name) as wheel, zipfile.ZipFile(wheel) as contents:
                        contents.extractall(os.environ[UNPACKED])
    sys.path.append(os.environ[UNPACKED])


def torchrun(job: Mapping[str, str]) -> list[str]:
    """Return the options of torchrun that a job's variables ask for, none where one process is all.

    The leader is on the first instance, as the SDK counts them. SDK v3 can start torchrun too, but from a shell that
    keeps SageMaker's request to stop to itself: nothing learnt since the last checkpoint would be saved.
    """
    hosts = sorted(json.loads(job.get("SM_HOSTS", "[]")))
    processes = int(job.get("SM_NUM_GPUS", "0")) or 1
    if len(hosts) * processes < 2 or "RANK" in job:
        return []
    several = len(hosts) > 1
    options = {
        "nnodes": len(hosts),
        "node-rank": hosts.index(job["SM_CURRENT_HOST"]),
        "nproc-per-node": processes,
        "master-addr": hosts[0] if several else "127.0.0.1",
        "master-port": _FIRST_PORT + zlib.crc32(job["TRAINING_JOB_NAME"].encode()) % _PORTS,
    }
    return [f"--{name}={value}" for name, value in options.items()]


def torchrun_variables(job: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that torchrun and its processes are to have where they are not set."""
    several = len(json.loads(job["SM_HOSTS"])) > 1
    interface = job.get("SM_NETWORK_INTERFACE_NAME", "eth0") if several else "lo"
    processors = (os.cpu_count() or 1) // (int(job.get("SM_NUM_GPUS", "0")) or 1)
    return {
        "TORCH_ELASTIC_SHUTDOWN_TIMEOUT": _STOP_SECONDS,
        "GLOO_SOCKET_IFNAME": interface,
        "NCCL_SOCKET_IFNAME": interface,
        "OMP_NUM_THREADS": str(max(1, processors)),
    }


def missing_cuda(job: Mapping[str, str]) -> str:
    """Return why a job on an instance with graphics processors cannot use them; empty when it can, or has none.

    It would train on the instance's few processors otherwise, for the price of the graphics processors.
    """
    kind = job.get("SM_CURRENT_INSTANCE_TYPE", "")
    if not int(job.get("SM_NUM_GPUS", "0")) and not _WITH_GRAPHICS.match(kind):
        return ""
    import torch  # the image brings it

    if torch.cuda.is_available():
        return ""
    return (
        f"{kind or 'This instance'} has graphics processors, and PyTorch cannot use them: CUDA is missing, or too new "
        "for the instance's driver. Nothing was trained. Choose an instance without them, or another image."
    )


if __name__ == "__main__":
    if reason := missing_cuda(os.environ):
        # SageMaker shows what is written there as the reason.
        Path(os.environ.get("SM_OUTPUT_FAILURE", "/opt/ml/output/failure")).write_text(reason, encoding="utf-8")
        sys.exit(reason)
    if libraries := os.environ.get("SM_CHANNEL_LIBRARIES"):
        add_libraries(Path(libraries))
    if options := torchrun(os.environ):
        for variable, value in torchrun_variables(os.environ).items():
            os.environ.setdefault(variable, value)
        command = [sys.executable, "-m", "torch.distributed.run", *options, __file__, *sys.argv[1:]]
        os.execv(sys.executable, command)
    from sentiment.commands.main import run_module

    run_module("train")
