"""Short sentences: the requested number, balanced, reproducible, and none of the behaviour tests'."""

import re

from sentiment.evaluation.behaviour_cases import all_cases
from sentiment.training.classifier.short_sentences import sentences


def test_half_are_positive_and_a_seed_repeats_them():
    made = sentences(501, seed=1)
    assert sum(label for _, label in made) == 251
    assert sentences(501, seed=1) == made
    assert sentences(501, seed=2) != made


def test_every_slot_is_filled_and_every_sentence_starts_with_a_capital():
    for sentence, _ in sentences(5_000, seed=1):
        assert not re.search(r"[{}]|(^|[.!?] )[a-z]", sentence), sentence


def test_two_words_of_a_list_differ():
    found = [re.search(r"neither ([\w -]+) nor ([\w -]+)\.", text) for text, _ in sentences(20_000, seed=1)]
    pairs = [match.groups() for match in found if match]
    assert len(pairs) > 20
    assert all(first != second for first, second in pairs)


def test_some_have_neutral_neighbours_and_some_a_typing_error_on_either_side():
    made = sentences(10_000, seed=1)
    for found in (
        r"Greetings from \w+\.",
        r"https://",
        r"\b[Ww]rnog\b|\b[Ww]rog\b|\b[Ww]ong\b|\bterible\b|\bcmaera\b|\bcamrea\b",
    ):
        assert {label for text, label in made if re.search(found, text)} == {0.0, 1.0}, found


def test_names_found_in_reviews_are_in_sentences_of_both_labels():
    names = [f"Nam{first}{second}" for first in "abcdefghij" for second in "abcdefghij"]
    made = sentences(4_000, seed=1, names=names)
    seen = {
        label: {word for text, of in made if of == label for word in re.findall(r"Nam\w\w", text)}
        for label in (0.0, 1.0)
    }
    assert len(seen[0.0]) > 90
    assert len(seen[1.0]) > 90
    assert not any("Greetings from Lisbon" in text for text, _ in made)


def test_a_few_names_do_not_replace_ours():
    assert sentences(500, seed=1, names=["Solo"]) == sentences(500, seed=1)


def test_none_is_a_case_of_the_behaviour_tests():
    cases = {text for case in all_cases() for text in (case.review, case.changed)}
    assert not cases & {sentence for sentence, _ in sentences(20_000, seed=1)}
