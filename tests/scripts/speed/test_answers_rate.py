from scripts.research.speed.answers_rate import lines, measure
from sentiment.tables.table import inspect_table
from tests.support.hotel_reviews import scored_stays, stays


def test_every_answer_is_measured_and_the_report_is_written(tmp_path):
    scored_stays(tmp_path, stays(200))
    table = inspect_table(tmp_path / "hotels.csv")
    steps = measure(table, tmp_path / "hotels.parquet", tmp_path / "themes.npz", tmp_path / "report.html")
    assert [step.name for step in steps] == ["drivers", "themes", "report, after both"]
    assert all(step.processor > 0 for step in steps)
    assert (tmp_path / "report.html").stat().st_size
    assert "| drivers |" in lines(steps, table, 200, 0.5)
