"""The charts of the answers, checked by the numbers that they draw."""

from sentiment.answers.themes.scores import ThemeRow, ThemeTable
from sentiment.display.answer_charts import theme_chart


def test_where_a_sample_was_judged_its_share_stands_for_all_mentions():
    table = ThemeTable((ThemeRow("price", 90, 0.9, 30, 10, 1 / 3, 0.2, 0.5),), uncaught=10, rows=100, one_in=3)
    bars, _ = theme_chart(table).to_dict()["datasets"].values()
    assert {one["spoken"]: round(one["rows"]) for one in bars} == {"negative": 30, "other": 60}
