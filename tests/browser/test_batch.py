"""The table page in a browser: upload, progress through a reload and a new server, result, download."""

import csv
import io
import os
import re
import shutil
import signal
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from sentiment.jobs import registry, scoring_request
from tests.support.miniature import reviews
from tests.support.waiting import until

DONE_MILLISECONDS = 120_000


@pytest.fixture
def visit(tiny_bundle, settle):
    """Open the table page of a server that has been given a tiny model to score with."""

    def visit(page, server):
        place = server.home / "runs" / "tiny" / "model"
        if not place.exists():
            shutil.copytree(tiny_bundle, place)
        # The start page first: a new server does not know the other pages before.
        for path in ("/", "/table?model=tiny"):
            page.goto(server.url + path)
            settle(page)

    return visit


def table_of(count, seed):
    lines = [f'{stars},2025-{n % 12 + 1:02}-01,"{text}"' for n, (text, _, stars) in enumerate(reviews(count, seed))]
    return "\n".join(["stars,day,review", *lines, '5,2025-01-01,"=1+1 <b>bold</b> *starred* film"']).encode()


def upload(page, name, content):
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)


def start(page, rows):
    page.get_by_role("button", name=f"Score {rows:,} rows").click()


def started_job(page):
    page.wait_for_url(re.compile("job="))
    return page.url.partition("job=")[2].partition("&")[0]


def rows_done(job):
    progress = scoring_request.progress(job)
    return progress.rows_done if progress else 0


@contextmanager
def held_half_way(identifier):
    """Suspend the job's process, with some of its rows scored, during the block."""

    def under_way():
        job = registry.find("score", identifier)
        return job if rows_done(job) else None

    job = until(under_way)
    group = job.status.process.pid
    os.killpg(group, signal.SIGSTOP)
    try:
        assert 0 < rows_done(registry.load(job.directory)) < scoring_request.progress(job).rows
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def expect_result(page):
    expect(page.get_by_test_id("stMetric")).to_have_count(7, timeout=DONE_MILLISECONDS)
    expect(page).to_have_url(re.compile("/result"))
    expect(page.get_by_test_id("stDataFrame").last).to_be_visible()


def test_upload_score_and_download(server, visit, page, settle, screenshot):
    visit(page, server)
    screenshot(page, "table-sample")
    content = table_of(60, seed=21)
    upload(page, "my *reviews*.csv", content)
    start(page, 61)
    expect(page).to_have_url(re.compile("job=my-reviews"))
    expect_result(page)  # it polls the progress of its themes, so the page never settles
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg").first).to_be_visible()
    screenshot(page, "table-result")

    page.get_by_test_id("stPopoverButton").filter(has_text="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all rows").click()
    assert download.value.suggested_filename == "my _reviews_-scored.csv"
    scored = list(csv.reader(io.StringIO(download.value.path().read_text())))
    given = list(csv.reader(io.StringIO(content.decode())))
    assert [row[:3] for row in scored[:-1]] == given[:-1]
    assert scored[-1][2] == "'" + given[-1][2]  # a formula is neutralized for spreadsheets
    assert scored[0][3:5] == ["sentiment", "probability"]
    assert {row[3] for row in scored[1:]} <= {"positive", "negative", "uncertain", "unscored"}


def test_same_upload_again_shows_the_result_at_once(server, visit, page, new_page, settle):
    content = table_of(40, seed=22)
    visit(page, server)
    upload(page, "again.csv", content)
    start(page, 41)
    expect_result(page)
    other = new_page()
    visit(other, server)
    upload(other, "again.csv", content)
    expect_result(other)
    assert other.url.partition("job=")[2] == page.url.partition("job=")[2]


def test_reload_and_a_new_server_find_the_job_again(start_server, visit, new_page, settle, problems, monkeypatch):
    server = start_server()
    monkeypatch.setenv("SENTIMENT_HOME", str(server.home))
    page = new_page()
    visit(page, server)
    upload(page, "long.csv", table_of(20_000, seed=24))
    start(page, 20_001)
    with held_half_way(started_job(page)):
        expect(page.get_by_text("You can leave or close this page")).to_be_visible()
        page.reload()
        expect(page.get_by_text(re.compile(r"[\d,]+ of 20,001 rows"))).to_be_visible(timeout=DONE_MILLISECONDS)
        address = page.url
        page.close()
        server.stop()
        start_server(server)
    other = new_page()
    other.goto(address)
    expect_result(other)
    expect(other.get_by_role("heading", name="long.csv")).to_be_visible()
    problems.clear()  # the new server did not know the URL at first, and the page was reloaded


def test_cancel_keeps_what_is_done_and_continue_goes_on(server, visit, page, settle, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(server.home))
    visit(page, server)
    upload(page, "cancelled.csv", table_of(20_000, seed=25))
    start(page, 20_001)
    identifier = started_job(page)
    with held_half_way(identifier):
        expect(page.get_by_text(re.compile(r"[1-9][\d,]* of 20,001 rows ·"))).to_be_visible(timeout=DONE_MILLISECONDS)
        page.get_by_role("button", name="Cancel").click()
        until(lambda: registry.find("score", identifier).state == "stopping")
    expect(page.get_by_role("button", name="Continue")).to_be_visible(timeout=DONE_MILLISECONDS)
    expect(page.get_by_text(re.compile(r"[1-9][\d,]* of 20,001 rows are scored and kept"))).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect_result(page)
    job = registry.find("score", identifier)
    assert job.config["summary"]["resumed"] > 0
