"""The table page without a browser: real tables, real jobs, a real tiny bundle."""

import shutil
import time

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from sentiment.jobs import registry, scoring_request
from sentiment.tables import uploads
from tests.support.dashboard import checked, end_jobs, open_page, words
from tests.support.miniature import reviews

PAGE, RESULT = "pages/score/batch.py", "pages/results/result.py"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, tiny_bundle):
    home = tmp_path / "home"
    monkeypatch.setenv("SENTIMENT_HOME", str(home))
    monkeypatch.delenv(uploads.ALLOWED_FOLDERS, raising=False)
    shutil.copytree(tiny_bundle, home / "runs" / "tiny" / "model")
    yield home
    end_jobs("score")


def opened(job=None):
    """Return the page in a new session, with the tiny model selected."""
    return open_page(PAGE, model="tiny", **({"job": job.id} if job else {}))


def upload(app, name, content):
    turn = app.session_state["upload_turn"]
    return checked(app.file_uploader(key=f"upload_turn {turn}").upload(name, content, "text/csv").run())


def address(app):
    """Return the job in the page's URL."""
    value = app.query_params["job"]
    return value if isinstance(value, str) else value[0]


def finished(app):
    """Wait until the displayed job has ended, and follow the page to what it then shows."""
    deadline = time.monotonic() + 240  # a busy machine starts a job late
    while (job := registry.find("score", address(app))).is_active:
        assert time.monotonic() < deadline, job.last_lines()
        time.sleep(0.05)
    checked(app.run())
    # A session without a browser remains on the page that it was opened with.
    return open_page(RESULT, job=address(app)) if job.state == "done" else app


def table_of(count, header="stars,day,review"):
    lines = [f'{stars},2025-{n % 12 + 1:02}-01,"{text}"' for n, (text, _, stars) in enumerate(reviews(count, seed=5))]
    return "\n".join([header, *lines]).encode()


def test_page_opens_with_the_sample_in_view():
    app = opened()
    assert "Sample: 200 film reviews" in words(app)
    assert app.button(key="start").label == "Score 200 rows"
    assert list(app.dataframe[0].value.columns) == ["id", "date", "category", "review"]
    assert not app.text_input  # no path on the server, as none is allowed


def test_an_upload_is_scored_shown_and_found_again():
    app = upload(opened(), "my *reviews*.csv", table_of(80))
    assert "**my _reviews_.csv** · 80 rows · utf-8 · comma" in words(app)
    app.button(key="start").click().run()
    app = finished(app)
    metrics = {metric.label: metric for metric in app.metric}
    assert list(metrics) == ["Positive", "Negative", "Uncertain", "Unscored", "Accuracy", "Precision", "Recall"]
    rows = {name: int(metrics[name].delta.split()[0]) for name in list(metrics)[:4]}
    assert sum(rows.values()) == 80
    assert len(app.get("vega_lite_chart")) >= 4  # the themes follow when they are scored
    assert "80 of 80 rows" in words(app)

    again = upload(opened(), "my *reviews*.csv", table_of(80))
    assert address(again) == address(app)
    assert [metric.label for metric in again.metric] == list(metrics)
    assert len(scoring_request.recent()) == 1

    app.slider(key="threshold").set_value(0.0).run()
    assert {metric.label: metric.value for metric in checked(app).metric}["Accuracy"] == "50.0\N{NO-BREAK SPACE}%"

    search = next(box for box in app.text_input if box.label == "Review contains")
    search.set_value("no such words anywhere").run()
    assert "No row matches" in words(checked(app))


def test_a_stopped_job_says_what_is_kept_and_goes_on():
    app = upload(opened(), "reviews.csv", table_of(40))
    app.button(key="start").click().run()
    job = registry.find("score", address(app))
    job.stop()
    app = finished(app)
    assert "The scoring was stopped" in words(app)
    next(button for button in app.button if button.label == "Continue").click().run()
    assert "Positive" in [metric.label for metric in finished(app).metric]


def test_a_reload_shows_the_job_of_the_address_and_another_session_lists_it():
    app = upload(opened(), "reviews.csv", table_of(30))
    app.button(key="start").click().run()
    job = registry.find("score", address(app))
    app = finished(app)
    assert opened(job).title[0].value == "reviews\\.csv"
    other = opened()
    assert "done · 30 rows · tiny" in words(other)
    other.button(key=f"open_{job.id}").click().run()
    assert checked(other).title[0].value == "reviews\\.csv"
    other.switch_page(PAGE)
    other.query_params["job"] = job.id  # as Back leads there
    back = checked(other.run())
    assert back.title[0].value == "Score a table"
    next(button for button in back.button if button.label == "Show the result").click().run()
    assert checked(back).title[0].value == "reviews\\.csv"
    next(button for button in app.button if button.label == "Another table").click().run()
    assert checked(app).title[0].value == "Score a table"
    other = opened()
    other.button(key=f"delete_{job.id}").click().run()
    assert scoring_request.recent() == []
    assert "Earlier tables" not in [heading.value for heading in checked(other).header]


