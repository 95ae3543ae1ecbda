"""The recipe of our container image, as far as it can be checked without Docker."""

import json
import os
import re
import subprocess
import sys

import yaml

from sentiment.cloud.aws.packing import CONTAINER
from sentiment.system.storage import PROJECT

# Without comments, and with continued lines joined.
LINES = re.sub(r"\\\n", "", re.sub(r"(?m)^#.*\n", "", (CONTAINER / "Dockerfile").read_text())).splitlines()


def instructions(name):
    return [line.removeprefix(name).strip() for line in LINES if line.startswith(f"{name} ")]


def variables():
    (line,) = instructions("ENV")
    return dict(pair.split("=") for pair in line.split())


def test_what_it_copies_is_there():
    for line in instructions("COPY"):
        for source in line.split()[:-1]:
            assert (CONTAINER / source).is_file()


def test_what_it_starts_is_ours_and_not_as_root():
    (command,) = instructions("ENTRYPOINT")
    assert json.loads(command)[:2] == ["python", "-m"]
    module = PROJECT / json.loads(command)[2].replace(".", "/") / "__main__.py"
    assert module.is_file()
    assert instructions("USER")[-1] not in {"root", "0"}
    assert LINES.index(f"USER {instructions('USER')[-1]}") < next(
        number for number, line in enumerate(LINES) if line.startswith("ENTRYPOINT")
    )


def test_every_variable_of_ours_is_one_that_the_server_reads():
    server = (PROJECT / "sentiment" / "serving" / "__main__.py").read_text()
    for name in variables():
        assert name.startswith("PYTHON") or f'"{name}"' in server
    assert variables()["PYTHONPATH"] == "/opt/ml/model/code"


def test_its_python_is_the_one_that_is_packed_for():
    from sentiment.cloud.aws.packing import AWS_IMAGE

    assert f"python:{AWS_IMAGE.python}-" in instructions("FROM")[0]


def test_the_health_check_fails_when_nothing_listens():
    (line,) = instructions("HEALTHCHECK")
    command = json.loads(line.partition("CMD ")[2])
    environment = os.environ | {"SAGEMAKER_BIND_TO_PORT": "9"}
    done = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Connection refused" in done.stderr


def test_the_build_recipe_builds_this_folder():
    recipe = yaml.safe_load((CONTAINER / "buildspec.yml").read_text())
    (build,) = recipe["phases"]["build"]["commands"]
    assert build.startswith("docker build ")
    assert (PROJECT / build.split()[-1] / "Dockerfile").is_file()
    used = set(re.findall(r"\$([A-Z_]+)", json.dumps(recipe["phases"]))) - {"AWS_REGION"}
    assert used == set(recipe["env"]["variables"])
