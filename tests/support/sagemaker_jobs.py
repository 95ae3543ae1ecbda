"""Jobs on the local cloud that print the output of training immediately, and run directories that follow them."""

import dataclasses
import json
import sys

import boto3

from sentiment.cloud.aws import account, s3
from sentiment.jobs import sagemaker_run
from sentiment.jobs.run_directory import change_status, config
from sentiment.jobs.sagemaker_run import Place
from sentiment.jobs.training_request import TrainingRequest
from sentiment.system import storage
from sentiment.training.loop.config import PRESETS
from tests.localcloud.roles import make_role
from tests.support.archives import packed

ROLE = "arn:aws:iam::123456789012:role/training"
PLACE = Place(region="us-east-1", role=ROLE, base_name="review-sentiment-tiny-a1b2c3", hourly=0.36)
JOB = f"{PLACE.base_name}-20261123101500"
REQUEST = TrainingRequest(storage.SAMPLE_TABLE, PRESETS["modern"])

PREAMBLE = """
import os, pathlib, signal, sys, time
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
gate = pathlib.Path(os.environ["GATE"])

def epoch(number):
    print(f"epoch={number} train_bce={0.6 / number:.4f} train_accuracy=0.8 validation_bce={0.5 / number:.4f} "
          f"validation_accuracy=0.9 seconds=1.0", flush=True)

def wait_for(name):
    while not (gate / name).exists():
        time.sleep(0.01)
"""


def submit(gate, script, **more):
    """Submit `script` as the job of `PLACE`; it may wait for files in the folder `gate`."""
    here = account.connect()
    source = s3.upload_bytes(here, packed({"train.py": PREAMBLE + script}), "tests/sourcedir.tar.gz")
    request = {
        "TrainingJobName": JOB,
        "RoleArn": make_role("training"),
        "AlgorithmSpecification": {"TrainingImage": "pytorch", "TrainingInputMode": "File"},
        "HyperParameters": {
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(source),
        },
        "OutputDataConfig": {"S3OutputPath": f"s3://{s3.bucket_name(here)}/out"},
        "ResourceConfig": {"InstanceType": PLACE.instance_type, "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "Environment": {"GATE": str(gate)},
    }
    boto3.client("sagemaker").create_training_job(**(request | more))


def run_directory(name="tiny-1123-1015", place=PLACE, **standing):
    """Create the run directory of a job launched at a place; `standing` gives further fields of its state."""
    directory = storage.home() / "runs" / name
    directory.mkdir(parents=True)
    script = storage.PROJECT / "scripts" / "cloud.py"
    words = [sys.executable, str(script), "train", *REQUEST.arguments(), "--run", str(directory)]
    described = config("train", name, REQUEST.settings() | {"epochs": 4}, words)
    storage.write_json(directory / "config.json", described | {"sagemaker": dataclasses.asdict(place)})
    change_status(directory, lambda status: dataclasses.replace(status, state="running"))
    if standing:
        sagemaker_run.write_standing(directory, sagemaker_run.Standing(**standing))
    return directory
