"""A job on GPUs that PyTorch cannot use fails immediately and states why."""

import os
import subprocess
import sys

from sentiment.cloud.aws.packing import CONTAINER
from tests.support.image_libraries import link_libraries


def started(tmp_path, **variables):
    failure = tmp_path / "failure"
    image = link_libraries(tmp_path / "image", ["torch", "numpy"])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(image), "SM_OUTPUT_FAILURE": str(failure)}
    # GPUs of this machine are hidden.
    environment |= {"CUDA_VISIBLE_DEVICES": "", **variables}
    done = subprocess.run(
        [sys.executable, CONTAINER / "training.py"], env=environment, capture_output=True, text=True, check=False
    )
    return done, failure


def test_instance_with_graphics_processors_but_without_cuda_trains_nothing(tmp_path):
    for variables in ({"SM_NUM_GPUS": "1"}, {"SM_NUM_GPUS": "0", "SM_CURRENT_INSTANCE_TYPE": "ml.g5.xlarge"}):
        folder = tmp_path / variables["SM_NUM_GPUS"]
        folder.mkdir()
        done, failure = started(folder, **variables)
        assert done.returncode == 1
        assert "PyTorch cannot use them: CUDA is missing" in failure.read_text()
        assert failure.read_text() in done.stderr


def test_instance_without_graphics_processors_goes_on(tmp_path):
    """It continues to the training itself, whose module is missing here."""
    done, failure = started(tmp_path, SM_NUM_GPUS="0", SM_CURRENT_INSTANCE_TYPE="ml.c7g.xlarge")
    assert not failure.exists()
    assert "CUDA" not in done.stderr
