"""The local cloud as a program, and that no process it started outlives it."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import psutil
import pytest

from sentiment.localcloud.training.containers import Container, ContainerFolder, namespaces_available
from sentiment.system.storage import PROJECT
from tests.support.waiting import until

PROGRAM = [sys.executable, "-m", "sentiment.localcloud"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(PROJECT)}
# Starts a container that starts a child process, prints both ids, and waits.
PARENT = """
import sys, time
from pathlib import Path
from sentiment.localcloud.training.containers import Container, ContainerFolder
folder = ContainerFolder(Path(sys.argv[1]), private=sys.argv[2] == "private")
folder.create()
container = Container(folder, ["bash", "-c", "sleep 600 & echo $$ $!; wait"], {})
print(container.output.readline().decode(), flush=True)
time.sleep(600)
"""
NEEDS_NAMESPACES = pytest.mark.skipif(not namespaces_available(), reason="this machine has no user namespaces")
MODES = ["shared", pytest.param("private", marks=NEEDS_NAMESPACES)]


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_program_says_that_it_runs_code_and_how_to_reach_it():
    program = subprocess.Popen([*PROGRAM, "--port", "0"], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    try:
        lines = [program.stdout.readline() for _ in range(8)]
        banner = "".join(lines)
        assert "It runs the code" in banner
        assert all(line.startswith(("# ", "export ")) for line in lines)
        variables = dict(re.findall(r"export (\w+)=(\S+)", banner))
        assert variables["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
        client = boto3.client(
            "sts",
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name=variables["AWS_REGION"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )
        assert client.get_caller_identity()["Account"] == "123456789012"
        program.send_signal(signal.SIGTERM)
        assert program.wait(120) == 0
    finally:
        program.kill()
        program.wait()
        program.stdout.close()


def test_a_program_that_is_run_by_the_cloud_talks_to_it_alone_and_both_end_together():
    asks = (
        "import boto3, os; print(boto3.client('sts').get_caller_identity()['Account'], os.environ['AWS_CONFIG_FILE'])"
    )
    elsewhere = ENVIRONMENT | {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    command = [*PROGRAM, "--port", "0", "--run", sys.executable, "-c", f"{asks}; raise SystemExit(3)"]
    done = subprocess.run(command, env=elsewhere, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "123456789012 /dev/null"
    assert "It runs the code" in done.stdout
    assert done.returncode == 3


def test_a_program_that_is_run_by_the_cloud_is_ended_with_it():
    tells = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    command = [*PROGRAM, "--port", "0", "--run", sys.executable, "-c", tells]
    cloud = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    try:
        child = next(int(line) for line in cloud.stdout if line.strip().isdigit())
        cloud.send_signal(signal.SIGTERM)
        cloud.wait(120)
        assert gone(child)
    finally:
        cloud.kill()
        cloud.wait()
        cloud.stdout.close()


def test_a_taken_port_is_reported_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*PROGRAM, "--port", port], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Port {port} on 127.0.0.1 is in use: choose another with --port.\n"


@pytest.mark.parametrize("mode", MODES)
def test_what_runs_in_a_container_ends_with_a_parent_that_is_killed(mode, tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "box", mode], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    )
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    assert not any(gone(pid) for pid in pids)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: all(gone(pid) for pid in pids))


@pytest.mark.parametrize("mode", MODES)
def test_what_a_container_leaves_running_is_killed_with_it(mode, tmp_path):
    folder = ContainerFolder(tmp_path / "box", private=mode == "private")
    folder.create()
    container = Container(folder, ["bash", "-c", "sleep 600 >/dev/null & echo $!"], {})
    left = int(container.output.readline())
    assert container.wait() == 0
    until(lambda: gone(left))


@NEEDS_NAMESPACES
def test_private_folders_hide_nothing_else_and_leave_the_machine_as_it_was(tmp_path):
    before = {path.name for path in Path("/opt").iterdir()}
    folder = ContainerFolder(tmp_path / "box", private=True)
    folder.create(["algo-1", "algo-2"])
    container = Container(folder, ["bash", "-c", "ls /opt; cat /etc/hosts; touch /opt/ml/mark"], {})
    said = container.output.read().decode().split()
    assert container.wait() == 0
    assert before | {"ml", "algo-1", "algo-2"} <= set(said)
    assert (folder.ml / "mark").exists()
    assert {path.name for path in Path("/opt").iterdir()} == before
    assert "algo-2" not in Path("/etc/hosts").read_text()
