import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sentiment.errors import JobError
from sentiment.jobs import registry, scoring_request
from sentiment.jobs.run_directory import recorded
from sentiment.model import bundle
from sentiment.scoring.view import ScoredTable
from sentiment.tables import preview, uploads
from sentiment.tables.table import ReadOptions
from tests.support.miniature import reviews
from tests.support.scored_tables import write_csv
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    for job in registry.all_jobs("score"):
        if job.is_active and job.status.process:
            os.kill(job.status.process.pid, signal.SIGKILL)


@pytest.fixture
def source(tmp_path):
    rows = [(n, text) for n, (text, _, _) in enumerate(reviews(60, seed=3))]
    path = write_csv(tmp_path / "my reviews.csv", ["id", "review"], rows)
    return uploads.keep_upload(path.name, memoryview(path.read_bytes()))


@pytest.fixture
def request_for(source, tiny_bundle):
    def request_for(path=source, **options):
        read = ReadOptions(**options)
        card = bundle.describe(tiny_bundle)
        choice = scoring_request.bundle_choice(card, "tiny")
        return scoring_request.request_of(path, read, preview.preview(path, read), choice)

    return request_for


def ended(job):
    until(lambda: not registry.load(job.directory).is_active)
    return registry.load(job.directory)


def killed(job):
    until(lambda: registry.load(job.directory).status.process)
    os.kill(registry.load(job.directory).status.process.pid, signal.SIGKILL)
    return ended(job)


def test_a_job_scores_the_table_and_is_found_by_the_same_request(request_for, source):
    request = request_for()
    job = ended(scoring_request.start(request))
    assert job.state == "done", job.last_lines()
    table = ScoredTable(scoring_request.result(job), request.text_index)
    assert table.row_count == 60
    assert table.column("model")[0].as_py() == request.fingerprint[:12]
    assert scoring_request.progress(job).rows_done == 60
    assert job.config["summary"]["rows_done"] == 60
    assert job.id.startswith("my-reviews-")
    assert scoring_request.find(request_for()).id == job.id
    assert scoring_request.start(request_for()).id == job.id  # nothing is done twice
    assert len(scoring_request.recent()) == 1
    assert scoring_request.request_from(job.settings) == request


def test_of_several_who_ask_for_the_same_at_once_one_starts_it(request_for):
    request = request_for()
    barrier = threading.Barrier(4)

    def ask(_):
        barrier.wait()
        return scoring_request.start(request).id

    with ThreadPoolExecutor(4) as askers:
        assert len(set(askers.map(ask, range(4)))) == 1
    assert len(scoring_request.recent()) == 1


def test_what_decides_about_the_result_is_in_the_key(request_for, source, tmp_path):
    same = tmp_path / "other name.csv"
    same.write_bytes(source.read_bytes())
    key = request_for().key
    assert request_for(path=same).key == key
    assert request_for(encoding="utf-8").key == key
    assert request_for(text_column="id").key != key
    assert request_for(header=False).key != key
    same.write_bytes(source.read_bytes() + b"61,More\n")
    assert request_for(path=same).key != key


def test_options_reach_the_script(request_for):
    request = request_for(delimiter=",", header=False, text_column="column_2", quote='"')
    job = ended(scoring_request.start(request))
    assert job.state == "done", job.last_lines()
    names = pq.read_schema(scoring_request.result(job)).names
    assert names[:2] == ["column_1", "column_2"]
    assert pq.read_metadata(scoring_request.result(job)).num_rows == 61


def test_a_killed_job_goes_on_when_the_same_is_asked_again(request_for):
    job = killed(scoring_request.start(request_for()))
    assert job.state == "failed"
    assert scoring_request.result(job) is None
    again = scoring_request.start(request_for())
    assert again.id == job.id
    assert ended(again).state == "done"


def test_a_table_without_text_gives_no_request(request_for, tmp_path):
    assert request_for(path=write_csv(tmp_path / "numbers.csv", ["a", "b"], [(1, 2), (3, 4)])) is None


