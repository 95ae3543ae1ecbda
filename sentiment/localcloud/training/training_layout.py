"""Create the `/opt/ml` of a training container: folders, configuration files and input channels.

The layout follows "How Amazon SageMaker AI provides training information" in AWS's guide.
"""

import json
from pathlib import Path
from typing import Any

from sentiment.localcloud.training.containers import ContainerFolder
from sentiment.localcloud.training.transfers import TransferError, download_prefix

FOLDERS = ("input/config", "input/data", "model", "output/data", "code", "checkpoints")
CHANNEL = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}


def host_names(request: dict[str, Any]) -> list[str]:
    """Return the host names of the job's instances: algo-1 and so on."""
    count = int(request["ResourceConfig"].get("InstanceCount", 1))
    return [f"algo-{number}" for number in range(1, count + 1)]


def prepare(folder: ContainerFolder, host: str, request: dict[str, Any], s3: Any) -> None:
    """Create the layout for one host and download the job's channels. TransferError for an empty channel."""
    hosts = host_names(request)
    folder.create(hosts)
    for name in FOLDERS:
        (folder.ml / name).mkdir(parents=True)
    write_configuration(folder.ml / "input" / "config", host, request)
    for channel in request.get("InputDataConfig") or []:
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        target = folder.ml / "input" / "data" / channel["ChannelName"]
        target.mkdir()
        if not download_prefix(s3, uri, target):
            raise TransferError(f'No S3 objects found under S3 URL "{uri}" given in input data source.')


def write_configuration(folder: Path, host: str, request: dict[str, Any]) -> None:
    """Write the three configuration files with the container's hyperparameters, channels and instances."""
    instance_type = request["ResourceConfig"].get("InstanceType", "")
    hosts = host_names(request)
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance_type, "hosts": hosts}
    files = {
        "hyperparameters.json": request.get("HyperParameters") or {},
        "inputdataconfig.json": {each["ChannelName"]: CHANNEL for each in request.get("InputDataConfig") or []},
        "resourceconfig.json": {
            "current_host": host,
            "current_instance_type": instance_type,
            "current_group_name": "homogeneousCluster",
            "hosts": hosts,
            "instance_groups": [group],
            "network_interface_name": "lo",
        },
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
