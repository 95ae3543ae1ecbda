"""The charts of the answers, checked by the numbers that they draw."""

import pandas as pd
import pytest

from sentiment.answers.themes.scores import ThemeRow, ThemeTable
from sentiment.answers.trend import Trend
from sentiment.display.answer_charts import theme_chart, trend_chart


def test_where_a_sample_was_judged_its_share_stands_for_all_mentions():
    table = ThemeTable((ThemeRow("price", 90, 0.9, 30, 10, 1 / 3, 0.2, 0.5),), uncaught=10, rows=100, one_in=3)
    bars, _ = theme_chart(table).to_dict()["datasets"].values()
    assert {one["spoken"]: round(one["rows"]) for one in bars} == {"negative": 30, "other": 60}


@pytest.mark.parametrize(("unit", "spoken"), [("quarter", "Q3 2025"), ("month", "Jul 2025"), ("week", "1 Jul 2025")])
def test_each_period_has_a_tick_and_its_usual_name(unit, spoken):
    begins = pd.to_datetime(["2025-01-01", "2025-04-01", "2025-07-01"])
    columns = ["group", "period", "rows", "share", "low", "high"]
    frame = pd.DataFrame([("", begin, 9, 0.3, 0.1, 0.6) for begin in begins], columns=columns)
    chart = trend_chart(Trend(unit, frame, (), 0)).to_dict()
    ticks = chart["layer"][0]["encoding"]["x"]["axis"]["values"]
    assert [(one["year"], one["month"], one["date"]) for one in ticks] == [(2025, 1, 1), (2025, 4, 1), (2025, 7, 1)]
    (data,) = chart["datasets"].values()
    assert data[2]["described"].startswith(f"{spoken}: 30.0\xa0%")
