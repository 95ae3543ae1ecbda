"""The result page without a browser, on a synthetic table of hotel reviews with known causes."""

from datetime import date

import pytest

from sentiment.answers.filters import Filter
from sentiment.system.storage import SHIPPED_BUNDLE as SHIPPED
from tests.support.dashboard import checked, open_page, words
from tests.support.hotel_reviews import DAMP_HOTEL, FEE_HOTEL, MoodScorer, stays, write_table
from tests.support.scored_jobs import finished_job
from tests.support.scored_tables import write_csv
from tests.support.word_scorer import WordScorer

PAGE = "pages/results/result.py"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def job(home, tiny_bundle):
    """Return a job of the 3,000 reviews, scored by the moods of their authors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTIMENT_HOME", str(home))
        rows = stays()
        return finished_job("hotels", write_table(home / "hotels.csv", rows), MoodScorer(rows), tiny_bundle)


@pytest.fixture(autouse=True)
def use_home(home, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(home))


def opened(job, wanted=None):
    return open_page(PAGE, job=job.id, **(wanted or Filter()).to_query())


def shown_filter(app):
    query = {name: app.query_params[name] for name in app.query_params}
    return Filter.from_query({name: [value] if isinstance(value, str) else value for name, value in query.items()})


def frame(app, column):
    """Return the first table on the page that has this column."""
    return next(one.value for one in app.dataframe if column in one.value)


def widget_key(app, column):
    """Return the key of the first table on the page that has this column."""
    return next(one.proto.id for one in app.dataframe if column in one.value).split("-", 2)[-1]


def select(app, column, *rows):
    app.session_state[widget_key(app, column)] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return checked(app.run())


def metrics(app):
    return {one.label: one.value for one in app.metric}


def test_what_share_is_negative_is_said_with_its_interval_and_why_rows_are_unscored(job):
    app = opened(job)
    assert app.title[0].value == "hotels\\.csv"
    assert list(metrics(app))[:4] == ["Positive", "Negative", "Uncertain", "Unscored"]
    assert "negative** among" in words(app)
    assert "95 % interval" in words(app)
    assert "Unscored rows: " in words(app)
    assert "empty" in words(app)
    assert "All 3,000 rows." in words(app)


def test_what_the_unhappy_complain_about_stands_on_top(job):
    negative, positive = (one.value for one in opened(job).dataframe if "z" in one.value)
    assert any("damp" in phrase for phrase in negative["phrase"].head(3))
    assert any("resort fee" in phrase for phrase in negative["phrase"].head(5))
    assert "rooftop terrace" in " ".join(positive["phrase"].head(5))


def test_where_it_is_worst_is_marked_only_where_it_is_more_than_chance(job):
    groups = frame(opened(job), "mark")
    assert groups["group"][0] == DAMP_HOTEL
    marked = dict(zip(groups["group"], groups["mark"], strict=True))
    assert marked[DAMP_HOTEL] == "▲ worse"
    assert list(groups["mark"]) == sorted(groups["mark"], key=["▲ worse", "", "▼ better"].index)


def test_since_when_is_shown_for_the_hotel_whose_rooms_smell(job):
    app = opened(job, Filter(group_column="hotel", groups=(DAMP_HOTEL,)))
    assert "from then on" in words(app)
    assert "May 2025" in words(app)


def test_a_link_shows_the_same_view_and_what_is_chosen_stands_in_the_address(job):
    wanted = Filter(group_column="hotel", groups=(FEE_HOTEL,), sentiments=("negative",), phrase="resort fee")
    app = opened(job, wanted)
    assert shown_filter(app) == wanted
    assert "resort fee" in words(app)
    assert "these rows do not have both" in words(app)  # all are negative, so that no phrase can be compared
    rows = frame(app, "hotel")
    assert set(rows["hotel"]) == {FEE_HOTEL}
    assert rows["review"].str.contains("resort fee").all()
    box = next(one for one in app.multiselect if one.label == "Sentiment")
    assert box.value == ["negative"]
    app = checked(box.set_value([]).run())
    assert shown_filter(app) == Filter(group_column="hotel", groups=(FEE_HOTEL,), phrase="resort fee")
    app = checked(app.button(key="clear_filter").click().run())
    assert shown_filter(app).is_empty
    assert "All 3,000 rows." in words(app)


def test_the_dates_open_with_the_whole_span_which_is_no_filter(job):
    app = opened(job)
    assert [day.year for day in app.date_input[0].value] == [2025, 2025]
    assert shown_filter(app).is_empty
    first, last = app.date_input[0].value
    app = checked(app.date_input[0].set_value((date(2025, 5, 1), last)).run())
    assert shown_filter(app) == Filter(date_column="date", first=date(2025, 5, 1), last=last)
    app = checked(app.date_input[0].set_value((first, last)).run())
    assert shown_filter(app).is_empty
    asked = Filter(date_column="date", first=first, last=last)  # leaves out the rows without a date
    assert shown_filter(opened(job, asked)) == asked


def test_the_widgets_of_the_filter_keep_what_was_chosen(job):
    app = checked(opened(job).run())
    widgets = [*app.date_input, *app.multiselect, *app.selectbox, *app.slider, *app.text_input]
    assert not [one.label for one in widgets if one.proto.set_value]  # Streamlit has reset it, and logs a warning


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        (Filter(group_column="hotel", groups=(FEE_HOTEL, "Atlantis")), "hotel: Atlantis"),
        (Filter(group_column="city", groups=("Rome",)), "city: Rome"),
        (Filter(theme="dragons"), "theme dragons"),
        (Filter(date_column="day", first=date(2025, 5, 1), last=date(2025, 5, 31)), "day: 1 May 2025 to 31 May 2025"),
        (Filter(date_column="date", first=date(1999, 5, 1), last=date(1999, 5, 31)), "date: 1 May 1999 to 31 May 1999"),
    ],
)
def test_a_link_that_asks_for_what_the_table_lacks_says_so_until_the_filter_is_changed(job, asked, missing):
    said = f"The link asks for {missing}, which this table does not have."
    app = opened(job, asked)
    assert said in words(app)
    assert said in words(checked(app.run()))
    box = next(one for one in app.multiselect if one.label == "Sentiment")
    assert said not in words(checked(box.set_value(["negative"]).run()))


def test_a_filter_without_rows_says_so(job):
    app = opened(job, Filter(text="no such words anywhere"))
    assert "0 of 3,000 rows" in words(app)
    assert "No row matches" in words(app)
    assert "Positive" not in metrics(app)


def test_a_job_that_does_not_exist_is_said_to(home):
    app = open_page(PAGE, job="gone")
    assert "There is no job called gone" in words(app)
    assert app.title[0].value == "Result"
    assert "names no scored table" in words(open_page(PAGE))


def test_a_table_that_is_unlike_the_training_data_is_reported(home, job):
    code = write_csv(home / "code.csv", ["line"], [(f"def read_{n}(path): return parse_{n}(path)",) for n in range(40)])
    said = "These texts are unlike the model's training data: it does not know"
    assert said in words(opened(finished_job("code", code, WordScorer(), SHIPPED)))
    assert "unlike those" not in words(opened(job))


def test_groups_of_few_rows_are_shown_on_request(home):
    rows = [("A good day.", "North"), ("A bad day.", "South")] * 20 + [("A bad day.", "Kiosk")] * 2
    app = opened(finished_job("shops", write_csv(home / "shops.csv", ["review", "shop"], rows), WordScorer(), SHIPPED))
    assert list(frame(app, "mark")["group"]) == ["South", "North"]
    app = checked(app.toggle(key="small groups").set_value(True).run())
    assert list(frame(app, "mark")["group"]) == ["South", "North", "Kiosk"]
    assert shown_filter(select(app, "mark", 2)).groups == ("Kiosk",)


def test_a_click_counts_once_although_its_table_is_still_remembered_on_the_way_back(job):
    app = opened(job)
    clicked = widget_key(app, "mark")
    assert shown_filter(select(app, "mark", 0)).groups == (DAMP_HOTEL,)
    app.query_params.clear()
    app.query_params["job"] = job.id
    app.session_state[clicked] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    assert shown_filter(checked(app.run())).is_empty


def test_a_row_is_read_judged_and_the_next_one_follows(job):
    app = opened(job, Filter(phrase="resort fee", sentiments=("negative",)))
    app = select(app, "probability", 0)
    assert "hotel: **" in words(app)
    first = next(line for line in words(app).split("\n") if line.startswith("**Row "))
    app = checked(app.button(key="judge_negative").click().run())
    assert "Saved as feedback: negative." in words(app)
    assert "Train on 1 correction" in [one.label for one in app.button]
    app = checked(app.button(key="next_row").click().run())
    assert first not in words(app)
    assert "Saved as feedback" not in words(app)
    app = checked(app.button(key="previous_row").click().run())
    assert first in words(app)
    app = checked(next(one for one in app.button if one.label == "Train on 1 correction").click().run())
    assert app.title[0].value == "Train a model"
    assert "feedback.csv" in words(app)


def test_wrong_rows_of_the_confusion_matrix_can_be_opened(job):
    app = checked(opened(job).slider(key="threshold").set_value(0.95).run())
    button = next(one for one in app.button if "called negative" in one.label)
    count = int(button.label.split()[1].replace(",", ""))
    app = checked(button.click().run())
    assert (shown_filter(app).label, shown_filter(app).probability) == ("positive", (0.0, 0.95))
    assert f"{count:,} of 3,000 rows" in words(app)
