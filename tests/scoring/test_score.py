"""Scoring a table in chunks: what is written, what is stored, and that no interruption affects the result."""

import csv
import io
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from sentiment.errors import StorageError, TableError, WorkerError
from sentiment.scoring.score import ScoringProgress, Summary, score_table
from sentiment.system.storage import PROJECT
from sentiment.tables.table import ReadOptions, inspect_table
from tests.support.scored_tables import write_csv
from tests.support.word_scorer import WordScorer, prediction_of

ROWS = 95
CHUNK = 10

# Scores a table; prints "asked N" before the Nth chunk and, from the given one on, waits for a line before continuing.
CHILD = """
import sys
from pathlib import Path
from sentiment.scoring.score import score_table
from sentiment.tables.table import inspect_table
from tests.support.word_scorer import WordScorer
source, output, wait_from = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
asked = 0
def should_stop():
    global asked
    asked += 1
    if asked >= wait_from:
        print("asked", asked, flush=True)
        sys.stdin.readline()
    return False
score_table(inspect_table(source), WordScorer(), output, chunk_rows=10, should_stop=should_stop)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write a table of 95 rows, with repeated reviews, an empty one, and an unreadable one."""
    path = tmp_path / "reviews.csv"
    reviews = [f"{('good', 'bad', 'plain', 'great dull')[i % 4]} film number {i % 60}" for i in range(ROWS)]
    lines = [f"{i},{review}" for i, review in enumerate(reviews)]
    lines[33], lines[52] = "33,", "52,too,many"
    path.write_text("\n".join(["id,review", *lines]) + "\n")
    return path


def score(source: Path, output: Path, scorer: WordScorer | None = None, **arguments) -> Summary:
    return score_table(inspect_table(source), scorer or WordScorer(), output, **{"chunk_rows": CHUNK} | arguments)


def stop_before(chunk: int):
    """Requests a stop at the `chunk`th call, from 0."""
    asked = iter(range(10_000))
    return lambda: next(asked) >= chunk


def dicts(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(), newline="")))


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def test_every_row_is_scored_in_place(source, tmp_path):
    summary = score(source, tmp_path / "out.csv")
    rows = dicts(tmp_path / "out.csv")
    assert [row["id"] for row in rows] == [str(i) for i in range(ROWS)]
    for row in rows:
        if row["id"] != "52":
            expected = prediction_of(row["review"])
            assert row["sentiment"] == expected.sentiment
            assert row["probability"] == ("" if expected.probability is None else f"{expected.probability:.6f}")
            assert row["model"] == WordScorer.fingerprint[:12]
    assert (rows[52]["extra_1"], rows[52]["sentiment"], rows[52]["probability"]) == ("many", "unscored", "")
    assert rows[33]["flags"] == "empty"
    assert summary.complete
    assert (summary.rows, summary.rows_done, summary.resumed) == (ROWS, ROWS, 0)
    assert sum(summary.counts.values()) == ROWS
    assert summary.counts["unscored"] == 2
    assert [problem.number for problem in summary.problems] == [54]


def test_the_profile_is_of_the_different_reviews_that_have_a_text(tmp_path):
    rows = [(1, "a good day"), (2, "a good day"), (3, ""), (4, "dull")]
    summary = score(write_csv(tmp_path / "in.csv", ["id", "review"], rows), tmp_path / "out.csv")
    assert summary.profile is not None
    assert (summary.profile.reviews, summary.profile.positive, summary.profile.negative) == (2, 0.5, 0.5)
    assert summary.profile.tokens[2] == 2


@pytest.mark.parametrize("chunk_rows", [1, 7, 1000])
def test_a_repeated_review_is_scored_once_over_the_whole_table(source, tmp_path, chunk_rows):
    scorer = WordScorer()
    score(source, tmp_path / "out.csv", scorer, chunk_rows=chunk_rows)
    assert len(scorer.asked) == len(set(scorer.asked))
    seen = set()
    for row in dicts(tmp_path / "out.csv"):
        if row["sentiment"] != "unscored":
            assert ("duplicate" in row["flags"].split(";")) == (row["review"] in seen)
            seen.add(row["review"])


def test_empty_reviews_are_not_called_duplicates(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,review\n1,\n2,\n3,good\n")
    score(source, tmp_path / "out.csv")
    assert [row["flags"] for row in dicts(tmp_path / "out.csv")] == ["empty", "empty", "short"]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".parquet", ".jsonl"])
