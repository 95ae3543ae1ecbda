"""Determine the command of a training container: the job's entry point, or what AWS's PyTorch image runs for a script.

A job of `ModelTrainer` (SDK v3) provides its entry point and code in channels. A job without an entry point names its
code in the hyperparameters `sagemaker_program` and `sagemaker_submit_directory`, which AWS's image interprets.
The drivers of `ModelTrainer` contain the path `/opt/ml`, so they cannot run where containers have none of their own:
the script is then started as the drivers would, with all paths in the `SM_*` variables.
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
    """An argument list, its environment variables, and its working directory."""

    words: Sequence[str]
    environment: dict[str, str]
    directory: Path


def training_command(folder: ContainerFolder, request: dict[str, Any], s3: Any) -> Command:
    """Return the command of a prepared container. TransferError if the job names no code that can run here."""
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
    """Return the command `python3 program --name value …` with all `SM_*` variables."""
    arguments = [
        word
        for name, value in _decoded(folder).items()
        if not name.startswith("sagemaker_")
        for word in (f"--{name}", _text(value))
    ]
    return Command(["python3", program, *arguments], sm_variables(folder), directory)


def sm_variables(folder: ContainerFolder) -> dict[str, str]:
    """Return the variables by which AWS's images tell a script its paths and settings.

    `SM_CHECKPOINT_DIR` is this project's addition: AWS's images set no variable for `/opt/ml/checkpoints`.
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
    """Return the hyperparameters; the SDKs encode each as JSON, other clients need not."""
    raw = json.loads((folder.ml / "input" / "config" / "hyperparameters.json").read_text())
    return {name: _from_json(text) for name, text in raw.items()}


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | Path) else json.dumps(value)