def test_progress_is_the_last_line_and_put_in_words(request_for):
    job = killed(scoring_request.start(request_for()))
    job.log.write_text("")
    assert scoring_request.progress(job) is None
    assert scoring_request.progress_in_words(job) == "Reading the table and the model"
    job.log.write_text(
        "rows=1000 of=2500 rows_per_second=0\nrows=2000 of=2500 rows_per_second=2140 seconds_left=90\nA note\n"
    )
    assert scoring_request.progress_in_words(job) == "2,000 of 2,500 rows · 2,140 rows/s · 2 min left"
    job.log.write_text("rows=2500 of=2500 rows_per_second=2140 seconds_left=0\n")
    assert scoring_request.progress_in_words(job) == "Writing the scored table"


def test_deletion_takes_the_upload_along_unless_another_job_uses_it(request_for, source):
    first = killed(scoring_request.start(request_for()))
    second = killed(scoring_request.start(request_for(text_column="id")))
    scoring_request.delete(first)
    assert source.exists()
    scoring_request.delete(second)
    assert not source.exists()
    assert scoring_request.recent() == []


def test_a_working_job_is_not_deleted(request_for, source):
    job = scoring_request.start(request_for())
    with pytest.raises(JobError, match="stop it"):
        scoring_request.delete(job)
    assert source.exists()


def test_other_score_jobs_are_passed_over(home):
    other = home / "scores" / "by-hand"
    other.mkdir(parents=True)
    (other / "config.json").write_text(json.dumps({"kind": "score", "settings": {}, "command": []}))
    assert scoring_request.recent() == []
    assert Path(other).exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("path", 5),
            ("path", None),
            ("options", []),
            ("options", {"delimiter": 1}),
            ("rows", "many"),
            ("rows", None),
        ),
        *(("columns", 7), ("columns", ["other"]), ("text_column", "other"), ("text_column", "\ud800"), ("band", [0.5])),
        *(("detected", []), ("model", {}), ("model_name", None), ("fingerprint", 2**70)),
    ],
)
def test_a_damaged_record_is_passed_over_and_reported(request_for, name, value):
    settings = json.loads(json.dumps(request_for().settings())) | {name: value}
    assert not scoring_request.is_request(settings)
    with pytest.raises(JobError, match="record of this job is damaged"):
        scoring_request.request_from(settings)


@pytest.mark.parametrize(
    "damage", [{"summary": None}, {"summary": {"problems": 5, "problem_count": 1}}, {"summary": {"problems": [[]]}}, {}]
)
def test_a_damaged_summary_is_reported(home, damage):
    directory = home / registry.FOLDERS["score"] / "damaged"
    with recorded(directory, "score", {}) as run:
        run.note(**damage)
    with pytest.raises(JobError, match="which rows could not be read"):
        scoring_request.summary_of(registry.load(directory))


def test_a_record_without_its_table_is_passed_over(request_for):
    settings = request_for().settings()
    for name in ("path", "options", "columns", "band", "key"):
        assert not scoring_request.is_request({key: value for key, value in settings.items() if key != name})


def test_a_request_for_an_endpoint_names_it_and_is_remembered(request_for):
    request = replace(
        request_for(), model=None, endpoint="review-sentiment-x", variant="B", profile="work", region="eu-west-1"
    )
    flags = ["--endpoint=review-sentiment-x", "--variant=B", "--profile=work", "--region=eu-west-1"]
    assert request.arguments()[-4:] == flags
    assert scoring_request.request_from(json.loads(json.dumps(request.settings()))) == request
    assert request.key == request_for().key  # the same model gives the same result


def test_a_job_of_before_there_were_endpoints_is_read(request_for):
    settings = request_for().settings()
    for name in ("endpoint", "variant", "profile", "region"):
        del settings[name]
    assert scoring_request.request_from(settings) == request_for()
