"""Names: words that reviews capitalize within a sentence, and hardly ever write in lower case."""

from sentiment.text.names import names_in


def test_names_stand_with_a_capital_within_a_sentence_and_often_enough():
    reviews = ["We met Greta in Oslo. Never again, said Bill, who will will it."] * 5 + ["I saw Ruth."] * 4
    assert set(names_in(reviews)) == {"Greta", "Oslo", "Bill"}


def test_a_word_that_is_also_written_small_is_no_name():
    assert names_in(["an Evening to forget"] * 30 + ["the evening was long"]) == []


def test_the_commonest_name_comes_first():
    assert names_in(["with Greta and with Sven"] * 20 + ["with Sven"]) == ["Sven", "Greta"]
