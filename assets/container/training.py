"""Entry point of a SageMaker training job: run `sentiment train`, with the job's libraries after the image's.

It runs before anything is installed, so it imports only the standard library. With several instances or GPUs it
replaces itself with torchrun, which starts it again once for each of them.
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

# Instances with NVIDIA GPUs, such as ml.g5.xlarge and ml.p4d.24xlarge.
_WITH_GRAPHICS = re.compile(r"ml\.(g|p)\d")
UNPACKED = "SENTIMENT_LIBRARIES"  # passes the folder on to torchrun's processes
# SageMaker kills a container two minutes after the signal to stop; torchrun would wait for only 30 seconds.
_STOP_SECONDS = "110"
_FIRST_PORT, _PORTS = 20_000, 10_000


def add_libraries(channel: Path) -> None:
    """Unpack the wheels in the channel's archive, and append them to Python's path, after the image's libraries."""
    if UNPACKED not in os.environ:
        os.environ[UNPACKED] = tempfile.mkdtemp(prefix="libraries-")
        for path in channel.glob("*.zip"):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    with archive.open(name) as wheel, zipfile.ZipFile(wheel) as contents:
                        contents.extractall(os.environ[UNPACKED])
    sys.path.append(os.environ[UNPACKED])


def torchrun(job: Mapping[str, str]) -> list[str]:
    """Return torchrun's options for a job's variables; none if the job has a single process.

    The leader is on the first instance, as in the SDK. SDK v3 can start torchrun too, but from a shell that does not
    forward SageMaker's signal to stop, so that all training since the last checkpoint would be lost.
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
    """Return the default environment variables for torchrun and its processes."""
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
    """Return why a job cannot use the GPUs of its instance; empty if it can, or if there are none.

    Otherwise the job would train on the instance's few CPUs at the price of the GPUs.
    """
    kind = job.get("SM_CURRENT_INSTANCE_TYPE", "")
    if not int(job.get("SM_NUM_GPUS", "0")) and not _WITH_GRAPHICS.match(kind):
        return ""
    import torch  # included in the image

    if torch.cuda.is_available():
        return ""
    return (
        f"{kind or 'This instance'} has graphics processors, and PyTorch cannot use them: CUDA is missing, or too new "
        "for the instance's driver. Nothing was trained. Choose an instance without them, or another image."
    )


if __name__ == "__main__":
    if reason := missing_cuda(os.environ):
        # SageMaker shows this file's content as the failure reason.
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
