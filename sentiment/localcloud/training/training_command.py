"""What a training container runs: the job's own entry point, or the part of AWS's PyTorch image that starts a script.

A job of `ModelTrainer` (SDK v3) brings its entry point and its code as channels. A job without an entry point names
its code by the hyperparameters `sagemaker_program` and `sagemaker_submit_directory`, which AWS's image understands.
Where a container cannot have its own `/opt/ml`, `ModelTrainer`'s drivers cannot run, for they name that path: the
script is then started as they would, and the `SM_*` variables say where everything is.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.localcloud.training.containers import ContainerFolder
from sentiment.localcloud.training.transfers import TransferError, download_archive


@dataclass(frozen=True)
class Command:
    """An argument list, the variables it needs, and where it starts."""

    words: Sequence[str]
    environment: dict[str, str]
    directory: Path


def training_command(folder: ContainerFolder, request: dict[str, Any], s3: Any) -> Command:
    """The command of a prepared container. TransferError when the job names no code that can run here."""
    specification = request["AlgorithmSpecification"]
    entry = specification.get("ContainerEntrypoint")
    if entry and folder.private:
        return Command([*entry, *specification.get("ContainerArguments", [])], {}, Path("/"))
    if entry:
        return _script_command(folder, _model_trainer_script(folder), folder.ml_inside / "input" / "data" / "code")
    hyperparameters = _decoded(folder)
    program, source = hyperparameters.get("sagemaker_program"), hyperparameters.get("sagemaker_submit_directory")
    if not program or not source:
        raise TransferError("The job has neither a ContainerEntrypoint nor sagemaker_program: there is nothing to run.")
    download_archive(s3, source, folder.ml / "code")
    return _script_command(folder, program, folder.ml_inside / "code")


def _model_trainer_script(folder: ContainerFolder) -> str:
    description = folder.ml / "input" / "data" / "sm_drivers" / "sourcecode.json"
    script = json.loads(description.read_text()).get("entry_script") if description.is_file() else None
    if not script:
        raise TransferError("Without user namespaces only a ModelTrainer job with an entry_script can run here.")
    return str(script)


def _script_command(folder: ContainerFolder, program: str, directory: Path) -> Command:
    """`python3 program --name value …` with every `SM_*` variable."""
    arguments = [
        word
        for name, value in _decoded(folder).items()
        if not name.startswith("sagemaker_")
        for word in (f"--{name}", _text(value))
    ]
    return Command(["python3", program, *arguments], sm_variables(folder), directory)


def sm_variables(folder: ContainerFolder) -> dict[str, str]:
    """The variables by which AWS's images tell a script where it is.

    `SM_CHECKPOINT_DIR` is ours: AWS's images name no variable for `/opt/ml/checkpoints`.
    """
    ml, configuration = folder.ml_inside, folder.ml / "input" / "config"
    hyperparameters = {name: value for name, value in _decoded(folder).items() if not name.startswith("sagemaker_")}
    channels = list(json.loads((configuration / "inputdataconfig.json").read_text()))
    resources = json.loads((configuration / "resourceconfig.json").read_text())
    values: dict[str, Any] = {
        "SM_MODEL_DIR": ml / "model",
        "SM_INPUT_DIR": ml / "input",
        "SM_INPUT_CONFIG_DIR": ml / "input" / "config",
        "SM_OUTPUT_DIR": ml / "output",
        "SM_OUTPUT_DATA_DIR": ml / "output" / "data",
        "SM_CHECKPOINT_DIR": ml / "checkpoints",
        "SM_CHANNELS": channels,
        "SM_HPS": hyperparameters,
        "SM_HOSTS": resources["hosts"],
        "SM_CURRENT_HOST": resources["current_host"],
        "SM_NUM_CPUS": os.cpu_count() or 1,
        "SM_NUM_GPUS": 0,
    }
    values |= {f"SM_CHANNEL_{name.upper()}": ml / "input" / "data" / name for name in channels}
    values |= {f"SM_HP_{name.replace('-', '_').upper()}": value for name, value in hyperparameters.items()}
    return {name: _text(value) for name, value in values.items()}


def _decoded(folder: ContainerFolder) -> dict[str, Any]:
    """The hyperparameters; the SDKs send each as JSON, other clients as they like."""
    raw = json.loads((folder.ml / "input" / "config" / "hyperparameters.json").read_text())
    return {name: _from_json(text) for name, text in raw.items()}


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | Path) else json.dumps(value)
