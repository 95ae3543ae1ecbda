"""Scoring that starts while a table is inspected is reused later, and nothing is scored twice."""

from concurrent.futures import ThreadPoolExecutor

from sentiment.prediction import EarlyScorer
from sentiment.scoring import head_start
from sentiment.scoring.head_start import HeadStart
from sentiment.scoring.score import score_table
from sentiment.tables.table import inspect_table
from tests.support.word_scorer import WordScorer

CHUNK = 3
TABLE = 'review,id\ngood,1\nbad,2\ngood,3\nfine,4\n"a damaged row",5,6\nbad,7\nawful,8\n,9\nlovely,10\nlast one,11\n'


class Early(WordScorer):
    def __init__(self):
        super().__init__()
        self.workers = 1
        self.begun = []
        self._pool = ThreadPoolExecutor(1)

    def begin(self, reviews):
        self.begun.append(list(reviews))
        return self._pool.submit(self.score, list(reviews)).result


def scored(folder, begin_early, name, chunk_rows=CHUNK):
    source = folder / "in.csv"
    source.write_text(TABLE)
    scorer = Early()
    ahead = HeadStart(scorer, chunk_rows)
    table = inspect_table(source, see=ahead.add) if begin_early else inspect_table(source)
    before = list(scorer.begun)
    score_table(table, ahead, folder / name, chunk_rows=CHUNK)
    return (folder / name).read_bytes(), before, scorer


def test_whole_chunks_are_started_during_inspection_and_not_again(tmp_path):
    late, nothing, _ = scored(tmp_path, False, "late.csv")
    early, before, scorer = scored(tmp_path, True, "early.csv")
    assert isinstance(HeadStart(scorer), EarlyScorer)
    assert (early, nothing) == (late, [])
    assert before == [["good", "bad"], ["fine"], ["awful", "", "lovely"]]
    assert scorer.begun == [*before, ["last one"]]
    assert len(scorer.asked) == len(set(scorer.asked))


def test_a_part_of_the_first_chunk_is_started_before_the_rest_of_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(head_start, "_FIRST_ROWS", 1)
    late, _, _ = scored(tmp_path, False, "late.csv")
    early, before, scorer = scored(tmp_path, True, "early.csv")
    assert early == late
    assert before == [["good"], ["bad"], ["fine"], ["awful", "", "lovely"]]
    assert scorer.begun == [*before, ["last one"]]


def test_other_chunks_than_were_started_are_scored_all_the_same(tmp_path):
    late, _, _ = scored(tmp_path, False, "late.csv")
    assert scored(tmp_path, True, "early.csv", chunk_rows=2)[0] == late


def test_no_more_is_started_than_the_memory_limit_allows(tmp_path, monkeypatch):
    monkeypatch.setattr(head_start, "_MOST_CHARACTERS", 12)
    late, _, _ = scored(tmp_path, False, "late.csv")
    early, before, _ = scored(tmp_path, True, "early.csv")
    assert before == [["good", "bad"]]
    assert early == late