def test_a_job_that_is_gone_is_reported_and_the_page_goes_on(home):
    app = open_page(PAGE, job="../../runs/tiny")
    assert "There is no job called" in words(app)
    assert app.button(key="start")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("blank.csv", b"  \n \n", "blank.csv is empty"),
        ("locked.xlsx", b"PK\x03\x04 no workbook", "cannot be read"),
        ("packed.csv", b"\x1f\x8b\x08 packed", "is a compressed file"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words_and_the_page_works_on(name, content, sentence):
    app = upload(upload(opened(), "before.csv", table_of(20)), name, content)
    assert sentence in words(app)
    assert "before.csv" not in words(app)
    app = upload(app, "reviews.csv", table_of(30))
    assert app.button(key="start").label == "Score 30 rows"


def test_reading_can_be_overridden():
    app = upload(opened(), "reviews.csv", b"1;A lovely film, really\n2;A dull film, really\n3;Fine\n")
    path = app.session_state["table"]
    assert "semicolon" in words(app)
    app.selectbox(key=f"delimiter {path}").set_value(",").run()
    assert "comma" in words(checked(app))
    app.selectbox(key=f"delimiter {path}").set_value(None).run()
    app.selectbox(key=f"header {path}").set_value(True).run()
    assert "2 rows" in words(checked(app))
    assert app.button(key="start").label == "Score 2 rows"


def test_how_a_table_is_read_is_kept_when_the_page_is_left():
    lines = ["A lovely film, really", "It was dull, so dull", "Fine", "A dull film, really", "Lovely, and short", "No"]
    app = upload(opened(), "reviews.csv", "\n".join(["comment", *lines]).encode())
    path = app.session_state["table"]
    app.selectbox(key=f"delimiter {path}").set_value(",").run()
    app.selectbox(key=f"header {path}").set_value(False).run()
    before = [line for line in words(checked(app)).split("\n") if "comma" in line]
    assert before
    app.switch_page("pages/train/monitor.py").run()
    app.switch_page(PAGE).run()
    assert [line for line in words(checked(app)).split("\n") if "comma" in line] == before
    assert app.selectbox(key=f"header {path}").value is False


def test_text_column_can_be_chosen_and_a_table_without_one_waits_for_it():
    app = upload(opened(), "numbers.csv", b"a,b\n1,2\n3,4\n")
    assert app.button(key="start").disabled
    assert "It has no column of text; name the one with the reviews." in words(app)
    next(box for box in app.selectbox if box.label == "Text column").set_value("b").run()
    assert not checked(app).button(key="start").disabled


def test_a_table_without_rows_is_not_scored():
    app = upload(opened(), "reviews.csv", b"id,review\n")
    assert app.button(key="start").disabled
    assert "names of columns and no rows" in words(app)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,review\n1,\n2, \n3,\n", "There is nothing to score: column review is empty in every row."),
        (b'review\n""\n""\n""\n', "There is nothing to score"),
        (b"\n\n \n", "blank.csv is empty"),
    ],
    ids=["empty cells", "one column", "blank lines"],
)
def test_a_table_without_any_text_says_that_there_is_nothing_to_score(content, said):
    app = upload(opened(), "blank.csv", content)
    assert said in words(app)
    assert app.button(key="start").disabled
    assert app.button(key="start").label == "Score"


def test_rows_that_cannot_be_read_are_listed_by_line():
    app = upload(opened(), "reviews.csv", b"id,review\n1,Good\n2,too,many\n3,Bad\n")
    assert "1 not readable" in words(app)
    assert [frame.value["line"].tolist() for frame in app.dataframe if "line" in frame.value] == [[3]]


def test_a_path_on_the_server_is_for_allowed_folders(monkeypatch, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    (folder / "reviews.csv").write_bytes(table_of(30))
    monkeypatch.setenv(uploads.ALLOWED_FOLDERS, str(folder))
    app = opened()
    app.text_input[0].set_value("../home/runs/tiny/model/config.json")
    next(button for button in app.button if button.label == "Open").click().run()
    assert "not in a folder" in words(checked(app))
    app.text_input[0].set_value("reviews.csv")
    next(button for button in app.button if button.label == "Open").click().run()
    assert checked(app).button(key="start").label == "Score 30 rows"
    assert upload(app, "empty.csv", b"").text_input  # the field remains next to the error of another input


def test_the_bytes_of_an_upload_are_released(monkeypatch):
    managers = []
    remove = MemoryUploadedFileManager.remove_file
    monkeypatch.setattr(
        MemoryUploadedFileManager,
        "remove_file",
        lambda manager, session, file: (remove(manager, session, file), managers.append(manager)),
    )
    upload(opened(), "a.csv", b"review\nA fine film\n")
    assert managers
    assert not any(files for manager in managers for files in manager.file_storage.values())
