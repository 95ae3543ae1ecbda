"""Several processes train like one: their parts add up, a stop loses nothing, and only one of them reports."""

import dataclasses
import os
import runpy
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from sentiment.data import datasets
from sentiment.data.datasets import Dataset, Example
from sentiment.errors import ConfigError, DeviceError
from sentiment.model import bundle
from sentiment.model.network import Network
from sentiment.system.storage import ASSETS, PROJECT
from sentiment.training.classifier import task as classification
from sentiment.training.classifier.run import Run
from sentiment.training.classifier.task import NO_STARS, Classification, Examples
from sentiment.training.loop import checkpoint, config_flags, log_lines
from sentiment.training.loop.config import PRESETS, TrainConfig
from sentiment.training.loop.workers import Workers
from tests.support.miniature import reviews

# The last batch of 216 reviews has a single one, which two processes cannot share.
CONFIG = TrainConfig(
    embedding_size=8,
    hidden_size=6,
    epochs=3,
    patience=3,
    batch_size=43,
    learning_rate=0.01,
    average=0.9,
    phrases=0,
    short_sentences=0,
    names=True,
    dropout_words=0.0,
    dropout_embedding=0.0,
    dropout_output=0.0,
    device="cpu",
)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    path.write_text("review,stars\n" + "".join(f'"{text}",{stars}\n' for text, _, stars in reviews(240, seed=4)))
    return path


def ignore(row):
    pass


def two_processes_until(wanted, *arguments):
    """Train with torchrun until a line starts with the text, then request a stop; return stdout and stderr."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*launcher, PROJECT / "scripts" / "train.py", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    pipe, printed = subprocess.PIPE, []
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment)
    try:
        for line in process.stdout:
            printed.append(line)
            if line.startswith(wanted):
                process.send_signal(signal.SIGTERM)
                break
        rest, said = process.communicate(timeout=300)
    finally:
        process.kill()
    return [*printed, *rest.splitlines()], said


def test_two_processes_go_on_learn_what_one_does_stop_together_and_print_each_row_once(table, tmp_path):
    torch.set_num_threads(1)
    dataset, saved = datasets.load(table), tmp_path / "model.checkpoint" / "state.pt"
    identity = checkpoint.identity(CONFIG, dataset.digest)
    first = Run(dataset, CONFIG, saved).fit
    assert not first.run(ignore, checkpoint.saver(first, saved, identity), lambda: first.step == 40)

    arguments = ("--data", table, "--output", tmp_path / "model", *config_flags.written(CONFIG, PRESETS["modern"]))
    printed, said = two_processes_until("epoch=1 ", *arguments)
    assert said.count("Resuming from") == said.count("Training with 2 processes") == 1, said
    epochs = [row["epoch"] for row in log_lines.parse_lines(printed) if "epoch" in row]
    assert epochs == list(range(1, len(epochs) + 1))
    assert len(epochs) < CONFIG.epochs
    assert bundle.load(tmp_path / "model").history[0]["epoch"] == 1

    last = Run(dataset, CONFIG, saved).fit
    assert checkpoint.restore(last, saved, identity)
    assert len(last.history) == len(epochs)
    assert last.run(ignore)
    alone = Run(dataset, CONFIG, None).fit
    assert alone.run(ignore)
    for name in ("train_bce", "train_accuracy", "validation_bce", "validation_accuracy"):
        assert [row[name] for row in last.history] == pytest.approx([row[name] for row in alone.history], abs=2e-3)
    for name, weight in alone.best.items():
        assert torch.linalg.vector_norm(last.best[name] - weight) < 0.02 * torch.linalg.vector_norm(weight), name


def task(workers):
    torch.manual_seed(3)
    generator = np.random.default_rng(5)
    readings = [generator.integers(2, 20, generator.integers(3, 40)).astype(np.int32) for _ in range(5)]
    stars = np.array([0, NO_STARS, NO_STARS, 2, 1])
    examples = Examples(readings, np.array([0, 1, 1, 0, 1], dtype=np.float32), stars)
    network = Network(dataclasses.replace(CONFIG).architecture, 20, 3)
    learning = Classification(network, examples, examples, dataclasses.replace(CONFIG, batch_size=5), CPU, workers)
    learning.begin(1)
    return learning


def gradients(learning):
    said = learning.learn(0)
    said.loss.backward()
    return said, [
        torch.zeros_like(one) if one.grad is None else one.grad.clone() for one in learning.network.parameters()
    ]


@pytest.mark.parametrize("size", [2, 3, 7])
def test_the_parts_of_a_batch_add_up_to_it_also_where_they_are_uneven_or_empty(size, monkeypatch):
    monkeypatch.setattr(classification, "_MINIMUM_STEPS", 1)
    whole, expected = gradients(task(Workers()))
    parts, found = zip(*(gradients(task(Workers(rank, size))) for rank in range(size)), strict=True)
    assert sum(part.items for part in parts) == whole.items == 5
    assert sum(part.right for part in parts) == whole.right
    assert sum(part.loss.item() for part in parts) == pytest.approx(whole.loss.item(), abs=1e-6)
    for total, gradient in zip((sum(each) for each in zip(*found, strict=True)), expected, strict=True):
        assert torch.allclose(total, gradient, atol=1e-6)


def test_more_processes_than_a_step_has_reviews_are_refused():
    dataset = Dataset([Example(text, label, None) for text, label, _ in reviews(100, 1)], [], "mine")
    with pytest.raises(ConfigError, match="too small for 44 processes: raise it"):
        Run(dataset, CONFIG, None, workers=Workers(3, 44))


def test_a_process_without_a_graphics_processor_of_its_own_is_refused_and_on_the_cpu_all_share():
    last = Workers(99, 100, 99)
    assert last.own(CPU) == CPU
    for kind in ("cuda", "mps"):
        with pytest.raises(DeviceError, match="Process 100 of this machine has no graphics processor of its own"):
            last.own(torch.device(kind))
    assert Workers().own(torch.device("cuda")) == torch.device("cuda")


def test_a_job_becomes_torchrun_where_there_are_several_instances_or_graphics_processors():
    entry = runpy.run_path(str(ASSETS / "container" / "training.py"))
    job = {"TRAINING_JOB_NAME": "mine", "SM_HOSTS": '["algo-1"]', "SM_CURRENT_HOST": "algo-1", "SM_NUM_GPUS": "0"}
    assert entry["torchrun"]({}) == entry["torchrun"](job) == entry["torchrun"](job | {"SM_NUM_GPUS": "1"}) == []
    four = job | {"SM_NUM_GPUS": "4"}
    assert {"--nnodes=1", "--nproc-per-node=4", "--master-addr=127.0.0.1"} <= set(entry["torchrun"](four))
    assert entry["torchrun"](four | {"RANK": "2"}) == []
    hosts = job | {"SM_HOSTS": '["algo-2", "algo-1", "algo-10"]', "SM_NETWORK_INTERFACE_NAME": "eth1"}
    ranks = []
    for host in ("algo-1", "algo-10", "algo-2"):
        options = entry["torchrun"](hosts | {"SM_CURRENT_HOST": host})
        assert {"--nnodes=3", "--nproc-per-node=1", "--master-addr=algo-1"} <= set(options)
        ranks += [option for option in options if "rank" in option]
    assert ranks == ["--node-rank=0", "--node-rank=1", "--node-rank=2"]
    assert entry["torchrun_variables"](hosts)["NCCL_SOCKET_IFNAME"] == "eth1"
    assert entry["torchrun_variables"](four)["GLOO_SOCKET_IFNAME"] == "lo"
