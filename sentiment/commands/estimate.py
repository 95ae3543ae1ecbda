"""Estimate how long training, or pretraining, would take on this machine, by running it briefly on part of the data."""

import argparse
import dataclasses
import json
import os
import time
from pathlib import Path
from typing import Any

from sentiment.data import datasets
from sentiment.data.labels.mapping import LabelMapping
from sentiment.jobs.run_directory import recorded
from sentiment.jobs.training_request import TrainingRequest
from sentiment.tables.rows import ReadOptions
from sentiment.training.loop import config, config_flags
from sentiment.training.timing import measure, measure_pretraining

PRESETS_OF_BOTH = config.PRESETS | config.PRETRAINING


def main() -> int:
    """Run the command and return its exit code."""
    arguments = parser().parse_args()
    request = request_of(arguments)
    if arguments.run is None:
        pace = _measured(request)
    else:
        with recorded(arguments.run, "estimate", request.settings()) as recording:
            pace = _measured(request)
            recording.note(**pace)
    print(json.dumps(pace | {"seconds": pace["seconds_preparing"] + pace["seconds_per_epoch"] * request.config.epochs}))
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command-line parser."""
    flags = argparse.ArgumentParser(description=__doc__, usage="%(prog)s --data PATH [OPTION ...]")
    flags.add_argument(
        "--data", type=Path, metavar="PATH", required=True, help="the IMDb archive, its directory, or a labelled table"
    )
    ReadOptions.add_flags(flags)
    LabelMapping.add_flags(flags)
    flags.add_argument("--run", type=Path, metavar="DIR", help="run directory to keep the result in")
    config_flags.add(flags, PRESETS_OF_BOTH)
    return flags


def request_of(arguments: argparse.Namespace) -> TrainingRequest:
    """Return the training request that the flags describe."""
    return TrainingRequest(
        arguments.data,
        config_flags.parsed(arguments, PRESETS_OF_BOTH),
        arguments.text_column,
        arguments.label_column,
        LabelMapping.from_json(arguments.label_mapping) if arguments.label_mapping else None,
        "pretrain" if arguments.preset in config.PRETRAINING else "train",
        ReadOptions.from_flags(arguments, text_column=None),
    )


def _measured(request: TrainingRequest) -> dict[str, Any]:
    """Return the seconds per epoch, the seconds before the first one, and the load of the machine, 0 to 1."""
    busy = min(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    started = time.perf_counter()
    if request.kind == "pretrain":
        reviews, _ = datasets.texts(request.data, request.reading)
        loaded = time.perf_counter()
        pace = measure_pretraining(reviews, request.config)
    else:
        data = datasets.load(
            request.data,
            reading=request.reading,
            label_column=request.label_column,
            mapping=request.mapping,
        )
        loaded = time.perf_counter()
        pace = measure(data.train, request.config)
    preparing = loaded - started + pace.seconds_preparing
    return dataclasses.asdict(pace) | {"seconds_preparing": preparing, "busy": busy}
