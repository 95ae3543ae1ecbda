import numpy as np

from sentiment.answers.facts import TableFacts
from sentiment.answers.phrases.quotes import MOST_CHARACTERS, quotes
from tests.support.scored_tables import scored, write_csv


def test_quotes_are_sentences_with_the_phrase_from_different_rows(hotels, every_row):
    found = quotes(hotels, every_row, "smelled of damp")
    assert len({quote.row for quote in found}) == len({quote.text for quote in found}) == 3
    for quote in found:
        assert quote.text[quote.start : quote.end] == "smelled of damp"
        assert quote.text.endswith((".", "!"))
        assert quote.text in hotels.reviews(np.array([quote.row]))[0]


def test_the_surest_verdicts_of_the_side_come_first(tmp_path):
    rows = [[f"{'bad ' * n}soup number {n}."] for n in range(4)] + [["A good soup, good good good."]]
    facts = TableFacts(scored(write_csv(tmp_path / "soups.csv", ["review"], rows)))
    everything = np.ones(5, dtype=bool)
    assert [quote.row for quote in quotes(facts, everything, "soup")] == [3, 2, 1]
    assert quotes(facts, everything, "soup", 1, positive=True)[0].row == 4


def test_a_very_long_sentence_is_cut_around_the_phrase(tmp_path):
    text = "and then the rain came " * 60 + "with cold soup again " + "and so on we went " * 60
    facts = TableFacts(scored(write_csv(tmp_path / "soups.csv", ["review", "n"], [[text, 1], ["x", 2]])))
    (quote,) = quotes(facts, np.ones(2, dtype=bool), "cold soup")
    assert len(quote.text) <= MOST_CHARACTERS
    assert quote.text[quote.start : quote.end] == "cold soup"
