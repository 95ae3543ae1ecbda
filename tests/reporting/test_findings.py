import numpy as np

from sentiment.answers.filters import Filter
from sentiment.reporting.findings import gather
from tests.reporting.conftest import SOURCE


def test_everything_is_answered(findings):
    assert findings.headline.rows == 3_000
    assert findings.date_column == "date"
    assert findings.trend.changes[0].period.month == 5
    assert findings.groups["hotel"][0].name == "Harbour View"
    assert findings.drivers.negative[0].phrase == "smelled of damp"
    assert len(findings.quotes["smelled of damp"]) == 3
    assert {theme.name for theme in findings.themes.themes} == {"smell", "money"}
    assert findings.by_sentence


def test_themes_count_the_scored_rows_like_everything_else(findings):
    assert findings.themes.rows == findings.headline.scored < findings.headline.rows


def test_the_tables_own_labels_are_no_group_and_judge_the_model(findings):
    assert list(findings.groups) == ["hotel", "nights"]
    assert findings.label_column == "stars"
    assert findings.accuracy.accuracy == 1.0


def test_a_filter_governs_every_answer(hotels, today):
    wanted = Filter(group_column="hotel", groups=("Old Mill",), sentiments=("negative",))
    found = gather(hotels, SOURCE, today, wanted)
    rows = int(np.sum(hotels.categories("hotel").codes == hotels.categories("hotel").names.index("Old Mill")))
    assert found.headline.rows < rows
    assert found.headline.negative_share == 1.0
    assert found.trend.frame["rows"].sum() == found.headline.rows
    assert "hotel" not in found.groups  # one group alone is no comparison
    assert found.drivers.negative == ()
    assert found.about == "hotel: Old Mill · negative"
    assert found.themes is None


def test_no_rows_is_an_answer_too(hotels, today):
    found = gather(hotels, SOURCE, today, Filter(phrase="marble staircase"))
    assert (found.headline.rows, found.accuracy, found.groups) == (0, None, {})
    assert found.trend.frame.empty
