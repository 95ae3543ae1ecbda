import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.errors import TableError
from sentiment.scoring import view
from sentiment.scoring.view import CELL_CHARACTERS
from sentiment.tables.table import ReadOptions
from tests.support.scored_tables import scored, write_csv

REVIEWS = [
    "A good and lovely film",  # positive, 0.75
    "dull, awful, terrible film",  # negative, 0.2
    "",  # unscored, empty
    "the good and the bad",  # uncertain, 0.5
    "good good good good films of 100%",  # positive, 0.83
    "A good and lovely film",  # duplicate
    "bad one",  # negative, 0.33, short
]


@pytest.fixture
def table(tmp_path):
    return scored(write_csv(tmp_path / "reviews.csv", ["id", "review"], enumerate(REVIEWS)))


def test_scores_are_those_of_the_file(table):
    assert table.scores.counts == {"positive": 3, "negative": 2, "uncertain": 1, "unscored": 1}
    assert table.scores.flag_counts == {"empty": 1, "short": 1, "duplicate": 1}
    assert table.scores.probability == pytest.approx(
        [0.75, 0.2, np.nan, 0.5, 5 / 6, 0.75, 1 / 3], abs=1e-6, nan_ok=True
    )


@pytest.mark.parametrize("damage", ["empty", "other", "short", "columns", "middle"])
def test_a_damaged_file_is_reported_by_its_name(tmp_path, table, damage):
    path = tmp_path / "reviews.scored.parquet"
    whole = path.read_bytes()
    if damage == "columns":
        pq.write_table(pa.table({"review": ["good"]}), path)
    else:
        middle = whole[:4] + bytes(len(whole) // 2) + whole[len(whole) // 2 + 4 :]
        path.write_bytes({"empty": b"", "other": b"[]", "short": whole[:-9], "middle": middle}[damage])
    with pytest.raises(TableError, match=r"reviews\.scored\.parquet is damaged and cannot be read: score the table"):
        list(view.ScoredTable(path, 1).texts())


def test_histogram_holds_every_scored_row_once(table):
    histogram = table.scores.histogram()
    assert histogram.groupby("sentiment")["rows"].sum().to_dict() == {"positive": 3, "negative": 2, "uncertain": 1}
    for row in histogram.itertuples():
        assert row.high - row.low == pytest.approx(1 / 40)
    assert histogram.query("sentiment == 'uncertain'")["low"].tolist() == [0.5]


def test_orders(table):
    every = np.arange(len(REVIEWS))
    assert table.ordered(every, "least certain first").tolist() == [3, 6, 0, 5, 1, 4, 2]
    assert table.ordered(every, "most positive first").tolist() == [4, 0, 5, 3, 6, 1, 2]
    assert table.ordered(every, "most negative first").tolist() == [1, 6, 3, 0, 5, 4, 2]
    assert table.ordered(every, "as in the table").tolist() == every.tolist()
    assert table.ordered(np.array([4, 2, 1]), "most negative first").tolist() == [1, 4, 2]


def containing(table, text):
    return np.flatnonzero(table.containing(text)).tolist()


def test_search_is_for_the_very_characters_in_any_case(table):
    assert containing(table, "LOVELY") == [0, 5]
    assert containing(table, "100%") == [4]
    assert containing(table, ".*") == []


def test_a_pattern_is_searched_for_as_one(table):
    assert np.flatnonzero(table.matching_pattern("(?i)^a .*film$")).tolist() == [0, 5]


def test_reviews_come_in_the_order_asked_for(table):
    assert table.reviews(np.array([6, 0, 6])) == [REVIEWS[6], REVIEWS[0], REVIEWS[6]]
    assert list(table.texts()) == REVIEWS


def test_reviews_are_shown_without_markup_and_kept_as_they_are(tmp_path):
    review = f"{'<br />' * 100}A <b>good</b> &amp; lovely film"
    table = scored(write_csv(tmp_path / "reviews.csv", ["id", "review"], [("<b>1</b>", review)]))
    assert table.cells(np.array([0]))["review"].tolist()[0].split() == ["A", "good", "&", "lovely", "film"]
    assert table.cells(np.array([0]))["id"].tolist() == ["<b>1</b>"]
    assert table.review(0) == review


def test_a_review_inside_json_is_shown_and_searched_without_it(tmp_path):
    cells = [json.dumps({"text": review, "stars": 3}) for review in REVIEWS]
    table = scored(write_csv(tmp_path / "reviews.csv", ["id", "data"], enumerate(cells)))
    assert list(table.texts()) == table.reviews(np.arange(len(REVIEWS))) == REVIEWS
    assert (table.review(0), table.cells(np.array([0]))["data"].tolist()) == (REVIEWS[0], [REVIEWS[0]])
    assert containing(table, "stars") == []


def test_cells_come_in_the_order_asked_for_with_row_numbers_from_one(table):
    frame = table.cells(np.array([4, 0]))
    assert frame.index.tolist() == [5, 1]
    assert frame["review"].tolist() == [REVIEWS[4], REVIEWS[0]]
    assert list(frame.columns)[:3] == ["id", "review", "sentiment"]


def test_a_row_far_into_a_large_file_is_found(tmp_path):
    rows = [(n, f"good film number {n}") for n in range(20_000)]
    table = scored(write_csv(tmp_path / "reviews.csv", ["id", "review"], rows))
    assert pq.ParquetFile(tmp_path / "reviews.scored.parquet").num_row_groups > 2
    assert table.review(17_003) == "good film number 17003"
    assert table.cells(np.array([17_003, 3, 9_000]))["id"].tolist() == ["17003", "3", "9000"]
    assert containing(table, "number 17003") == [17_003]


def test_long_reviews_are_cut_in_the_view_and_whole_alone(tmp_path):
    long = "good " * 1_000
    table = scored(write_csv(tmp_path / "reviews.csv", ["review"], [[long], ["bad"]]))
    assert table.cells(np.array([0]))["review"].tolist() == [long[:CELL_CHARACTERS]]
    assert table.review(0) == long


def test_columns_that_were_there_before_keep_their_names(tmp_path):
    rows = [("yes", "A good film"), ("no", "A bad film")]
    table = scored(write_csv(tmp_path / "reviews.csv", ["sentiment", "review"], rows))
    assert table.columns == ["sentiment", "review"]
    assert table.predicted["sentiment"] == "sentiment_sentiment"
    assert table.scores.counts["positive"] == 1


def test_typed_columns_of_a_parquet_table(tmp_path):
    columns = {"review": pa.array([1.5, None, 3.0]), "list": pa.array([[1], [], None])}
    pq.write_table(pa.table(columns), tmp_path / "reviews.parquet")
    table = scored(tmp_path / "reviews.parquet", ReadOptions(text_column="review"))
    assert table.review(0) == "1.5"
    assert table.review(1) == ""
    assert containing(table, "1.5") == [0]
    assert view.as_text(table.column("list")).to_pylist() == ["[1]", "[]", None]


def test_a_table_without_rows_can_be_looked_at(tmp_path):
    table = scored(write_csv(tmp_path / "reviews.csv", ["id", "review"], []))
    assert table.row_count == 0
    assert sum(table.scores.counts.values()) == 0
    assert table.scores.histogram().empty
    assert containing(table, "x") == []
    assert table.cells(np.array([], dtype=np.int64)).empty


def test_threads_that_read_at_the_same_time_get_what_they_asked_for(tmp_path):
    reviews = [f"good film number {number}" for number in range(4_000)]
    table = scored(write_csv(tmp_path / "reviews.csv", ["review"], [(review,) for review in reviews]))
    with ThreadPoolExecutor(4) as readers:
        answers = readers.map(lambda _: list(table.texts()), range(100))
        assert all(answer == reviews for answer in answers)
