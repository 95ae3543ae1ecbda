from dataclasses import replace

import pandas as pd

from sentiment.answers.filters import Filter
from sentiment.answers.trend import Change
from sentiment.reporting import sentences
from sentiment.reporting.findings import gather
from tests.reporting.conftest import SOURCE


def test_the_summary_says_how_many_where_since_when_and_why(findings):
    how_many, where, since, why = sentences.summary(findings)
    assert "negative (95 % interval:".replace(" %", "\N{NO-BREAK SPACE}%") in how_many.replace(
        " %", "\N{NO-BREAK SPACE}%"
    )
    assert where.startswith("By hotel, Harbour View is worst:")
    assert "From May 2025 on it was" in since
    assert why.startswith("What stands out in negative reviews: “smelled of damp”")


def test_where_chance_explains_all_the_summary_says_so(findings):
    calm = replace(
        findings,
        groups={},
        trend=replace(findings.trend, changes=()),
        drivers=replace(findings.drivers, negative=(), positive=()),
    )
    _, since, why = sentences.summary(calm)
    assert since == "Over time, nothing changed more than chance explains."
    assert "nothing stands out more than chance" in why


def test_a_single_review_is_not_counted_in_percent(findings):
    counts = {"positive": 1, "negative": 0, "uncertain": 0, "unscored": 2}
    one = replace(findings, headline=replace(findings.headline, rows=3, scored=1, counts=counts))
    assert sentences.summary(one)[0] == "The only scored review is positive."


def test_a_change_names_its_group():
    change = Change("Old Mill", pd.Timestamp(2025, 5, 1), 0.2, 0.5, 0.001)
    said = sentences.change_in_words(change, "month").replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Old Mill: from May 2025 on it was 50 %, before that 20 %."


def test_how_it_was_made_says_model_data_accuracy_and_filter(hotels, findings, today):
    made = sentences.made(findings)
    assert "moods" in made["Model"]
    assert made["Trained on"] == "3,000 reviews of hotels"
    assert "column stars" in made["Accuracy here"]
    assert "Filter" not in made
    filtered = sentences.made(gather(hotels, SOURCE, today, Filter(text="damp")))
    assert filtered["Filter"] == "containing “damp”"
    elsewhere = sentences.made(replace(findings, source=replace(SOURCE, band=None, learnt_from="")))
    assert "Trained on" not in elsewhere
    assert elsewhere["Uncertain"].endswith("does not decide.")


def test_themes_that_rest_on_a_sample_or_are_missing_say_so(findings):
    assert "Themes" not in sentences.made(findings)
    sampled = replace(findings, themes=replace(findings.themes, one_in=3))
    assert "one row in 3" in sentences.made(sampled)["Themes"]
    assert "not scored yet" in sentences.made(replace(findings, themes=None))["Themes"]


def test_no_verdict_at_all(hotels, today):
    assert sentences.summary(gather(hotels, SOURCE, today, Filter(phrase="marble staircase")))[0] == (
        "None of these rows has a verdict."
    )
