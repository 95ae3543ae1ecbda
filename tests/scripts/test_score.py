"""`scripts/score.py`, as a process, with a small real bundle."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from sentiment.model import bundle
from sentiment.model.architecture import Architecture
from sentiment.model.bundle import BundleConfig
from sentiment.model.calibration import Calibration
from sentiment.scoring.score import score_table
from sentiment.tables.table import inspect_table
from sentiment.text.vocabulary import Vocabulary

SCRIPT = Path(__file__).parents[2] / "scripts" / "score.py"
REVIEWS = ["A lovely film with a good ending", "Dull from start to end", "NA", "", "A lovely film with a good ending"]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """Return a bundle with a tiny untrained network: its scores are arbitrary but reproducible."""
    import torch

    from sentiment.model.network import Network

    torch.manual_seed(1)
    architecture = Architecture(embedding_size=4, hidden_size=4)
    vocabulary = Vocabulary.build([review.lower().split() for review in REVIEWS], size=100)
    network = Network(architecture, len(vocabulary))
    config = BundleConfig("tiny", "modern", 50, architecture, (), Calibration(), {}, {}, {})
    weights = {name: weight.numpy() for name, weight in network.state_dict().items()}
    return bundle.save(tmp_path_factory.mktemp("bundle") / "tiny", config, vocabulary, weights, [], {}).directory


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "reviews.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["id", "review"], *enumerate(REVIEWS)])
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, str(SCRIPT), *map(str, arguments)]


def score(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, cwd=folder, check=False)


def scored_here(source: Path, output: Path, model: Path) -> None:
    """Score in this process."""
    from sentiment.model.predictor import Predictor

    score_table(inspect_table(source), Predictor.load(model, "cpu"), output)


def test_nothing_slow_is_imported_before_the_workers_start():
    slow = {"numpy", "torch", "pandas", "pyarrow", "pydantic"}
    code = f"import sys, sentiment.commands.score; print({slow} & {{*sys.modules}})"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPT.parents[1], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "set()"


def test_a_table_is_scored_from_any_directory(source, model, tmp_path):
    done = score("reviews.csv", "--output", "scored.csv", "--model", model, "--device", "cpu", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout == ""
    with (tmp_path / "scored.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["review"] for row in rows] == REVIEWS
    assert rows[3]["sentiment"] == "unscored"
    assert all(0 <= float(row["probability"]) <= 1 for row in rows if row["sentiment"] != "unscored")
    assert rows[0]["probability"] == rows[4]["probability"]
    assert "duplicate" in rows[4]["flags"]
    progress, said = done.stderr.splitlines()
    assert re.fullmatch(r"rows=5 of=5 rows_per_second=\d+ seconds_left=0", progress)
    assert re.fullmatch(
        r"Scored 5 rows in [\d.]+ s: .* 1 unscored\. .* column \"review\"\. Written to scored\.csv\.", said
    )


def test_a_table_that_is_unlike_what_the_model_learnt_from_is_reported_with_what_to_do(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("message\n" + "".join(f"def read_{n}(path): return parse_{n}(path)\n" for n in range(40)))
    done = score(path, "--output", tmp_path / "scored.csv", "--device", "cpu", "--workers=1")
    assert "These texts are unlike the model's training data: " in done.stderr.splitlines()[-1]


def test_results_go_to_standard_output_as_csv(source, model, tmp_path):
    done = score(source, "--output", "-", "--model", model)
    scored_here(source, tmp_path / "scored.csv", model)
    assert done.stdout == (tmp_path / "scored.csv").read_text()


def test_the_reading_can_be_overridden(tmp_path, model):
    (tmp_path / "in.txt").write_bytes("1~caf\xe9 good~x\n2~bad~y\n".encode("mac_roman"))
    flags = ["--encoding", "mac_roman", "--delimiter", "~", "--no-header", "--text-column", "column_2"]
    done = score(tmp_path / "in.txt", "--output", tmp_path / "out.csv", "--model", model, *flags)
    assert done.returncode == 0
    first = (tmp_path / "out.csv").read_text("utf-8").splitlines()[1]
    assert first.startswith("1~café good~x~")


def test_rows_that_cannot_be_read_are_reported_by_their_line(tmp_path, model):
    (tmp_path / "in.csv").write_text("id,review,stars\n1,good,5\n2,too,many,3\n3,bad\n")
    done = score(tmp_path / "in.csv", "--output", tmp_path / "out.csv", "--model", model)
    assert done.returncode == 0
    assert "Line 3 has 4 fields, but the table has 3 columns.\n" in done.stderr
    assert "Line 4 has fewer fields than the table has columns; the missing ones are empty.\n" in done.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("review\n", "has column names and no rows"),
        ("id,review\n1,\n2,\n", 'in.csv could be scored: column "review" is empty in every row'),
    ],
)
def test_nothing_scored_is_no_success(tmp_path, model, text, sentence):
    (tmp_path / "in.csv").write_text(text)
    done = score(tmp_path / "in.csv", "--output", tmp_path / "out.csv", "--model", model, "--text-column", "review")
    assert done.returncode == 2
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.csv", "--output", "o.csv"], "There is no file none.csv."),
        (["in.csv", "--output", "o.doc"], 'Cannot write "o.doc": its name must end in .csv'),
        (
            ["in.csv", "--output", "o.csv", "--text-column", "x"],
            'There is no column "x". The columns are "id" and "price".',
        ),
        (["in.csv", "--output", "o.csv"], "has no column of text"),
        (["in.csv", "--output", "in.csv"], "The output is the input"),
        (["in.csv", "--output", "o.csv", "--model", "nowhere"], "nowhere is not a bundle"),
        (["empty.csv", "--output", "o.csv"], "empty.csv is empty."),
        (["in.csv", "--output", "/proc/none/o.csv", "--text-column", "id"], "/proc/none"),
    ],
)
def test_bad_input_is_one_plain_sentence_and_exit_code_2(tmp_path, model, arguments, sentence):
    (tmp_path / "in.csv").write_text("id,price\n1,2\n")
    (tmp_path / "empty.csv").write_text("")
    more = [] if "--model" in arguments else ["--model", model]
    done = score(*arguments, *more, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.csv", "in.csv"]


def test_bad_usage_is_exit_code_2(tmp_path):
    done = score("in.csv", folder=tmp_path)
    assert done.returncode == 2
    assert "--output" in done.stderr.splitlines()[-1]
    done = score("-", "--output", "-", folder=tmp_path)
    assert (done.returncode, "save it to a file" in done.stderr.splitlines()[-1]) == (2, True)


def test_sigterm_keeps_what_is_done_and_the_next_run_goes_on(tmp_path, model):
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("review\n" + "".join(f"good film number {i}\n" for i in range(8_000)))
    flags = ["--output", output, "--model", model, "--device", "cpu"]
    child = subprocess.Popen(command(source, *flags), stderr=subprocess.PIPE, text=True)
    assert child.stderr
    first = child.stderr.readline()
    assert first.startswith("rows=1000 of=8000 ")
    child.send_signal(signal.SIGTERM)
    said = child.stderr.read().splitlines()[-1]
    assert child.wait() == 143
    stopped = re.fullmatch(r"Stopped after ([\d,]+) of 8,000 rows\. What was done is kept; run .* to continue\.", said)
    assert stopped
    assert not output.exists()
    again = score(source, *flags)
    assert f", {stopped[1]} of them in an earlier run: " in again.stderr
    scored_here(source, tmp_path / "whole.csv", model)
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_any_number_of_workers_gives_the_same_bytes(model, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("review\n" + "".join(f"{'good' if i % 3 else 'dull'} film number {i}\n" for i in range(3_000)))
    written = []
    for workers in (1, 2, 3):
        output = tmp_path / f"out{workers}.csv"
        done = score(source, "--output", output, "--model", model, "--device", "cpu", "--workers", workers)
        assert done.returncode == 0, done.stderr
        written.append(output.read_bytes())
    assert written[0] == written[1] == written[2]


@pytest.mark.parametrize(
    ("workers", "sentence"),
    [
        ("0", "'0' is not a whole number above 0"),
        ("1000000", "There is enough memory for"),
        ("-1", "not a whole number"),
    ],
)
def test_a_number_of_workers_that_cannot_be_is_one_sentence(source, model, tmp_path, workers, sentence):
    done = score(source, "--output", tmp_path / "out.csv", "--model", model, f"--workers={workers}")
    assert done.returncode == 2
    assert sentence in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_run_directory_keeps_the_record(source, model, tmp_path):
    run = tmp_path / "run"
    done = score(source, "--output", run / "scored.csv", "--model", model, "--run", run)
    assert done.returncode == 0
    assert json.loads((run / "status.json").read_text())["state"] == "done"
    config = json.loads((run / "config.json").read_text())
    assert (config["kind"], config["settings"]["input"]) == ("score", str(source))
    assert (config["summary"]["rows"], config["summary"]["complete"]) == (5, True)
    assert (run / "scored.csv").exists()
    assert not (run / "parts").exists()
    failed = score(source, "--output", run / "scored.csv", "--model", model, "--run", run, "--text-column", "x")
    assert failed.returncode == 2
    status = json.loads((run / "status.json").read_text())
    assert (status["state"], status["reason"][:23]) == ("failed", 'There is no column "x".')


def test_a_run_directory_takes_the_output_when_none_is_named(source, model, tmp_path):
    assert score(source, "--model", model, "--run", tmp_path / "run").returncode == 0
    assert inspect_table(tmp_path / "run" / "scored.parquet").row_count == len(REVIEWS)


def test_on_a_terminal_progress_is_a_bar(source, model, tmp_path):
    controller, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    process = subprocess.run(
        command(source, "--output", tmp_path / "out.csv", "--model", model), stderr=terminal, check=False
    )
    os.close(terminal)
    shown = os.read(controller, 100_000).decode()
    os.close(controller)
    assert process.returncode == 0
    assert "Scoring" in shown
    assert "rows=5" not in shown
    assert "Scored 5 rows" in shown


def test_without_a_place_for_the_result_nothing_is_done(source):
    done = score(source)
    assert done.returncode == 2
    assert "--output" in done.stderr


def test_a_report_is_written_beside_the_output(source, model, tmp_path):
    report, output, alone = tmp_path / "report.html", tmp_path / "out.csv", tmp_path / "alone.csv"
    done = score(source, "--report", report, "--output", output, "--model", model)
    assert done.returncode == 0, done.stderr
    assert "Reviews in reviews.csv" in report.read_text()
    scored_here(source, alone, model)
    assert output.read_bytes() == alone.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone.csv", "out.csv", "report.html", "reviews.csv"]


def test_a_report_alone_needs_no_output(source, model, tmp_path):
    done = score(source, "--report", tmp_path / "report.html", "--model", model)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "reviews.csv"]


def test_a_report_has_the_themes_of_a_file(source, model, tmp_path):
    themes, report = tmp_path / "themes.toml", tmp_path / "report.html"
    for content, sentence in (('films = ["fi*lm"]', '"films" has the word'), ("films = [", "cannot be read")):
        themes.write_text(content)
        done = score(source, "--report", report, "--themes", themes, "--model", model)
        assert (done.returncode, sentence in done.stderr, report.exists()) == (2, True, False), done.stderr
    themes.write_text('cinema = ["film*"]')
    done = score(source, "--report", report, "--themes", themes, "--model", model)
    assert done.returncode == 0, done.stderr
    assert "<td>cinema</td>" in report.read_text()
    done = score(source, "--output", tmp_path / "out.csv", "--themes", themes, "--model", model)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("--themes needs --report")


def test_a_report_of_another_kind_is_refused_before_the_work(source, model, tmp_path):
    done = score(source, "--report", tmp_path / "report.docx", "--model", model)
    assert done.returncode == 2
    assert done.stderr.strip().endswith('"report.docx": its name must end in .html.')
