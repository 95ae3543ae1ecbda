"""A bundle in several processes: the scores of a single one, whatever happens to the processes, and none left over."""

import contextlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from sentiment.errors import BundleError, WorkerError
from sentiment.model import bundle
from sentiment.model.workers import hosts
from sentiment.model.workers.parallel import PIECE, PIECE_CHARACTERS, ParallelPredictor, _pieces, opened_scorer
from sentiment.system.storage import PROJECT
from sentiment.system.worker_pool import MOST_DEATHS
from tests.support.miniature import reviews
from tests.support.waiting import until

TEXTS = [text for text, _, _ in reviews(1_700, seed=31)]

# Scores forever, and prints once that it does.
OWNER = """
import signal
import sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell takes from what it starts in the background
from sentiment.model.workers.parallel import ParallelPredictor
scorer = ParallelPredictor(Path(sys.argv[1]), 2)
reviews = [f"A film that is good number {number}" for number in range(2_000)]
scorer.score(reviews)
print("scored", flush=True)
while True:
    scorer.score(reviews)
"""


@pytest.fixture(scope="module")
def scorer(tiny_bundle):
    with ParallelPredictor(tiny_bundle, 2) as scorer:
        yield scorer


def living_children() -> list[psutil.Process]:
    """Return this process's children, without ended ones of other tests that wait to be reaped."""
    return [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]


def workers() -> list[psutil.Process]:
    """Return the child processes of the host, the only child that has children itself."""
    return [worker for host in living_children() if "workers" in " ".join(host.cmdline()) for worker in host.children()]


def test_the_scores_are_those_of_one_process_to_the_bit(scorer, predictor):
    assert repr(scorer.score(TEXTS)) == repr(predictor.score(TEXTS))
    assert (scorer.name, scorer.fingerprint) == (predictor.name, predictor.fingerprint)
    assert scorer.score([]) == []


def test_reviews_that_are_started_early_come_in_their_order(scorer, predictor):
    reviews = [*TEXTS[:1_100], *TEXTS[:5]]
    assert scorer.begin(reviews)() == predictor.score(reviews)
    assert scorer.begin([])() == []


def test_the_raw_outputs_are_those_of_one_process_to_the_bit(scorer, predictor):
    reviews = [*TEXTS[:300], *TEXTS[:5]]
    for found, expected in zip(scorer.outputs(reviews), predictor.outputs(reviews), strict=True):
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()


def test_a_piece_has_reviews_of_similar_lengths_and_about_as_much_work_as_the_others():
    reviews = [letter * length for length in range(2_000) for letter in "ab"]
    pieces = _pieces([*reviews, *reviews])
    assert sorted(review for piece in pieces for review in piece) == sorted(reviews)[1:]  # "" is in them twice
    lengths = [[len(review) for review in piece] for piece in pieces]
    assert [one for each in lengths for one in each] == sorted((one for each in lengths for one in each), reverse=True)
    assert all(len(each) <= PIECE and sum(each) <= PIECE_CHARACTERS for each in lengths)
    assert all(len(each) == PIECE or sum(each) > PIECE_CHARACTERS - 2_000 for each in lengths[:-1])


def test_a_worker_that_is_killed_is_replaced_and_its_reviews_are_scored(scorer, predictor):
    scorer.score(TEXTS[:10])
    predictions = scorer.begin(TEXTS)
    for worker in workers():
        worker.kill()
    assert predictions() == predictor.score(TEXTS)


def test_a_host_that_is_killed_is_replaced(tiny_bundle, predictor):
    with ParallelPredictor(tiny_bundle, 1) as scorer:
        scorer.score(TEXTS[:10])
        (host,) = [each for each in living_children() if str(tiny_bundle) in each.cmdline()][-1:]
        host.kill()
        assert scorer.score(TEXTS[:10]) == predictor.score(TEXTS[:10])


def test_reviews_that_every_worker_dies_at_are_an_error(tiny_bundle):
    with ParallelPredictor(tiny_bundle, 1) as scorer, ThreadPoolExecutor(1) as beside:
        scorer.score(TEXTS[:1])
        (host,) = [each for each in living_children() if str(tiny_bundle) in each.cmdline()][-1:]
        piece = beside.submit(scorer.score, ["film " * 4_000_000])
        killed = set()
        while not piece.done():
            for worker in host.children():
                with contextlib.suppress(psutil.NoSuchProcess):  # one that was killed a moment ago
                    worker.kill()
                    killed.add(worker.pid)
        with pytest.raises(WorkerError, match=f"{MOST_DEATHS} worker processes have died"):
            piece.result()
        assert len(killed) == MOST_DEATHS
        assert len(scorer.score(TEXTS[:10])) == 10


def test_a_damaged_bundle_is_the_error_that_one_process_raises(tiny_bundle, tmp_path):
    copy = tmp_path / "damaged"
    copy.mkdir()
    for name in bundle.FILES:
        (copy / name).write_bytes((tiny_bundle / name).read_bytes())
    (copy / bundle.WEIGHTS).write_bytes(b"no weights")
    with ParallelPredictor(copy, 2) as scorer, pytest.raises(BundleError, match=bundle.WEIGHTS):
        scorer.score(["A film."])
    with pytest.raises(BundleError, match="is not a bundle"):
        ParallelPredictor(tmp_path / "nothing", 2)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_one_that_scores(tiny_bundle, end):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, tiny_bundle],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        text=True,
    )
    assert owner.stdout
    assert owner.stdout.readline() == "scored\n"
    processes = psutil.Process(owner.pid).children(recursive=True)
    assert len(processes) == 3
    owner.send_signal(end)
    owner.communicate()
    until(lambda: not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes))


def test_one_worker_and_a_system_without_fork_score_in_this_process(tiny_bundle, monkeypatch, caplog):
    with opened_scorer(tiny_bundle, "cpu", 1) as scorer:
        assert not isinstance(scorer, ParallelPredictor)
    monkeypatch.delattr(hosts.os, "fork")
    with opened_scorer(tiny_bundle, "cpu", 4) as scorer:
        assert not isinstance(scorer, ParallelPredictor)
    assert "cannot fork" in caplog.text