def test_stopped_and_run_again_gives_the_same_bytes(source, tmp_path, suffix):
    score(source, tmp_path / f"whole{suffix}")
    output = tmp_path / f"out{suffix}"
    stopped = score(source, output, should_stop=stop_before(4))
    assert not stopped.complete
    assert (stopped.rows_done, sum(stopped.counts.values())) == (40, 40)
    assert not output.exists()
    assert [path.name for path in hidden(tmp_path)] == [f".{output.name}.parts"]
    scorer = WordScorer()
    summary = score(source, output, scorer)
    assert (summary.complete, summary.resumed) == (True, 40)
    assert not set(scorer.asked) & {row["review"] for row in dicts(source)[:40]}
    assert output.read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()
    assert hidden(tmp_path) == []


def killed(source: Path, output: Path, wait_from: int) -> None:
    """Run the child process until the `wait_from`th request, then kill it with SIGKILL."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, source, output, str(wait_from)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(PROJECT)},
        text=True,
    )
    assert child.stdout
    assert child.stdout.readline() == f"asked {wait_from}\n"
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL


@pytest.mark.parametrize("wait_from", [1, 6, 10])  # before the first chunk, amid them, before the last
def test_killed_and_run_again_gives_the_same_bytes(source, tmp_path, wait_from):
    score(source, tmp_path / "whole.csv")
    killed(source, tmp_path / "out.csv", wait_from)
    assert not (tmp_path / "out.csv").exists()
    assert [path for path in hidden(tmp_path) if path.suffix == ".partial"], "what was written so far is left behind"
    summary = score(source, tmp_path / "out.csv")
    assert summary.resumed == CHUNK * (wait_from - 1)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert hidden(tmp_path) == []


def test_two_runs_never_write_one_output(source, tmp_path):
    output, undisturbed = tmp_path / "out.csv", tmp_path / "undisturbed.csv"
    refusals = []

    def second_run(progress: ScoringProgress) -> None:
        with pytest.raises(StorageError, match=r"Another run writes .*out\.csv: wait for it to end, or choose another"):
            score(source, output)
        score(source, tmp_path / f"other-{progress.rows_done}.csv")  # another output is not affected
        refusals.append(progress)

    assert score(source, output, report=second_run).complete
    assert refusals
    score(source, undisturbed)
    assert output.read_bytes() == undisturbed.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_table_that_is_changed_while_it_is_scored_is_an_error_and_nothing_is_written(source, tmp_path):
    def add_a_row(progress: ScoringProgress) -> None:
        with source.open("a") as file:
            file.write("95,good\n")

    with pytest.raises(TableError, match="was changed while it was being read"):
        score(source, tmp_path / "out.csv", report=add_a_row)
    assert not (tmp_path / "out.csv").exists()


def test_an_old_output_stays_until_the_new_one_is_whole(source, tmp_path):
    output = tmp_path / "out.csv"
    output.write_text("old")
    score(source, output, should_stop=stop_before(9))
    assert output.read_text() == "old"


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:50] + b"\x07" + b[51:], lambda b: b + b"x"]
)
def test_a_damaged_part_is_done_again(source, tmp_path, damage):
    score(source, tmp_path / "whole.csv")
    score(source, tmp_path / "out.csv", should_stop=stop_before(5))
    part = sorted((tmp_path / ".out.csv.parts").iterdir())[2]
    part.write_bytes(damage(part.read_bytes()))
    assert score(source, tmp_path / "out.csv").resumed == 40
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_part_in_the_place_of_another_does_not_count(source, tmp_path):
    score(source, tmp_path / "out.csv", should_stop=stop_before(5))
    first, second, *_ = sorted((tmp_path / ".out.csv.parts").iterdir())
    shutil.copy(first, second)
    assert score(source, tmp_path / "out.csv").resumed == 40


def test_another_table_model_reading_or_chunk_starts_again(source, tmp_path):
    output = tmp_path / "out.csv"
    other = WordScorer()
    other.fingerprint = "0" * 64
    score(source, output, should_stop=stop_before(5))
    assert score(source, output, other, should_stop=stop_before(5)).resumed == 0
    assert score(source, output, should_stop=stop_before(5)).resumed == 0
    assert score(source, output, chunk_rows=5, should_stop=stop_before(5)).resumed == 0
    score(source, output, should_stop=stop_before(5))
    source.write_text(source.read_text().replace("0,good", "0,bad"))
    assert score(source, output).resumed == 0
    score(source, output, should_stop=stop_before(5))
    by_id = inspect_table(source, ReadOptions(text_column="id"))
    assert score_table(by_id, WordScorer(), output, chunk_rows=CHUNK).resumed == 0


def test_restart_forgets_what_is_kept(source, tmp_path):
    score(source, tmp_path / "out.csv", should_stop=stop_before(5))
    assert score(source, tmp_path / "out.csv", restart=True).resumed == 0


def test_a_working_directory_can_be_given_and_keeps_what_else_is_in_it(source, tmp_path):
    working = tmp_path / "run"
    working.mkdir()
    (working / "status.json").write_text("{}")
    score(source, tmp_path / "out.csv", should_stop=stop_before(3), working_directory=working)
    assert len(list(working.glob("part-*.bin"))) == 3
    score(source, tmp_path / "out.csv", working_directory=working)
    assert [path.name for path in working.iterdir()] == ["status.json"]


def test_progress_says_how_far_how_fast_and_how_long(source, tmp_path):
    said: list[ScoringProgress] = []
    score(source, tmp_path / "out.csv", report=said.append)
    assert [progress.rows_done for progress in said] == [*range(CHUNK, ROWS, CHUNK), ROWS]
    assert all(progress.rows == ROWS and progress.rows_per_second > 0 for progress in said)
    assert said[-1].seconds_left == 0
    score(source, tmp_path / "out.csv", should_stop=stop_before(9))
    said.clear()
    score(source, tmp_path / "out.csv", report=said.append)
    assert said[0].seconds_left is None
    assert said[0].rows_per_second == 0


def test_the_input_is_never_overwritten(source, tmp_path):
    before = source.read_bytes()
    (tmp_path / "link.csv").symlink_to(source)
    for output in (source, tmp_path / "link.csv"):
        with pytest.raises(TableError, match="output is the input"):
            score(source, output)
    assert source.read_bytes() == before


def test_a_scorer_that_loses_a_review_is_a_fault(source, tmp_path):
    class Forgetful(WordScorer):
        def score(self, reviews):
            return super().score(reviews)[:1]

    with pytest.raises(ValueError, match="1 predictions for 10 reviews"):
        score(source, tmp_path / "out.csv", Forgetful())


class Early(WordScorer):
    """Starts scoring when asked to, and delays the answer of the first call until another one has been started."""

    def __init__(self):
        super().__init__()
        self.workers = 2
        self.begun = 0
        self._another = Event()
        self._pool = ThreadPoolExecutor(2)

    def begin(self, reviews):
        self.begun += 1
        if self.begun == 2:
            self._another.set()
        return self._pool.submit(self._answer, self.begun, reviews).result

    def _answer(self, call, reviews):
        if call == 1:
            assert self._another.wait(timeout=300), "no chunk is begun while the first is under way"
        return self.score(reviews)


def test_a_scorer_that_can_begin_early_has_the_next_chunk_while_the_first_is_under_way(source, tmp_path):
    scorer = Early()
    assert score(source, tmp_path / "early.csv", scorer).complete
    score(source, tmp_path / "late.csv")
    assert (tmp_path / "early.csv").read_bytes() == (tmp_path / "late.csv").read_bytes()
    assert len(scorer.asked) == len(set(scorer.asked))


def test_what_an_early_scorer_raises_is_raised(source, tmp_path):
    class Broken(Early):
        def _answer(self, call, reviews):
            raise OSError("out of order")

    with pytest.raises(OSError, match="out of order"):
        score(source, tmp_path / "out.csv", Broken())


def test_a_stopped_run_of_an_early_scorer_goes_on_to_the_same_file(source, tmp_path):
    stopped = score(source, tmp_path / "out.csv", Early(), should_stop=stop_before(4))
    assert (stopped.complete, stopped.rows_done) == (False, 4 * CHUNK)
    assert score(source, tmp_path / "out.csv", Early()).resumed == 4 * CHUNK
    score(source, tmp_path / "whole.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_the_rows_that_no_worker_survives_are_named(source, tmp_path):
    class Deadly(Early):
        def _answer(self, call, reviews):
            if call == 3:
                raise WorkerError("3 worker processes have died at it.")
            return super()._answer(call, reviews)

    with pytest.raises(WorkerError, match=r"^Rows 21 to 30 cannot be scored: 3 worker processes have died"):
        score(source, tmp_path / "out.csv", Deadly())
    assert score(source, tmp_path / "out.csv", Early()).resumed == 2 * CHUNK
